package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// accessClaimNamesAll are the claims without which there is no access token.
var accessClaimNamesAll = []string{
	"iss", "aud", "sub", "exp", "iat", "jti", "client_id", "org", "sid", "amr", "acr", "auth_time",
}

// edits changes members of a genuine header or payload; gone removes one.
type edits map[string]any

var gone = struct{}{}

// forger signs changed copies of a genuine token with the genuine key.
type forger struct {
	t               *testing.T
	key             crypto.Signer
	header, payload map[string]any
}

func newForger(t *testing.T, genuine string) forger {
	t.Helper()
	header, payload := readToken(t, genuine)
	return forger{t: t, key: accessKey(), header: header, payload: payload}
}

func readToken(t *testing.T, token string) (header, payload map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	for i, into := range []*map[string]any{&header, &payload} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}

// token signs with the algorithm of the key, whatever the header says.
func (f forger) token(header, payload edits) string {
	f.t.Helper()
	return f.raw(f.edited(f.header, header), f.edited(f.payload, payload))
}

func (f forger) raw(header, payload string) string {
	f.t.Helper()
	return f.signed(header, payload, func(input []byte) []byte {
		if key, ok := f.key.(*ecdsa.PrivateKey); ok {
			return fixedWidth(f.ecdsaSign(key, input))
		}
		return f.rsaSign(crypto.SHA256, input)
	})
}

func (f forger) signed(header, payload string, sign func(input []byte) []byte) string {
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(header)) + "." + encode([]byte(payload))
	return input + "." + encode(sign([]byte(input)))
}

func (f forger) rsaSign(hash crypto.Hash, input []byte) []byte {
	f.t.Helper()
	signature, err := rsa.SignPKCS1v15(rand.Reader, f.key.(*rsa.PrivateKey), hash, digest(hash, input))
	if err != nil {
		f.t.Fatal(err)
	}
	return signature
}

func digest(hash crypto.Hash, input []byte) []byte {
	h := hash.New()
	h.Write(input)
	return h.Sum(nil)
}

func (f forger) edited(genuine map[string]any, e edits) string {
	f.t.Helper()
	changed := maps.Clone(genuine)
	for name, value := range e {
		changed[name] = value
		if value == gone {
			delete(changed, name)
		}
	}
	text, err := json.Marshal(changed)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}

func accessAlgorithms(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	forge := newForger(t, mustSign(t, tokens))
	mustAccept(t, tokens, forge.token(nil, nil), accessNow, "the genuine token, signed by hand")
	payload := forge.edited(forge.payload, nil)
	withAlg := func(alg string) string { return forge.edited(forge.header, edits{"alg": alg}) }

	for _, none := range []string{"none", "None", "NONE", "nOnE", "", "RS256 "} {
		unsigned := forge.signed(withAlg(none), payload, func([]byte) []byte { return nil })
		mustBeForged(t, tokens, unsigned, fmt.Sprintf("unsigned, alg %q", none))
		mustBeForged(t, tokens, forge.token(edits{"alg": none}, nil), fmt.Sprintf("signed, alg %q", none))
	}
	mustBeForged(t, tokens, forge.signed(withAlg("RS256"), payload, func([]byte) []byte { return nil }), "unsigned, alg RS256")
	for what, secret := range publicKeyForms(t, forge.key.Public()) {
		for _, alg := range []string{"HS256", "RS256"} {
			forged := forge.signed(withAlg(alg), payload, func(input []byte) []byte {
				mac := hmac.New(sha256.New, secret)
				mac.Write(input)
				return mac.Sum(nil)
			})
			mustBeForged(t, tokens, forged, alg+" with the public key as secret, "+what)
		}
	}
	for alg, hash := range map[string]crypto.Hash{"RS384": crypto.SHA384, "RS512": crypto.SHA512} {
		sign := func(input []byte) []byte { return forge.rsaSign(hash, input) }
		mustBeForged(t, tokens, forge.signed(withAlg(alg), payload, sign), alg)
		mustBeForged(t, tokens, forge.signed(withAlg("RS256"), payload, sign), alg+" that says RS256")
	}
	pss := func(input []byte) []byte {
		signature, err := rsa.SignPSS(rand.Reader, accessKey(), crypto.SHA256, digest(crypto.SHA256, input), nil)
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	mustBeForged(t, tokens, forge.signed(withAlg("PS256"), payload, pss), "PS256")
	mustBeForged(t, tokens, forge.signed(withAlg("RS256"), payload, pss), "PS256 that says RS256")
}

// publicKeyForms are encodings of the public key that an attacker could use as an HMAC secret.
func publicKeyForms(t *testing.T, key crypto.PublicKey) map[string][]byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	forms := map[string][]byte{"DER": der, "PEM": text, "PEM without its last line break": text[:len(text)-1], "nothing": nil}
	switch key := key.(type) {
	case *rsa.PublicKey:
		forms["PKCS#1 DER"], forms["modulus"] = x509.MarshalPKCS1PublicKey(key), key.N.Bytes()
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		forms["point"], forms["coordinates"], forms["x"] = point, point[1:], point[1:33]
	}
	return forms
}

func accessKeyIDs(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	forge := newForger(t, mustSign(t, tokens))
	kid, _ := forge.header["kid"].(string)
	for _, odd := range []any{
		gone, nil, "", "unknown", kid + "x", kid + "\x00", " " + kid, strings.ToUpper(kid), "../../../../dev/null",
		"' OR 1=1 --", "https://evil.example/key", "sole", 0, true, []string{kid}, map[string]string{"kid": kid}, strings.Repeat("k", 5000),
	} {
		mustBeForged(t, tokens, forge.token(edits{"kid": odd}, nil), fmt.Sprintf("kid %.30v", odd))
	}
	forge.key = foreignKey()
	mustBeForged(t, tokens, forge.token(nil, nil), "a foreign key under our kid")
	foreign, _ := readToken(t, mustSign(t, open(t, AccessTokenSetup{Issuer: accessIssuer, Audience: accessAudience, Signing: foreignKey()})))
	mustBeForged(t, tokens, forge.token(edits{"kid": foreign["kid"]}, nil), "a foreign key under its own kid")
}

func accessHeaders(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	forge := newForger(t, mustSign(t, tokens))
	strange := edits{
		"jku": "https://evil.example/jwks", "x5u": "https://evil.example/cert", "x5c": []string{"MIIB"}, "x5t": "AAAA",
		"jwk":  map[string]any{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(accessKey().N.Bytes()), "e": "AQAB"},
		"crit": []string{"b64"}, "b64": true, "zip": "DEF", "cty": "JWT", "enc": "A128GCM", "nonce": "n", "other": nil, "ALG": "none", "Kid": "k",
	}
	for name, value := range strange {
		mustBeForged(t, tokens, forge.token(edits{name: value}, nil), "with header "+name)
	}
	mustBeForged(t, tokens, forge.token(edits{"x5c": []string{}}, nil), "with an empty x5c")
	mustBeForged(t, tokens, forge.token(edits{"crit": []string{"b64"}, "b64": false}, nil), "with an unencoded payload")
	for _, typ := range []any{gone, nil, "", "JWT", "jwt", "AT+JWT", "at+jwt ", "application/at+jwt", "refresh+jwt", 1, []string{"at+jwt"}} {
		mustBeForged(t, tokens, forge.token(edits{"typ": typ}, nil), fmt.Sprintf("typ %v", typ))
	}
	genuine, payload := forge.edited(forge.header, nil), forge.edited(forge.payload, nil)
	for _, header := range []string{
		"", "null", "[]", `"RS256"`, "{}", "{", genuine + "{}", genuine + "x", "[" + genuine + "]",
		`{"alg":"none",` + genuine[1:], genuine[:len(genuine)-1] + `,"alg":"none"}`, genuine[:len(genuine)-1] + `,"kid":"x"}`,
		genuine[:len(genuine)-1] + `,}`,
	} {
		mustBeForged(t, tokens, forge.raw(header, payload), "header "+header)
	}
}

func accessMissingClaims(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	forge := newForger(t, mustSign(t, tokens))
	for _, name := range accessClaimNamesAll {
		for _, value := range []any{gone, nil, "", 0, []string{}, map[string]string{}, false} {
			mustBeForged(t, tokens, forge.token(nil, edits{name: value}), fmt.Sprintf("%s %v", name, value))
		}
	}
}

func accessOddClaims(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	forge := newForger(t, mustSign(t, tokens))
	odd := map[string][]any{
		"iss":       {accessIssuer + "/", []string{accessIssuer}, 1},
		"aud":       {"other", []string{accessAudience}, []string{accessAudience, "other"}, 1},
		"client_id": {"other", []string{accessAudience}},
		"sub": {
			"ada",
			"01890A5D-AC96-774B-BCCE-B302099A8057",
			"{01890a5d-ac96-774b-bcce-b302099a8057}",
			[]string{"01890a5d-ac96-774b-bcce-b302099a8057"},
			7,
		},
		"org": {"acme", "../01890a5d-ac96-774b-bcce-b302099a8058", 7},
		"sid": {"s", "01890a5dac96774bbcceb302099a8059", 7},
		"jti": {7, []string{"x"}, true},
		"amr": {"pwd", "pwd otp", []any{"pwd", 1}, []any{nil}, []string{""}, map[string]string{"pwd": "otp"}},
		"acr": {2, []string{"aal2"}, true},
	}
	for _, name := range []string{"exp", "iat", "auth_time"} {
		odd[name] = []any{
			"1777896000",
			-1,
			1777896000.5,
			json.RawMessage("1e300"),
			json.RawMessage("99999999999999999999"),
			[]int{1777896000},
			true,
		}
	}
	for name, values := range odd {
		for _, value := range values {
			mustBeForged(t, tokens, forge.token(nil, edits{name: value}), fmt.Sprintf("%s %v", name, value))
		}
	}
}

func accessClaimNames(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	forge := newForger(t, mustSign(t, tokens))
	payload := forge.edited(forge.payload, nil)
	for _, name := range accessClaimNamesAll {
		value := forge.payload[name]
		mustBeForged(t, tokens, forge.token(nil, edits{name: gone, strings.ToUpper(name): value}), strings.ToUpper(name)+" for "+name)
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		twice := fmt.Sprintf("%s,%q:%s}", payload[:len(payload)-1], name, text)
		mustBeForged(t, tokens, forge.raw(forge.edited(forge.header, nil), twice), name+" twice")
	}
	other := forge.token(nil, edits{"SUB": "01890a5d-ac96-774b-bcce-000000000000", "Exp": 1})
	if claims, err := tokens.Verify(other, accessNow); err == nil &&
		(claims.Subject != accessClaims().Subject || !claims.Expires.Equal(accessClaims().Expires)) {
		t.Errorf("SUB was read as sub, or Exp as exp: %+v", claims)
	}
}

func accessPayloads(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	forge := newForger(t, mustSign(t, tokens))
	header, payload := forge.edited(forge.header, nil), forge.edited(forge.payload, nil)
	for _, odd := range []string{
		"", "null", "[]", "1", `"x"`, "{}", "{", payload + payload, payload + "x", "[" + payload + "]", "\x00" + payload,
		"\ufeff" + payload, payload[:len(payload)-1], strings.Repeat("[", 4000), strings.Repeat(`{"a":`, 1000),
	} {
		mustBeForged(t, tokens, forge.raw(header, odd), fmt.Sprintf("payload %.20q", odd))
	}
}
