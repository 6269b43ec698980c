package argon2_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

var cheap = argon2.Params{MemoryKiB: 4096, Time: 1, Threads: 1}

func TestConformance(t *testing.T) {
	open := func(params argon2.Params) func(*testing.T) port.PasswordHasher {
		return func(*testing.T) port.PasswordHasher { return argon2.New(params, 2, 4) }
	}
	conformance.PasswordHasher(t, open(cheap), open(argon2.Params{MemoryKiB: 19456, Time: 6, Threads: 1}))
}

func TestHashIsAPHCStringWithTheDefaultParameters(t *testing.T) {
	hash, err := argon2.New(argon2.Default(), 1, 0).Hash(t.Context(), domain.NewSecret("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`)
	if !form.MatchString(string(hash)) {
		t.Errorf("got %s", hash)
	}
}

// The key was computed by another implementation (OpenSSL, through pyca/cryptography).
func TestVerifyReadsHashesOfOtherImplementations(t *testing.T) {
	hash := domain.PasswordHash("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	match, outdated, err := argon2.New(cheap, 1, 0).Verify(t.Context(), hash, domain.NewSecret("password"))
	if !match || !outdated || err != nil {
		t.Errorf("got %t, %t, %v; want an outdated match", match, outdated, err)
	}
}

func TestOutdated(t *testing.T) {
	password := domain.NewSecret("correct horse")
	hash, err := argon2.New(cheap, 1, 0).Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		params argon2.Params
		typed  string
		match  bool
		want   bool
	}{
		"same parameters":            {cheap, "correct horse", true, false},
		"more memory now":            {argon2.Params{MemoryKiB: 8192, Time: 1, Threads: 1}, "correct horse", true, true},
		"less memory now":            {argon2.Params{MemoryKiB: 1024, Time: 1, Threads: 1}, "correct horse", true, true},
		"more passes now":            {argon2.Params{MemoryKiB: 4096, Time: 2, Threads: 1}, "correct horse", true, true},
		"more threads now":           {argon2.Params{MemoryKiB: 4096, Time: 1, Threads: 2}, "correct horse", true, true},
		"more memory, wrong attempt": {argon2.Params{MemoryKiB: 8192, Time: 1, Threads: 1}, "wrong", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			match, outdated, err := argon2.New(c.params, 1, 0).Verify(t.Context(), hash, domain.NewSecret(c.typed))
			if err != nil || match != c.match || outdated != c.want {
				t.Errorf("got match %t, outdated %t, %v; want %t, %t", match, outdated, err, c.match, c.want)
			}
		})
	}
}

func TestTheErrorOfAMalformedHashDoesNotContainIt(t *testing.T) {
	hash := domain.PasswordHash("$argon2id$v=19$m=1073741824,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	match, _, err := argon2.New(cheap, 1, 0).Verify(t.Context(), hash, domain.NewSecret("password"))
	if match || err == nil {
		t.Fatalf("got %t, %v; want an error", match, err)
	}
	if strings.Contains(err.Error(), "CTFh") || strings.Contains(err.Error(), "c29t") {
		t.Errorf("the error shows the hash: %v", err)
	}
}

func TestNewPanicsOnParametersOutOfBounds(t *testing.T) {
	for name, params := range map[string]argon2.Params{
		"none":          {},
		"two gibibytes": {MemoryKiB: 1 << 21, Time: 1, Threads: 1},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			argon2.New(params, 1, 0)
		})
	}
}

func BenchmarkHash(b *testing.B) {
	h := argon2.New(argon2.Default(), 2, 0)
	password := domain.NewSecret("correct horse battery staple")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Hash(b.Context(), password); err != nil {
			b.Fatal(err)
		}
	}
}
