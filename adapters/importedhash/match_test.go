package importedhash_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/importedhash"
	"github.com/sole-platform/sole/domain"
)

// vector is a hash that another implementation made; testdata/make.py tells how.
type vector struct {
	MadeBy   string `json:"made_by"`
	Stored   domain.PasswordHash
	Password string
}

func vectors(t *testing.T) []vector {
	t.Helper()
	file, err := os.Open("testdata/hashes.ndjson")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	var all []vector
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var one vector
		require.NoError(t, json.Unmarshal(lines.Bytes(), &one))
		if !strings.HasPrefix(string(one.Stored), "$argon2") {
			all = append(all, one)
		}
	}
	return all
}

func match(t *testing.T, hash domain.ImportedHash, password string) bool {
	t.Helper()
	match, err := importedhash.Match(hash, domain.NewSecret(password))
	require.NoError(t, err)
	return match
}

func TestHashesOfOtherImplementationsMatchTheirPasswordOnly(t *testing.T) {
	schemes := map[domain.PasswordScheme]bool{}
	for _, v := range vectors(t) {
		t.Run(v.MadeBy+" "+string(v.Stored), func(t *testing.T) {
			hash, err := domain.ParseImportedHash(v.Stored)
			require.NoError(t, err)
			schemes[hash.Scheme] = true
			require.True(t, match(t, hash, v.Password))
			require.False(t, match(t, hash, "x"+v.Password))
			require.False(t, match(t, hash, v.Password+"\x00"), "an end of text is not ignored")

			hash.Key[0] ^= 1 // also of crypt a character of its alphabet, unless it is a slash or a dot
			if hash.Check() == nil {
				require.False(t, match(t, hash, v.Password))
			}
		})
	}
	require.Len(t, schemes, 16, "every scheme except the three of Argon2")
}

func TestThePublishedVectorsOfSHACrypt(t *testing.T) { // https://www.akkadia.org/drepper/SHA-crypt.txt
	for _, v := range []struct{ text, password string }{
		{"$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"},
		{"$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA", "Hello world!"},
		{"$5$rounds=5000$toolongsaltstrin$Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5", "This is just a test"},
		{
			"$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
			"Hello world!",
		},
		{
			"$6$rounds=10000$saltstringsaltst$" +
				"OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
			"Hello world!",
		},
	} {
		hash, err := domain.ReadHash(v.text)
		require.NoError(t, err)
		require.True(t, match(t, hash, v.password), v.text)
	}
}

func TestBcryptUsesTheFirst72Bytes(t *testing.T) {
	long := strings.Repeat("0123456789", 9)
	for _, v := range vectors(t) {
		if v.Password != long {
			continue
		}
		hash, err := domain.ParseImportedHash(v.Stored)
		require.NoError(t, err)
		require.True(t, match(t, hash, long[:72]))
		require.True(t, match(t, hash, long[:72]+"something else"))
		require.False(t, match(t, hash, long[:71]))
		return
	}
	t.Fatal("no vector has a long password")
}

func TestPasswordsAreUsedAsTheyWereTyped(t *testing.T) {
	for _, v := range vectors(t) {
		if strings.Contains(v.Password, "½") {
			hash, err := domain.ParseImportedHash(v.Stored)
			require.NoError(t, err)
			require.False(t, match(t, hash, strings.ReplaceAll(v.Password, "½", "1⁄2")), v.Stored)
		}
	}
}

func TestLongPasswordsDoNotMatchCryptAndCostNoMore(t *testing.T) {
	hash, err := domain.ReadHash("$6$saltstring$" + strings.Repeat("a", 86))
	require.NoError(t, err)
	hash.Cost = 1_000_000
	require.False(t, match(t, hash, strings.Repeat("x", domain.MaxPasswordBytes)))
}

func TestAHashBeyondTheBoundsIsNotComputed(t *testing.T) {
	hash := domain.ImportedHash{Scheme: domain.SchemePBKDF2SHA256, Cost: 1 << 40, Salt: make([]byte, 16), Key: make([]byte, 32)}
	_, err := importedhash.Match(hash, domain.NewSecret("password"))
	require.Error(t, err)
	_, err = importedhash.Match(domain.ImportedHash{
		Scheme: domain.SchemeArgon2d, Version: 19, Cost: 3, MemoryKiB: 4096, Parallelism: 1, Salt: make([]byte, 16), Key: make([]byte, 32),
	}, domain.NewSecret("password"))
	require.Error(t, err, "Argon2 is computed elsewhere")
}

func BenchmarkTheMostExpensiveOfEachScheme(b *testing.B) {
	salt, key := make([]byte, 16), make([]byte, 64)
	for _, hash := range []domain.ImportedHash{
		{Scheme: domain.SchemeBcrypt, Version: 'b', Cost: 12, Salt: salt, Key: key[:23]},
		{Scheme: domain.SchemeBcrypt, Version: 'b', Cost: 13, Salt: salt, Key: key[:23]},
		{Scheme: domain.SchemePBKDF2SHA1, Cost: 2_000_000, Salt: salt, Key: key[:20]},
		{Scheme: domain.SchemePBKDF2SHA256, Cost: 2_000_000, Salt: salt, Key: key[:32]},
		{Scheme: domain.SchemePBKDF2SHA512, Cost: 1_000_000, Salt: salt, Key: key},
		{Scheme: domain.SchemeScrypt, Cost: 17, BlockSize: 8, Parallelism: 1, Salt: salt, Key: key},
		{Scheme: domain.SchemeScrypt, Cost: 16, BlockSize: 8, Parallelism: 4, Salt: salt, Key: key},
		{Scheme: domain.SchemeSHA256Crypt, Cost: 1_000_000, Salt: []byte("abcdefghijklmnop"), Key: []byte(strings.Repeat("a", 43))},
		{Scheme: domain.SchemeSHA512Crypt, Cost: 1_000_000, Salt: []byte("abcdefghijklmnop"), Key: []byte(strings.Repeat("a", 86))},
	} {
		for name, size := range map[string]int{"short": 16, "long": 128} {
			setting, _, _ := strings.Cut(string(hash.Stored()), ",")
			b.Run(setting[:min(len(setting), 28)]+" "+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := importedhash.Match(hash, domain.NewSecret(strings.Repeat("x", size))); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
