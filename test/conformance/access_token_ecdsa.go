package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// curveKey is the P-256 key of every case.
var curveKey = sync.OnceValue(func() *ecdsa.PrivateKey { return makeCurveKey(elliptic.P256()) })

func makeCurveKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func curveSetup(others ...crypto.PublicKey) AccessTokenSetup {
	return AccessTokenSetup{Issuer: accessIssuer, Audience: accessAudience, Signing: curveKey(), Verifying: others}
}

// curveForger returns a forger with the P-256 key.
func curveForger(t *testing.T, genuine string) forger {
	t.Helper()
	forge := newForger(t, genuine)
	forge.key = curveKey()
	return forge
}

// point is an ECDSA signature.
type point struct{ R, S *big.Int }

func (f forger) ecdsaSign(key *ecdsa.PrivateKey, input []byte) point {
	f.t.Helper()
	r, s, err := ecdsa.Sign(rand.Reader, key, digest(crypto.SHA256, input))
	require.NoError(f.t, err)
	return point{r, s}
}

// fixedWidth encodes a signature as JWS does (RFC 7518 §3.4).
func fixedWidth(p point) []byte {
	encoded := make([]byte, 64)
	p.R.FillBytes(encoded[:32])
	p.S.FillBytes(encoded[32:])
	return encoded
}

func accessP256(t *testing.T, open openAccessTokens) {
	tokens, want := open(t, curveSetup()), accessClaims()
	token := mustSign(t, tokens)
	header, _ := readToken(t, token)
	require.Len(t, header, 3)
	require.Equal(t, "ES256", header["alg"])
	require.Equal(t, "at+jwt", header["typ"])
	got, err := tokens.Verify(token, accessNow)
	require.NoError(t, err)
	require.Equal(t, want, got)
	mustAccept(t, tokens, curveForger(t, token).token(nil, nil), accessNow, "the genuine token, signed by hand")
	for i := range token {
		if token[i] != 'A' {
			mustBeForged(t, tokens, token[:i]+"A"+token[i+1:], fmt.Sprintf("character %d made A", i))
		}
		mustBeForged(t, tokens, token[:i], fmt.Sprintf("only %d characters", i))
	}
	other := makeCurveKey(elliptic.P256())
	forge := curveForger(t, token)
	forge.key = other
	mustBeForged(t, tokens, forge.token(nil, nil), "another P-256 key under our kid")
}

func accessBothAlgorithms(t *testing.T, open openAccessTokens) {
	before, after := open(t, accessSetup()), open(t, curveSetup(&accessKey().PublicKey))
	withdrawn := AccessTokenSetup{
		Issuer: accessIssuer, Audience: accessAudience, Signing: accessKey(), Verifying: []crypto.PublicKey{&curveKey().PublicKey},
	}
	back := open(t, withdrawn)
	old, fresh := mustSign(t, before), mustSign(t, after)
	for what, token := range map[string]string{"RS256": old, "ES256": fresh} {
		mustAccept(t, after, token, accessNow, what+" in a ring that signs with ES256")
		mustAccept(t, back, token, accessNow, what+" in a ring that signs with RS256")
	}
	mustBeForged(t, before, fresh, "a token of a P-256 key that is not in the ring")
	header, _ := readToken(t, mustSign(t, back))
	require.Equal(t, "RS256", header["alg"])
}

func accessOtherAlgorithm(t *testing.T, open openAccessTokens) {
	tokens := open(t, curveSetup(&accessKey().PublicKey))
	curve, rsaToken := curveForger(t, mustSign(t, tokens)), newForger(t, mustSign(t, open(t, accessSetup())))
	payload := curve.edited(curve.payload, nil)
	mustAccept(t, tokens, rsaToken.token(nil, nil), accessNow, "the RS256 token")
	for what, forge := range map[string]forger{"P-256": curve, "RSA": rsaToken} {
		other := map[string]forger{"P-256": rsaToken, "RSA": curve}[what]
		for _, alg := range []string{"RS256", "ES256"} {
			mixed := forge
			mixed.key = other.key
			mustBeForged(t, tokens, mixed.token(edits{"alg": alg}, nil), alg+" by the other key under the kid of the key of "+what)
		}
		for _, alg := range []string{
			"RS256", "ES256", "none", "None", "", "HS256", "RS384", "PS256", "ES384", "ES512", "ES256K", "EdDSA", "es256", "ES256 ",
		} {
			if alg != forge.header["alg"] {
				mustBeForged(t, tokens, forge.token(edits{"alg": alg}, nil), fmt.Sprintf("alg %q under the kid of the key of %s", alg, what))
			}
			unsigned := forge.signed(forge.edited(forge.header, edits{"alg": alg}), payload, func([]byte) []byte { return nil })
			mustBeForged(t, tokens, unsigned, fmt.Sprintf("unsigned, alg %q, %s", alg, what))
		}
		for form, secret := range publicKeyForms(t, forge.key.Public()) {
			for _, alg := range []string{"HS256", "RS256", "ES256"} {
				mustBeForged(t, tokens, forge.signed(forge.edited(forge.header, edits{"alg": alg}), payload, func(input []byte) []byte {
					mac := hmac.New(sha256.New, secret)
					mac.Write(input)
					return mac.Sum(nil)
				}), fmt.Sprintf("%s with the public key of %s as secret, %s", alg, what, form))
			}
		}
	}
}

func accessECDSAForms(t *testing.T, open openAccessTokens) {
	tokens := open(t, curveSetup())
	forge := curveForger(t, mustSign(t, tokens))
	header, payload := forge.edited(forge.header, nil), forge.edited(forge.payload, nil)
	order, zero, one := elliptic.P256().Params().N, big.NewInt(0), big.NewInt(1)
	for what, change := range map[string]func(p point) []byte{
		"in DER": func(p point) []byte {
			der, err := asn1.Marshal(p)
			require.NoError(t, err)
			return der
		},
		"63 bytes":        func(p point) []byte { return fixedWidth(p)[:63] },
		"65 bytes":        func(p point) []byte { return append(fixedWidth(p), 0) },
		"a zero in front": func(p point) []byte { return append([]byte{0}, fixedWidth(p)...) },
		"half of it":      func(p point) []byte { return fixedWidth(p)[:32] },
		"twice":           func(p point) []byte { return append(fixedWidth(p), fixedWidth(p)...) },
		"numbers of 48": func(p point) []byte {
			return append(p.R.FillBytes(make([]byte, 48)), p.S.FillBytes(make([]byte, 48))...)
		},
		"r and s swapped":    func(p point) []byte { return fixedWidth(point{p.S, p.R}) },
		"r and s zero":       func(point) []byte { return fixedWidth(point{zero, zero}) },
		"r zero":             func(p point) []byte { return fixedWidth(point{zero, p.S}) },
		"s zero":             func(p point) []byte { return fixedWidth(point{p.R, zero}) },
		"r and s one":        func(point) []byte { return fixedWidth(point{one, one}) },
		"r and s the order":  func(point) []byte { return fixedWidth(point{order, order}) },
		"no signature bytes": func(point) []byte { return nil },
	} {
		forged := forge.signed(header, payload, func(input []byte) []byte { return change(forge.ecdsaSign(curveKey(), input)) })
		mustBeForged(t, tokens, forged, what)
	}
	large := makeCurveKey(elliptic.P384())
	for _, alg := range []string{"ES256", "ES384"} {
		for what, hash := range map[string]crypto.Hash{"SHA-256": crypto.SHA256, "SHA-384": crypto.SHA384} {
			forged := forge.signed(forge.edited(forge.header, edits{"alg": alg}), payload, func(input []byte) []byte {
				r, s, err := ecdsa.Sign(rand.Reader, large, digest(hash, input))
				require.NoError(t, err)
				return append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...)
			})
			mustBeForged(t, tokens, forged, fmt.Sprintf("a P-384 key, %s, %s", alg, what))
		}
	}
}

func sealBothAlgorithms(t *testing.T, seals sealsUnderTest) {
	old, fresh := seals.sign(t, accessKey(), newSeal(2)), seals.sign(t, curveKey(), newSeal(2))
	both := seals.verifier(t, &accessKey().PublicKey, &curveKey().PublicKey)
	for _, token := range []domain.SealToken{old, fresh} {
		seal, err := both.Verify(token)
		require.NoError(t, err)
		require.Equal(t, newSeal(2), seal)
	}
	mustBeNoSeal(t, seals.own(t), string(fresh), "a P-256 key that is not trusted")
	curve, other := curveForger(t, string(fresh)), newForger(t, string(old))
	curve.key, other.key = other.key, curve.key
	for _, alg := range []string{"RS256", "ES256"} {
		mustBeNoSeal(t, both, curve.token(edits{"alg": alg}, nil), alg+" by the RSA key under the kid of the P-256 key")
		mustBeNoSeal(t, both, other.token(edits{"alg": alg}, nil), alg+" by the P-256 key under the kid of the RSA key")
	}
	mustBeNoSeal(t, both, curve.signed(curve.edited(curve.header, nil), curve.edited(curve.payload, nil), func([]byte) []byte {
		return make([]byte, 64)
	}), "a signature of zeros")
}
