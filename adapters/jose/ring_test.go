package jose_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/domain"
)

func tokensOf(t *testing.T, keys *jose.Keys) *jose.AccessTokens {
	t.Helper()
	tokens, err := jose.NewAccessTokens(keys, issuer, audience)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func exchange(t *testing.T, keys *jose.Keys, ring ...jose.Key) {
	t.Helper()
	if err := keys.Exchange(ring); err != nil {
		t.Fatal(err)
	}
}

func signsFrom(key crypto.Signer, from time.Time) jose.Key {
	return jose.Key{Public: key.Public(), Private: key, SignsFrom: from}
}

func idOf(t *testing.T, key crypto.Signer) string {
	t.Helper()
	id, err := jose.KeyID(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAKeySignsFromItsStartTime(t *testing.T) {
	first, second := newKey(t), newKey(t)
	keys := newKeys(t, first)
	turn := issuedAt.Add(10 * time.Second)
	exchange(t, keys, signsFrom(second, turn), signsFrom(first, issuedAt))
	for at, want := range map[time.Time]*rsa.PrivateKey{
		issuedAt.Add(-time.Hour):       first, // none has begun: the first to begin
		issuedAt:                       first,
		turn.Add(-time.Nanosecond):     first,
		turn:                           second,
		turn.Add(365 * 24 * time.Hour): second,
	} {
		if got := keys.Current(at); got != idOf(t, want) {
			t.Errorf("at %s %s signs", at, got)
		}
	}
}

func TestAKeyWithoutItsPrivateKeyOnlyVerifies(t *testing.T) {
	first, second := newKey(t), newKey(t)
	keys := newKeys(t, first)
	exchange(t, keys, signsFrom(first, issuedAt), jose.Key{Public: &second.PublicKey, SignsFrom: issuedAt.Add(time.Second)})
	if got := keys.Current(issuedAt.Add(time.Hour)); got != idOf(t, first) {
		t.Errorf("%s signs", got)
	}
	if token := genuineToken(t, tokensOf(t, newKeys(t, second))); !accepts(tokensOf(t, keys), token) {
		t.Error("a token under the other key is refused")
	}
}

// TestARingSignsWithItsAlgorithmOnly: a later key of the other algorithm, as a replica with another setting publishes it, only
// verifies.
func TestARingSignsWithItsAlgorithmOnly(t *testing.T) {
	first, curve, second := newKey(t), newKeyFor(t, domain.ES256), newKey(t)
	later, last := issuedAt.Add(time.Second), issuedAt.Add(time.Minute)
	shared := []jose.Key{signsFrom(first, issuedAt), signsFrom(curve, later), signsFrom(second, last)}
	old, changed := newKeys(t, first), newKeys(t, curve)
	exchange(t, old, shared...)
	exchange(t, changed, shared...)
	for at, want := range map[time.Time]crypto.Signer{issuedAt: first, later: first, last: second} {
		if got := old.Current(at); got != idOf(t, want) {
			t.Errorf("at %s %s signs with RS256", at, got)
		}
		if got := changed.Current(at); got != idOf(t, curve) {
			t.Errorf("at %s %s signs with ES256", at, got)
		}
	}
	for _, signing := range []*jose.Keys{old, changed} {
		token := genuineToken(t, tokensOf(t, signing))
		if !accepts(tokensOf(t, old), token) || !accepts(tokensOf(t, changed), token) {
			t.Errorf("one of the replicas refuses %s", token)
		}
	}
	if !bytes.Equal(old.JWKS(), changed.JWKS()) || len(readJWKS(t, old).Keys) != 3 {
		t.Errorf("the replicas publish %s and %s", old.JWKS(), changed.JWKS())
	}
	if changed.Exchange([]jose.Key{signsFrom(first, issuedAt)}) == nil {
		t.Error("a ring for ES256 accepts that only an RSA key signs")
	}
}

func accepts(tokens *jose.AccessTokens, token string) bool {
	_, err := tokens.Verify(token, issuedAt)
	return err == nil
}

func TestCachedTokensOfARemovedKeyAreRefused(t *testing.T) {
	first, second := newKey(t), newKey(t)
	keys := newKeys(t, first)
	tokens := tokensOf(t, keys)
	token := genuineToken(t, tokens)
	exchange(t, keys, signsFrom(first, issuedAt), signsFrom(second, issuedAt))
	for range 2 { // the second time it is remembered
		if !accepts(tokens, token) {
			t.Fatal("refused while its key verifies")
		}
	}
	exchange(t, keys, signsFrom(second, issuedAt))
	if _, err := tokens.Verify(token, issuedAt); !errors.Is(err, domain.ErrUnauthenticated) {
		t.Errorf("got %v", err)
	}
}

func TestExchangeRefusesKeysThatCannotSign(t *testing.T) {
	first := newKey(t)
	keys := newKeys(t, first)
	for name, ring := range map[string][]jose.Key{"nothing": nil, "only a public half": {{Public: &newKey(t).PublicKey}},
		"no key in it": {{}}} {
		if keys.Exchange(ring) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if keys.Current(issuedAt) != idOf(t, first) || len(readJWKS(t, keys).Keys) != 1 {
		t.Errorf("the ring became %s", keys.JWKS())
	}
}

func TestAMissingKeyWithAThumbprintIsReloaded(t *testing.T) {
	first, second := newKey(t), newKey(t)
	keys := newKeys(t, first)
	keys.Missing = func() { exchange(t, keys, signsFrom(first, issuedAt), signsFrom(second, issuedAt)) }
	if !accepts(tokensOf(t, keys), genuineToken(t, tokensOf(t, newKeys(t, second)))) {
		t.Error("a key that another replica knows was not found")
	}
}

func header(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// named is a token of the right form under a key of that name.
func named(kid string) string {
	return header(`{"alg":"RS256","typ":"at+jwt","kid":"`+kid+`"}`) + ".e30.AAAA"
}

func TestAnInvalidKeyIDReloadsNoKeys(t *testing.T) {
	var sought atomic.Int64
	keys := newKeys(t, newKey(t))
	keys.Missing = func() { sought.Add(1) }
	tokens := tokensOf(t, keys)
	for kid, want := range map[string]int64{
		"": 0, "kid-1": 0, strings.Repeat("A", 42): 0, strings.Repeat("A", 44): 0,
		strings.Repeat("!", 43): 0, strings.Repeat("A", 42) + "/": 0, strings.Repeat("A", 42) + "B": 0, // spare bits
		strings.Repeat("A", 43) + `\n`: 0, `\r\n` + strings.Repeat("A", 43): 0,
		strings.Repeat("A", 43): 1,
	} {
		sought.Store(0)
		if accepts(tokens, named(kid)) || sought.Load() != want {
			t.Errorf("kid %q: sought %d times, want %d", kid, sought.Load(), want)
		}
	}
	genuine := genuineToken(t, tokens)
	for name, token := range map[string]string{
		"not a token": "x", "two parts": "a.b",
		"another algorithm":              header(`{"alg":"HS256","typ":"at+jwt","kid":"`+strings.Repeat("A", 43)+`"}`) + ".e30.AAAA",
		"a known key, another signature": genuine[:strings.LastIndex(genuine, ".")] + ".AAAA",
	} {
		sought.Store(0)
		if accepts(tokens, token) || sought.Load() != 0 {
			t.Errorf("%s: sought %d times", name, sought.Load())
		}
	}
}
