package conformance

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// AccessTokenSetup is the configuration of the adapter under test.
type AccessTokenSetup struct {
	Issuer, Audience string
	Signing          crypto.Signer      // RSA or P-256
	Verifying        []crypto.PublicKey // further keys that verify
}

// AccessTokens checks every promise of port.AccessTokens. The suite holds the signing
// key, so that each forgery differs from a genuine token in one thing only.
func AccessTokens(t *testing.T, open func(t *testing.T, setup AccessTokenSetup) port.AccessTokens) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, func(*testing.T, AccessTokenSetup) port.AccessTokens)
	}{
		{"returns what was signed, in whole seconds", accessRoundTrip},
		{"writes an RFC 9068 header and nothing else into it", accessHeader},
		{"reports a token as expired from 30 s after its expiry on", accessExpiry},
		{"does not report a forged token as expired", accessExpiredAndWrong},
		{"refuses a token issued more than 30 s in the future", accessFuture},
		{"verifies with every key of its ring and no other", accessRing},
		{"refuses another issuer or audience", accessOtherPlace},
		{"refuses every other algorithm, whatever the key", accessAlgorithms},
		{"signs and verifies with ES256 if the key is on P-256", accessP256},
		{"verifies with keys of both algorithms at once", accessBothAlgorithms},
		{"uses each key with its own algorithm only", accessOtherAlgorithm},
		{"refuses ECDSA signatures that are not two numbers of 32 bytes in range", accessECDSAForms},
		{"refuses a foreign, missing or odd key id", accessKeyIDs},
		{"refuses every header that it does not write itself", accessHeaders},
		{"returns what was signed for a service account", accessServiceRoundTrip},
		{"signs a token of a person or of a service account, never of both or none", accessSignsOneKind},
		{"refuses a token that mixes the claims of a person and a service account", accessMixedKinds},
		{"refuses a token of a service account that lacks a claim or has an odd one", accessServiceClaims},
		{"refuses a token without one of its claims", accessMissingClaims},
		{"refuses a claim of the wrong type or form", accessOddClaims},
		{"reads claim names case-sensitively and refuses repeated ones", accessClaimNames},
		{"refuses a payload that is not a JSON object", accessPayloads},
		{"refuses a token with any character changed", accessChanges},
		{"refuses a token shortened or lengthened", accessLengths},
		{"refuses a non-canonical base64 encoding of the same bytes", accessSpelling},
		{"refuses every other serialisation", accessSerialisations},
		{"refuses huge input at once", accessHuge},
		{"serves many callers at once", accessConcurrent},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open) })
	}
}

const (
	accessIssuer   = "https://id.example.org"
	accessAudience = "sole"
)

var accessNow = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// Keys are slow to create; every case uses the same two.
var (
	accessKey  = sync.OnceValue(makeRSAKey)
	foreignKey = sync.OnceValue(makeRSAKey)
)

func makeRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

type openAccessTokens = func(*testing.T, AccessTokenSetup) port.AccessTokens

func accessSetup() AccessTokenSetup {
	return AccessTokenSetup{Issuer: accessIssuer, Audience: accessAudience, Signing: accessKey()}
}

func accessClaims() port.AccessClaims {
	return port.AccessClaims{
		ID:      "01890a5d-ac96-774b-bcce-b302099a8056",
		Subject: "01890a5d-ac96-774b-bcce-b302099a8057",
		Org:     "01890a5d-ac96-774b-bcce-b302099a8058",
		Session: "01890a5d-ac96-774b-bcce-b302099a8059",
		AMR:     []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}, ACR: domain.AAL2,
		AuthTime: accessNow.Add(-time.Minute), IssuedAt: accessNow, Expires: accessNow.Add(5 * time.Minute),
	}
}

func mustSign(t *testing.T, tokens port.AccessTokens) string {
	t.Helper()
	token, err := tokens.Sign(accessClaims())
	if err != nil {
		t.Fatalf("Sign: %v", err)
	}
	return token
}

func mustAccept(t *testing.T, tokens port.AccessTokens, token string, now time.Time, what string) {
	t.Helper()
	if _, err := tokens.Verify(token, now); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// presented is a token and the time at which it is presented.
type presented struct {
	token string
	at    time.Time
}

// mustRefuse fails the test unless the token is refused with want, and no claims are returned.
func mustRefuse(t *testing.T, tokens port.AccessTokens, p presented, want error, what string) {
	t.Helper()
	claims, err := tokens.Verify(p.token, p.at)
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
	if err != nil && !reflect.DeepEqual(claims, port.AccessClaims{}) {
		t.Errorf("%s: refused, but the claims %+v were returned", what, claims)
	}
}

// mustBeForged refuses token while a genuine one is in force.
func mustBeForged(t *testing.T, tokens port.AccessTokens, token, what string) {
	t.Helper()
	mustRefuse(t, tokens, presented{token, accessNow}, domain.ErrUnauthenticated, what)
}

func accessRoundTrip(t *testing.T, open openAccessTokens) {
	tokens, want := open(t, accessSetup()), accessClaims()
	signed := want
	signed.IssuedAt = want.IssuedAt.Add(987654 * time.Microsecond)
	signed.Expires = want.Expires.In(time.FixedZone("east", 3600))
	token, err := tokens.Sign(signed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := tokens.Verify(token, accessNow)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func accessHeader(t *testing.T, open openAccessTokens) {
	header, payload := readToken(t, mustSign(t, open(t, accessSetup())))
	kid, _ := header["kid"].(string)
	if len(header) != 3 || header["alg"] != "RS256" || header["typ"] != "at+jwt" || kid == "" {
		t.Errorf("got header %v", header)
	}
	for _, name := range accessClaimNamesAll {
		if _, found := payload[name]; !found {
			t.Errorf("the token lacks %s", name)
		}
	}
}

func accessExpiry(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	token, end := mustSign(t, tokens), accessClaims().Expires
	for _, age := range []time.Duration{-5 * time.Minute, -time.Second, 0, 29 * time.Second} {
		mustAccept(t, tokens, token, end.Add(age), fmt.Sprintf("%v after expiry", age))
	}
	for _, age := range []time.Duration{31 * time.Second, time.Hour, 100 * 365 * 24 * time.Hour} {
		mustRefuse(t, tokens, presented{token, end.Add(age)}, domain.ErrTokenExpired, fmt.Sprintf("%v after expiry", age))
	}
}

func accessExpiredAndWrong(t *testing.T, open openAccessTokens) {
	tokens, late := open(t, accessSetup()), accessClaims().Expires.Add(time.Hour)
	forge := newForger(t, mustSign(t, tokens))
	mustRefuse(t, tokens, presented{forge.token(nil, nil), late}, domain.ErrTokenExpired, "expired only")
	for what, token := range map[string]string{
		"another signature": forge.token(nil, nil)[:20] + "A" + forge.token(nil, nil)[21:],
		"another audience":  forge.token(nil, edits{"aud": "other", "client_id": "other"}),
		"another type":      forge.token(edits{"typ": "JWT"}, nil),
		"no session":        forge.token(nil, edits{"sid": gone}),
	} {
		mustRefuse(t, tokens, presented{token, late}, domain.ErrUnauthenticated, "expired, and "+what)
	}
}

func accessFuture(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	token := mustSign(t, tokens)
	mustAccept(t, tokens, token, accessNow.Add(-29*time.Second), "29 s early")
	mustRefuse(t, tokens, presented{token, accessNow.Add(-31 * time.Second)}, domain.ErrUnauthenticated, "31 s early")
}

func accessRing(t *testing.T, open openAccessTokens) {
	before := accessSetup()
	after := AccessTokenSetup{
		Issuer:    accessIssuer,
		Audience:  accessAudience,
		Signing:   foreignKey(),
		Verifying: []crypto.PublicKey{&accessKey().PublicKey},
	}
	alone := AccessTokenSetup{Issuer: accessIssuer, Audience: accessAudience, Signing: foreignKey(), Verifying: nil}
	old, fresh := mustSign(t, open(t, before)), mustSign(t, open(t, after))
	mustAccept(t, open(t, after), old, accessNow, "a token of the key before")
	mustAccept(t, open(t, after), fresh, accessNow, "a token of the key of today")
	mustAccept(t, open(t, alone), fresh, accessNow, "another replica with the same key")
	mustBeForged(t, open(t, alone), old, "a token of a retired key")
	mustBeForged(t, open(t, before), fresh, "a token of a key not known yet")
}

func accessOtherPlace(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	for what, setup := range map[string]AccessTokenSetup{
		"issuer":           {Issuer: "https://id.example.com", Audience: accessAudience, Signing: accessKey()},
		"issuer's slash":   {Issuer: accessIssuer + "/", Audience: accessAudience, Signing: accessKey()},
		"audience":         {Issuer: accessIssuer, Audience: "other", Signing: accessKey()},
		"audience's case":  {Issuer: accessIssuer, Audience: "SOLE", Signing: accessKey()},
		"both the other's": {Issuer: accessAudience, Audience: accessIssuer, Signing: accessKey()},
	} {
		mustBeForged(t, tokens, mustSign(t, open(t, setup)), "another "+what)
	}
}

func accessChanges(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	token := mustSign(t, tokens)
	for i := range token {
		for _, c := range []byte{'A', '_', '.', '=', '\n', ' '} {
			if token[i] != c {
				mustBeForged(t, tokens, token[:i]+string(c)+token[i+1:], fmt.Sprintf("character %d made %q", i, c))
			}
		}
	}
}

func accessLengths(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	token := mustSign(t, tokens)
	for i := range token {
		mustBeForged(t, tokens, token[:i], fmt.Sprintf("only %d characters", i))
	}
	for _, more := range []string{"\n", "\r\n", " ", "\t", "=", "==", "A", "AA", ".", "\x00", "\u00a0", "." + token} {
		mustBeForged(t, tokens, token+more, fmt.Sprintf("followed by %.5q", more))
		mustBeForged(t, tokens, more+token, fmt.Sprintf("preceded by %.5q", more))
	}
}

// accessSpelling sets the bits that base64 leaves over in the last character of a part.
func accessSpelling(t *testing.T, open openAccessTokens) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	tokens := open(t, accessSetup())
	parts := strings.Split(mustSign(t, tokens), ".")
	for i, part := range parts {
		last := len(part) - 1
		next := alphabet[(strings.IndexByte(alphabet, part[last])+1)%len(alphabet)]
		respelt := slices.Clone(parts)
		respelt[i] = part[:last] + string(next)
		mustBeForged(t, tokens, strings.Join(respelt, "."), fmt.Sprintf("part %d spelt differently", i))
	}
}

func accessSerialisations(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	parts := strings.Split(mustSign(t, tokens), ".")
	header, payload, signature := parts[0], parts[1], parts[2]
	for what, token := range map[string]string{
		"flattened JSON": fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, payload, header, signature),
		"general JSON":   fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, payload, header, signature),
		"detached":       header + ".." + signature,
		"like a JWE":     header + ".." + payload + ".." + signature,
		"with a scheme":  "Bearer " + strings.Join(parts, "."),
		"parts swapped":  payload + "." + header + "." + signature,
		"nothing":        "",
		"two dots":       "..",
	} {
		mustBeForged(t, tokens, token, what)
	}
}

func accessHuge(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	token := mustSign(t, tokens)
	_, rest, _ := strings.Cut(token, ".")
	started := time.Now()
	for what, huge := range map[string]string{
		"an 8 MB header":    strings.Repeat("A", 8<<20) + "." + rest,
		"an 8 MB signature": token + strings.Repeat("A", 8<<20),
		"100,000 dots":      strings.Repeat(".", 100_000),
		"8 MB of nesting":   newForger(t, token).raw(`{"alg":"RS256","kid":`+strings.Repeat("[", 8<<20), `{}`),
	} {
		mustBeForged(t, tokens, huge, what)
	}
	if spent := time.Since(started); spent > 5*time.Second {
		t.Errorf("took %v", spent)
	}
}

func accessConcurrent(t *testing.T, open openAccessTokens) {
	tokens := open(t, accessSetup())
	var crowd sync.WaitGroup
	for i := range 16 {
		crowd.Go(func() {
			claims := accessClaims()
			claims.ID = fmt.Sprintf("token %d", i)
			token, err := tokens.Sign(claims)
			if err != nil {
				t.Errorf("Sign: %v", err)
				return
			}
			if got, err := tokens.Verify(token, accessNow); err != nil || got.ID != claims.ID {
				t.Errorf("got %s, %v; want %s", got.ID, err, claims.ID)
			}
		})
	}
	crowd.Wait()
}
