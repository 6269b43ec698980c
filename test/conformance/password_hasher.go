package conformance

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// PasswordHasher checks every promise of port.PasswordHasher. Each case opens a hasher
// of its own with open, where a few milliseconds of work per hash are enough. openSlow
// opens one for which a hash takes at least 30 ms, longer than the scheduler lets a
// goroutine run (10 ms), and which admits fewer than 64 callers at once, the queue included.
func PasswordHasher(t *testing.T, open, openSlow func(t *testing.T) port.PasswordHasher) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.PasswordHasher)
	}{
		{"matches the password it hashed, and no other", hasherMatches},
		{"makes a new hash each time", hasherSalts},
		{"tells apart passwords of any length and alphabet", hasherTellsApart},
		{"accepts a password in every Unicode normalization", hasherNormalises},
		{"does not match anything against the empty hash", hasherEmptyHashNeverMatches},
		{"takes as long against the empty hash as against a real one", hasherEmptyHashCostsTheSame},
		{"does not ask to rehash what it just hashed", hasherFreshIsNotOutdated},
		{"returns an error for a text that is not a hash", hasherRefusesMalformed},
		{"returns ErrBusy to a waiting caller whose context ends", hasherHonoursContext},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
	t.Run("returns ErrBusy to callers beyond a short queue, and serves all others", func(t *testing.T) { hasherIsBounded(t, openSlow(t)) })
}

func mustHash(t *testing.T, h port.PasswordHasher, password string) domain.PasswordHash {
	t.Helper()
	hash, err := h.Hash(t.Context(), domain.NewSecret(password))
	if err != nil || hash == "" {
		t.Fatalf("Hash: got %q, %v", hash, err)
	}
	return hash
}

func mustVerify(t *testing.T, h port.PasswordHasher, hash domain.PasswordHash, password string) (match, outdated bool) {
	t.Helper()
	match, outdated, err := h.Verify(t.Context(), hash, domain.NewSecret(password))
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	return match, outdated
}

func hasherMatches(t *testing.T, h port.PasswordHasher) {
	hash := mustHash(t, h, "correct horse")
	for typed, want := range map[string]bool{
		"correct horse": true, "correct hors": false, "correct horse ": false, "Correct horse": false, "": false,
	} {
		if match, _ := mustVerify(t, h, hash, typed); match != want {
			t.Errorf("%q: got %t, want %t", typed, match, want)
		}
	}
	if strings.Contains(string(hash), "correct") {
		t.Errorf("the hash shows the password: %s", hash)
	}
}

func hasherSalts(t *testing.T, h port.PasswordHasher) {
	first, second := mustHash(t, h, "correct horse"), mustHash(t, h, "correct horse")
	if first == second {
		t.Error("two hashes of one password are equal")
	}
}

func hasherTellsApart(t *testing.T, h port.PasswordHasher) {
	long := strings.Repeat("a", domain.MaxPasswordBytes-1)
	for name, pair := range map[string][2]string{
		"longer than bcrypt reads": {strings.Repeat("a", 72) + "1", strings.Repeat("a", 72) + "2"},
		"as long as is allowed":    {long + "1", long + "2"},
		"beyond what is allowed":   {strings.Repeat(long, 9) + "1", strings.Repeat(long, 9) + "2"},
		"after a NUL":              {"one\x00two", "one\x00three"},
		"other alphabets":          {"пароль密码🔑", "пароль密码🗝"},
		"not UTF-8":                {"\xff\xfe", "\xff\xfd"},
		"nothing and a blank":      {"", " "},
	} {
		hash := mustHash(t, h, pair[0])
		right, _ := mustVerify(t, h, hash, pair[0])
		wrong, _ := mustVerify(t, h, hash, pair[1])
		if !right || wrong {
			t.Errorf("%s: its own password matches: %t, another: %t", name, right, wrong)
		}
	}
}

func hasherNormalises(t *testing.T, h port.PasswordHasher) {
	for composed, other := range map[string]string{
		"caf\u00e9 cr\u00e8me": "cafe\u0301 cre\u0300me",
		"\u212bngstr\u00f6m":   "A\u030angstro\u0308m",
		"12345678":             "１２３４５６７８",
	} {
		if match, _ := mustVerify(t, h, mustHash(t, h, composed), other); !match {
			t.Errorf("%+q does not match %+q", composed, other)
		}
	}
}

func hasherEmptyHashNeverMatches(t *testing.T, h port.PasswordHasher) {
	for _, typed := range []string{"", " ", "password", "\x00"} {
		if match, outdated := mustVerify(t, h, "", typed); match || outdated {
			t.Errorf("%q: got match %t, outdated %t", typed, match, outdated)
		}
	}
}

// hasherEmptyHashCostsTheSame compares the fastest of many tries, which other work on the
// computer affects least, and starts over when they differ by chance.
func hasherEmptyHashCostsTheSame(t *testing.T, h port.PasswordHasher) {
	hash := mustHash(t, h, "correct horse")
	var known, empty time.Duration
	for range 10 {
		known, empty = time.Hour, time.Hour
		for range 15 {
			known = min(known, took(func() { mustVerify(t, h, hash, "wrong horse") }))
			empty = min(empty, took(func() { mustVerify(t, h, "", "wrong horse") }))
		}
		if ratio := float64(empty) / float64(known); ratio > 0.7 && ratio < 1.4 {
			return
		}
	}
	t.Errorf("%v against the empty hash, %v against a real one", empty, known)
}

func took(work func()) time.Duration {
	started := time.Now()
	work()
	return time.Since(started)
}

func hasherFreshIsNotOutdated(t *testing.T, h port.PasswordHasher) {
	if match, outdated := mustVerify(t, h, mustHash(t, h, "correct horse"), "correct horse"); !match || outdated {
		t.Errorf("got match %t, outdated %t", match, outdated)
	}
}

func hasherRefusesMalformed(t *testing.T, h port.PasswordHasher) {
	hash := string(mustHash(t, h, "correct horse"))
	for _, stored := range []string{"x", "correct horse", hash[:len(hash)/2], hash + "\n", "\x00" + hash} {
		match, _, err := h.Verify(t.Context(), domain.PasswordHash(stored), domain.NewSecret("correct horse"))
		if match || err == nil {
			t.Errorf("%q: got %t, %v; want an error", stored, match, err)
		}
	}
}

func hasherIsBounded(t *testing.T, h port.PasswordHasher) {
	hash := mustHash(t, h, "correct horse")
	var busy, served atomic.Int32
	var crowd sync.WaitGroup
	gate := make(chan struct{})
	for i := range 64 {
		crowd.Go(func() {
			<-gate
			switch err := hashOrVerify(t.Context(), h, i, hash); {
			case err == nil:
				served.Add(1)
			case errors.Is(err, domain.ErrBusy):
				busy.Add(1)
			default:
				t.Errorf("got %v, want ErrBusy", err)
			}
		})
	}
	close(gate)
	crowd.Wait()
	if busy.Load() == 0 || served.Load() == 0 {
		t.Errorf("of 64 callers at once %d were served and %d refused; want some of each", served.Load(), busy.Load())
	}
}

func hashOrVerify(ctx context.Context, h port.PasswordHasher, i int, hash domain.PasswordHash) error {
	if i%2 == 0 {
		_, err := h.Hash(ctx, domain.NewSecret("correct horse"))
		return err
	}
	match, _, err := h.Verify(ctx, hash, domain.NewSecret("correct horse"))
	if err == nil && !match {
		return errors.New("the right password did not match in a crowd")
	}
	return err
}

func hasherHonoursContext(t *testing.T, h port.PasswordHasher) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, domain.NewSecret("correct horse")); !errors.Is(err, domain.ErrBusy) {
		t.Errorf("Hash: got %v, want ErrBusy", err)
	}
	if _, _, err := h.Verify(ctx, "", domain.NewSecret("correct horse")); !errors.Is(err, domain.ErrBusy) {
		t.Errorf("Verify: got %v, want ErrBusy", err)
	}
}
