package jose_test

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

const (
	issuer   = "https://id.example.org"
	audience = "sole"
)

var issuedAt = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// newRing makes a ring of one key, slowly and therefore once.
var newRing = sync.OnceValue(func() *jose.Keys {
	key, err := jose.GenerateKey(domain.RS256, 0)
	if err != nil {
		panic(err)
	}
	keys, err := jose.NewKeys(key)
	if err != nil {
		panic(err)
	}
	return keys
})

func newTokens(tb testing.TB) *jose.AccessTokens {
	tb.Helper()
	tokens, err := jose.NewAccessTokens(newRing(), issuer, audience)
	if err != nil {
		tb.Fatal(err)
	}
	return tokens
}

func genuineClaims() port.AccessClaims {
	return port.AccessClaims{
		ID:      "01890a5d-ac96-774b-bcce-b302099a8056",
		Subject: "01890a5d-ac96-774b-bcce-b302099a8057",
		Org:     "01890a5d-ac96-774b-bcce-b302099a8058",
		Session: "01890a5d-ac96-774b-bcce-b302099a8059",
		AMR:     []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode}, ACR: domain.AAL2,
		AuthTime: issuedAt.Add(-time.Minute), IssuedAt: issuedAt, Expires: issuedAt.Add(5 * time.Minute),
	}
}

func genuineToken(tb testing.TB, tokens *jose.AccessTokens) string {
	tb.Helper()
	token, err := tokens.Sign(genuineClaims())
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

func TestConformance(t *testing.T) {
	conformance.AccessTokens(t, func(t *testing.T, setup conformance.AccessTokenSetup) port.AccessTokens {
		keys, err := jose.NewKeys(setup.Signing, setup.Verifying...)
		if err != nil {
			t.Fatal(err)
		}
		tokens, err := jose.NewAccessTokens(keys, setup.Issuer, setup.Audience)
		if err != nil {
			t.Fatal(err)
		}
		return tokens
	})
}

func TestSignRefusesWhatVerifyWould(t *testing.T) {
	tokens := newTokens(t)
	for name, spoil := range map[string]func(*port.AccessClaims){
		"no id":           func(c *port.AccessClaims) { c.ID = "" },
		"no subject":      func(c *port.AccessClaims) { c.Subject = "" },
		"a slug for org":  func(c *port.AccessClaims) { c.Org = "acme" },
		"no session":      func(c *port.AccessClaims) { c.Session = "" },
		"no methods":      func(c *port.AccessClaims) { c.AMR = nil },
		"an empty method": func(c *port.AccessClaims) { c.AMR = []domain.AMR{"pwd", ""} },
		"no assurance":    func(c *port.AccessClaims) { c.ACR = "" },
		"no issue":        func(c *port.AccessClaims) { c.IssuedAt = time.Time{} },
		"no expiry":       func(c *port.AccessClaims) { c.Expires = time.Time{} },
		"no sign-in":      func(c *port.AccessClaims) { c.AuthTime = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			c := genuineClaims()
			spoil(&c)
			if token, err := tokens.Sign(c); err == nil {
				t.Errorf("signed %s", token)
			}
		})
	}
}

func TestExpiryToTheSecond(t *testing.T) {
	tokens := newTokens(t)
	token, end := genuineToken(t, tokens), genuineClaims().Expires
	for name, c := range map[string]struct {
		now  time.Time
		want error
	}{
		"just within the leeway": {end.Add(30*time.Second - time.Nanosecond), nil},
		"at its end":             {end.Add(30 * time.Second), domain.ErrTokenExpired},
	} {
		if _, err := tokens.Verify(token, c.now); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestNewAccessTokensNeedsIssuerAndAudience(t *testing.T) {
	for _, names := range [][2]string{{"", audience}, {issuer, ""}} {
		if _, err := jose.NewAccessTokens(newRing(), names[0], names[1]); err == nil {
			t.Errorf("%q: accepted", names)
		}
	}
}

// FuzzVerify puts text in the place of any part of a genuine token.
func FuzzVerify(f *testing.F) {
	tokens := newTokens(f)
	genuine := genuineToken(f, tokens)
	end := uint16(len(genuine))
	f.Add(uint16(0), uint16(0), "")
	f.Add(uint16(0), end, "{}")
	f.Add(end, end, "\n")
	f.Add(uint16(0), uint16(strings.Index(genuine, ".")), "eyJhbGciOiJub25lIn0")
	f.Add(uint16(strings.LastIndex(genuine, ".")), end, ".")
	f.Fuzz(func(t *testing.T, from, to uint16, put string) {
		token := genuine[:min(from, end)] + put + genuine[min(to, end):]
		claims, err := tokens.Verify(token, issuedAt)
		if err == nil && token != genuine {
			t.Errorf("accepted %q as %+v", token, claims)
		}
		if err != nil && !errors.Is(err, domain.ErrUnauthenticated) {
			t.Errorf("got %v", err)
		}
	})
}

// onEachSize runs a benchmark with keys of every algorithm and size of docs/performance.md.
func onEachSize(b *testing.B, measure func(b *testing.B, key crypto.Signer)) {
	for _, bits := range []int{0, 2048, 3072, 4096} {
		algorithm, name := domain.RS256, fmt.Sprintf("RS256-%d", bits)
		if bits == 0 {
			algorithm, name = domain.ES256, "ES256-P256"
		}
		key, err := jose.GenerateKey(algorithm, bits)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) { measure(b, key) })
	}
}

func tokensWith(b *testing.B, key crypto.Signer) *jose.AccessTokens {
	b.Helper()
	keys, err := jose.NewKeys(key)
	if err != nil {
		b.Fatal(err)
	}
	tokens, err := jose.NewAccessTokens(keys, issuer, audience)
	if err != nil {
		b.Fatal(err)
	}
	return tokens
}

func BenchmarkSign(b *testing.B) {
	onEachSize(b, func(b *testing.B, key crypto.Signer) {
		tokens := tokensWith(b, key)
		size := len(genuineToken(b, tokens))
		b.ReportAllocs()
		for b.Loop() {
			genuineToken(b, tokens)
		}
		b.ReportMetric(float64(size), "token-bytes")
	})
}

// BenchmarkVerify verifies each time with another ring, which has no verified tokens in its cache.
func BenchmarkVerify(b *testing.B) {
	onEachSize(b, func(b *testing.B, key crypto.Signer) {
		tokens := tokensWith(b, key)
		claims := genuineClaims()
		signed := make([]string, 64)
		for i := range signed {
			claims.ID = fmt.Sprint(i)
			token, err := tokens.Sign(claims)
			if err != nil {
				b.Fatal(err)
			}
			signed[i] = token
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if i%len(signed) == 0 {
				b.StopTimer()
				tokens = tokensWith(b, key)
				b.StartTimer()
			}
			if _, err := tokens.Verify(signed[i%len(signed)], issuedAt); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerifyAgain(b *testing.B) {
	tokens := newTokens(b)
	token := genuineToken(b, tokens)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tokens.Verify(token, issuedAt); err != nil {
			b.Fatal(err)
		}
	}
}
