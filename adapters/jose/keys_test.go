package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"testing"
	"time"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/domain"
)

type jwks struct {
	Keys []map[string]string `json:"keys"`
}

func readJWKS(t *testing.T, keys *jose.Keys) jwks {
	t.Helper()
	var set jwks
	if err := json.Unmarshal(keys.JWKS(), &set); err != nil {
		t.Fatalf("a key set of more than strings: %v in %s", err, keys.JWKS())
	}
	return set
}

func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	return newKeyFor(t, domain.RS256).(*rsa.PrivateKey)
}

func newKeyFor(t *testing.T, algorithm domain.SigningAlgorithm) crypto.Signer {
	t.Helper()
	key, err := jose.GenerateKey(algorithm, 0)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newKeys(t *testing.T, signing crypto.Signer, others ...crypto.PublicKey) *jose.Keys {
	t.Helper()
	keys, err := jose.NewKeys(signing, others...)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestJWKSHasPublicMembersOnly(t *testing.T) {
	set := readJWKS(t, newRing())
	if len(set.Keys) != 1 {
		t.Fatalf("got %d keys, want 1", len(set.Keys))
	}
	key := set.Keys[0]
	for name, want := range map[string]string{"kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "kid": newRing().Current(time.Now())} {
		if key[name] != want {
			t.Errorf("%s: got %q, want %q", name, key[name], want)
		}
	}
	if n, err := base64.RawURLEncoding.DecodeString(key["n"]); err != nil || len(n) != 256 || len(key) != 6 {
		t.Errorf("n of %d bytes (%v) among %d members", len(n), err, len(key))
	}
}

func TestJWKSDescribesAP256Key(t *testing.T) {
	private := newKeyFor(t, domain.ES256).(*ecdsa.PrivateKey)
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	keys := newKeys(t, private)
	want := map[string]string{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": keys.Current(time.Now()),
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
	}
	if set := readJWKS(t, keys); len(set.Keys) != 1 || !maps.Equal(set.Keys[0], want) {
		t.Errorf("got %s", keys.JWKS())
	}
}

func TestJWKSListsTheSigningKeyFirstAndEachKeyOnce(t *testing.T) {
	signing, retired := newKey(t), newKey(t)
	keys := newKeys(t, signing, &retired.PublicKey, &signing.PublicKey, &retired.PublicKey)
	set := readJWKS(t, keys)
	if len(set.Keys) != 2 || set.Keys[0]["kid"] != keys.Current(time.Now()) || set.Keys[1]["kid"] != newKeys(t, retired).Current(time.Now()) {
		t.Errorf("got %s", keys.JWKS())
	}
}

func TestJWKSCannotBeChangedByItsReader(t *testing.T) {
	newRing().JWKS()[0] = 'x'
	readJWKS(t, newRing())
}

// The example of RFC 7638 §3.1.
func TestKeyIDIsTheThumbprint(t *testing.T) {
	const modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst" +
		"n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08" +
		"qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
	n, err := base64.RawURLEncoding.DecodeString(modulus)
	if err != nil {
		t.Fatal(err)
	}
	example := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
	set := readJWKS(t, newKeys(t, newKey(t), example))
	if got, want := set.Keys[1]["kid"], "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNewKeysRefusesKeysThatAreMissingOrSmall(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	large, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		signing crypto.Signer
		other   crypto.PublicKey
	}{
		"no signing key":                  {nil, nil},
		"an empty signing key":            {&rsa.PrivateKey{}, &small.PublicKey},
		"a small signing key":             {small, &newKey(t).PublicKey},
		"an empty P-256 key":              {&ecdsa.PrivateKey{}, &newKey(t).PublicKey},
		"a P-384 signing key":             {large, &newKey(t).PublicKey},
		"a signing key of another kind":   {other, &newKey(t).PublicKey},
		"no verifying key":                {newKey(t), nil},
		"a typed nil of RSA":              {newKey(t), (*rsa.PublicKey)(nil)},
		"a typed nil of ECDSA":            {newKey(t), (*ecdsa.PublicKey)(nil)},
		"a small verifying key":           {newKey(t), &small.PublicKey},
		"a P-384 verifying key":           {newKey(t), &large.PublicKey},
		"a verifying key of another kind": {newKey(t), other.Public()},
	} {
		if _, err := jose.NewKeys(c.signing, c.other); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestMakerReturnsTheSizeOfAKey(t *testing.T) {
	for want, algorithm := range map[int]domain.SigningAlgorithm{0: domain.ES256, 2112: domain.RS256, 3072: domain.RS256} {
		made, err := jose.Maker{}.New(algorithm, want)
		if err != nil {
			t.Fatal(err)
		}
		if bits, err := (jose.Maker{}).Bits(made.PublicPEM); err != nil || bits != want {
			t.Errorf("%s: got %d, %v; want %d", algorithm, bits, err, want)
		}
	}
	if _, err := (jose.Maker{}).Bits("not a key"); err == nil {
		t.Error("a damaged key has a size")
	}
}

func TestGenerateKey(t *testing.T) {
	for bits, want := range map[int]int{0: 2048, 2048: 2048, 3072: 3072, 1024: 0, 2047: 0, -1: 0, 16384: 0} {
		key, err := jose.GenerateKey(domain.RS256, bits)
		if want == 0 {
			if err == nil {
				t.Errorf("%d bits: accepted", bits)
			}
			continue
		}
		if err != nil || key.(*rsa.PrivateKey).N.BitLen() != want {
			t.Errorf("%d bits: got %v", bits, err)
		}
	}
	if key, err := jose.GenerateKey(domain.ES256, 0); err != nil || key.(*ecdsa.PrivateKey).Curve != elliptic.P256() {
		t.Errorf("ES256: got %v", err)
	}
	for algorithm, bits := range map[domain.SigningAlgorithm]int{domain.ES256: 256, "ES384": 0, "": 0} {
		if _, err := jose.GenerateKey(algorithm, bits); err == nil {
			t.Errorf("%q of %d bits: accepted", algorithm, bits)
		}
	}
}
