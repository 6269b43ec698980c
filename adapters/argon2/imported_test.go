package argon2_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/domain"
)

func none(domain.ImportedHash, domain.Secret) (bool, error) {
	return false, errors.New("it is not a hash of Argon2")
}

// The hashes were made by argon2-cffi, passlib, Django and the argon2 package of npm.
func TestImportedHashesOfArgon2MatchTheirPasswordOnly(t *testing.T) {
	file, err := os.Open("../importedhash/testdata/hashes.ndjson")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	h, kinds := argon2.New(cheap, 2, 0).Imported(none), map[string]bool{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var v struct {
			MadeBy   string `json:"made_by"`
			Stored   domain.PasswordHash
			Password string
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &v))
		if !strings.HasPrefix(string(v.Stored), "$argon2") {
			continue
		}
		kinds[strings.Join(strings.Split(string(v.Stored), "$")[1:3], " ")] = true
		t.Run(v.MadeBy+" "+string(v.Stored), func(t *testing.T) {
			match, outdated, err := h.Verify(t.Context(), v.Stored, domain.NewSecret(v.Password))
			require.NoError(t, err)
			require.True(t, match && outdated)
			for _, wrong := range []string{"", "x" + v.Password, v.Password + "\x00", strings.ReplaceAll(v.Password, "½", "1⁄2")} {
				match, outdated, err = h.Verify(t.Context(), v.Stored, domain.NewSecret(wrong))
				require.NoError(t, err)
				require.False(t, match || outdated, wrong)
			}
		})
	}
	require.Len(t, kinds, 6, "i, d and id, of both versions")
}

func TestAHashOfAnotherSystemIsComparedByItsFunction(t *testing.T) {
	const bcrypt = domain.PasswordHash("$2b$04$Wchb2aiXQIWyE9KVJ7QDO.IvWDi7He62kXNJBZvLEFoDgBbaw8H1e")
	var seen domain.ImportedHash
	h := argon2.New(cheap, 2, 0).Imported(func(hash domain.ImportedHash, password domain.Secret) (bool, error) {
		seen = hash
		return password.Reveal() == "right", nil
	})
	match, outdated, err := h.Verify(t.Context(), bcrypt, domain.NewSecret("right"))
	require.NoError(t, err)
	require.True(t, match && outdated)
	require.Equal(t, bcrypt, seen.Stored())
	match, outdated, err = h.Verify(t.Context(), bcrypt, domain.NewSecret("wrong"))
	require.NoError(t, err)
	require.False(t, match || outdated)

	_, _, err = argon2.New(cheap, 1, 0).Verify(t.Context(), bcrypt, domain.NewSecret("right"))
	require.Error(t, err, "without a function nothing can be compared")
}

func TestLargeImportedHashesAreComputedOneAtATime(t *testing.T) {
	large := domain.ImportedHash{
		Scheme: domain.SchemeScrypt, Cost: 17, BlockSize: 8, Parallelism: 1, Salt: make([]byte, 16), Key: make([]byte, 32),
	}.Stored()
	entered, release := make(chan struct{}, 2), make(chan struct{})
	h := argon2.New(cheap, 2, 2).Imported(func(domain.ImportedHash, domain.Secret) (bool, error) {
		entered <- struct{}{}
		<-release
		return false, nil
	})
	done := make(chan error, 2)
	for range 2 {
		go func() {
			_, _, err := h.Verify(t.Context(), large, domain.NewSecret("x"))
			done <- err
		}()
	}
	<-entered
	match, _, err := h.Verify(t.Context(), "", domain.NewSecret("x"))
	require.NoError(t, err, "a slot is left for other hashes")
	require.False(t, match)
	require.Empty(t, entered, "the second one waits")
	close(release)
	require.NoError(t, <-done)
	require.NoError(t, <-done)
}

func BenchmarkTheMostExpensiveImportedArgon2(b *testing.B) {
	h := argon2.New(cheap, 2, 0).Imported(none)
	hash := domain.ImportedHash{
		Scheme: domain.SchemeArgon2i, Version: 16, Cost: 4, MemoryKiB: 128 << 10, Parallelism: 1, Salt: make([]byte, 16), Key: make([]byte, 32),
	}
	for b.Loop() {
		if _, _, err := h.Verify(b.Context(), hash.Stored(), domain.NewSecret("x")); err != nil {
			b.Fatal(err)
		}
	}
}
