package jose_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/sole-platform/sole/adapters/jose"
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
	key, err := jose.GenerateKey(0)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newKeys(t *testing.T, signing *rsa.PrivateKey, others ...*rsa.PublicKey) *jose.Keys {
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
	const modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
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
	for name, c := range map[string]struct {
		signing *rsa.PrivateKey
		other   *rsa.PublicKey
	}{
		"no signing key":        {nil, nil},
		"an empty signing key":  {&rsa.PrivateKey{}, &small.PublicKey},
		"a small signing key":   {small, &small.PublicKey},
		"no verifying key":      {newKey(t), nil},
		"a small verifying key": {newKey(t), &small.PublicKey},
	} {
		if _, err := jose.NewKeys(c.signing, c.other); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestGenerateKey(t *testing.T) {
	for bits, want := range map[int]int{0: 2048, 2048: 2048, 3072: 3072, 1024: 0, 2047: 0, -1: 0, 16384: 0} {
		key, err := jose.GenerateKey(bits)
		if want == 0 {
			if err == nil {
				t.Errorf("%d bits: accepted", bits)
			}
			continue
		}
		if err != nil || key.N.BitLen() != want {
			t.Errorf("%d bits: got %v", bits, err)
		}
	}
}
