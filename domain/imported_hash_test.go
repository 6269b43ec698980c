package domain_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

var lapse = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)

func filled(size int) []byte { return bytes.Repeat([]byte{0xA7}, size) }

// importable has one hash of each scheme and version.
func importable() map[string]domain.ImportedHash {
	bcrypt := domain.ImportedHash{Cost: 12, Salt: filled(16), Key: filled(23)}
	with := func(h domain.ImportedHash, scheme domain.PasswordScheme, version int) domain.ImportedHash {
		h.Scheme, h.Version = scheme, version
		return h
	}
	stretched := domain.ImportedHash{Cost: 29000, Salt: filled(16), Key: filled(32)}
	scrypt := domain.ImportedHash{Cost: 14, BlockSize: 8, Parallelism: 1, Salt: filled(16), Key: filled(64)}
	argon2 := domain.ImportedHash{Cost: 3, MemoryKiB: 65536, Parallelism: 4, Salt: filled(16), Key: filled(32)}
	all := map[string]domain.ImportedHash{
		"$2a$": with(bcrypt, domain.SchemeBcrypt, 'a'), "$2b$": with(bcrypt, domain.SchemeBcrypt, 'b'),
		"$2y$":   with(bcrypt, domain.SchemeBcrypt, 'y'),
		"Django": with(bcrypt, domain.SchemeDjangoBcryptSHA256, 0), "passlib 1": with(bcrypt, domain.SchemePasslibBcryptSHA256, 0),
		"passlib 2":     with(bcrypt, domain.SchemePasslibBcryptSHA256B, 0),
		"PBKDF2-SHA1":   with(stretched, domain.SchemePBKDF2SHA1, 0),
		"PBKDF2-SHA256": with(stretched, domain.SchemePBKDF2SHA256, 0), "PBKDF2-SHA512": with(stretched, domain.SchemePBKDF2SHA512, 0),
		"scrypt": with(scrypt, domain.SchemeScrypt, 0), "Firebase": with(scrypt, domain.SchemeFirebaseScrypt, 0),
		"Argon2i 19": with(argon2, domain.SchemeArgon2i, 19), "Argon2i 16": with(argon2, domain.SchemeArgon2i, 16),
		"Argon2d": with(argon2, domain.SchemeArgon2d, 19), "Argon2id": with(argon2, domain.SchemeArgon2id, 19),
		"Argon2id 16": with(argon2, domain.SchemeArgon2id, 16),
		"$5$":         {Scheme: domain.SchemeSHA256Crypt, Cost: 5000, Salt: []byte("saltstring"), Key: []byte(strings.Repeat("a", 43))},
		"$6$":         {Scheme: domain.SchemeSHA512Crypt, Cost: 656000, Salt: []byte("saltstring"), Key: []byte(strings.Repeat("/", 86))},
	}
	for scheme, size := range map[domain.PasswordScheme]int{
		domain.SchemeSaltedSHA1: 20, domain.SchemeSaltedSHA224: 28, domain.SchemeSaltedSHA256: 32,
		domain.SchemeSaltedSHA384: 48, domain.SchemeSaltedSHA512: 64,
	} {
		all[string(scheme)] = domain.ImportedHash{Scheme: scheme, Salt: filled(4), Key: filled(size), SaltLast: size > 30, LapsesAt: lapse}
	}
	few := all["PBKDF2-SHA256"]
	few.Cost, few.LapsesAt = 1, lapse
	all["one round"] = few
	small := all["Argon2id"]
	small.Cost, small.MemoryKiB, small.LapsesAt = 1, 32, lapse
	all["little memory"] = small
	return all
}

func TestEachImportedHashIsReadBackAsItWasStored(t *testing.T) {
	texts := map[domain.PasswordHash]bool{}
	for name, hash := range importable() {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, hash.Check())
			read, err := domain.ParseImportedHash(hash.Stored())
			require.NoError(t, err, hash.Stored())
			require.Equal(t, hash, read)
			require.True(t, hash.Equal(read))
			texts[hash.Stored()] = true
		})
	}
	require.Len(t, texts, len(importable()), "no two of them have the same text")
}

func TestNoOtherTextIsAStoredHash(t *testing.T) {
	hash := importable()["PBKDF2-SHA256"]
	for name, text := range map[string]domain.PasswordHash{
		"nothing":              "",
		"our own hash":         "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
		"a line end":           hash.Stored() + "\n",
		"a leading zero":       domain.PasswordHash(strings.Replace(string(hash.Stored()), "i=29000", "i=029000", 1)),
		"a sign":               domain.PasswordHash(strings.Replace(string(hash.Stored()), "i=29000", "i=+29000", 1)),
		"a setting twice":      domain.PasswordHash(strings.Replace(string(hash.Stored()), "i=29000", "i=1,i=29000", 1)),
		"a setting of another": domain.PasswordHash(strings.Replace(string(hash.Stored()), "i=29000", "t=29000", 1)),
		"padding":              hash.Stored() + "=",
		"more parts":           hash.Stored() + "$",
		"an unknown scheme":    "$md5$x$y$z",
		"a billion rounds":     domain.PasswordHash(strings.Replace(string(hash.Stored()), "i=29000", "i=1000000000", 1)),
		"no rounds":            domain.PasswordHash(strings.Replace(string(importable()["$6$"].Stored()), "rounds=656000$", "", 1)),
		"a megabyte":           domain.PasswordHash(strings.Repeat("$2b$12$", 1<<17)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := domain.ParseImportedHash(text)
			require.Equal(t, domain.CodeInvalid, codeOfHash(t, err))
		})
	}
}

func TestHashesThatAreReadBecomeCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234":   "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232",
		"$6$salt$" + strings.Repeat("a", 86):                             "$6$rounds=5000$salt$" + strings.Repeat("a", 86),
		"$argon2i$m=4096,t=3,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43): "$argon2i$v=16$m=4096,t=3,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43): "$argon2id$v=19$m=4096,t=3,p=1,text=typed$c2FsdHNhbHQ$" +
			strings.Repeat("A", 43),
	} {
		read, err := domain.ReadHash(text)
		require.NoError(t, err, text)
		require.NoError(t, read.Check())
		require.Equal(t, domain.PasswordHash(want), read.Stored())
		again, err := domain.ParseImportedHash(read.Stored())
		require.NoError(t, err, read.Stored())
		require.Equal(t, read, again)
	}
	_, err := domain.ReadHash("$2x$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234")
	require.Equal(t, domain.CodeInvalid, codeOfHash(t, err))
	require.Contains(t, hashFault(t, err), "$2x$")
}

func TestHashesBeyondTheBoundsAreRefusedWithTheBound(t *testing.T) {
	for name, c := range map[string]struct {
		of     string
		change func(*domain.ImportedHash)
		want   string
	}{
		"bcrypt 14":          {"$2b$", func(h *domain.ImportedHash) { h.Cost = 14 }, "cost of 4 to 13"},
		"bcrypt 3":           {"$2b$", func(h *domain.ImportedHash) { h.Cost = 3 }, "cost of 4 to 13"},
		"a short salt":       {"$2b$", func(h *domain.ImportedHash) { h.Salt = h.Salt[1:] }, "salt of 16 to 16"},
		"no salt":            {"salted-sha1", func(h *domain.ImportedHash) { h.Salt = nil }, "salt of 1 to 128"},
		"a billion rounds":   {"PBKDF2-SHA1", func(h *domain.ImportedHash) { h.Cost = 1e9 }, "cost of 1 to"},
		"a gigabyte":         {"scrypt", func(h *domain.ImportedHash) { h.Cost = 20 }, "KiB of memory"},
		"scrypt in parallel": {"scrypt", func(h *domain.ImportedHash) { h.Cost, h.Parallelism = 16, 5 }, "memory times parallelism"},
		"Argon2 memory":      {"Argon2d", func(h *domain.ImportedHash) { h.MemoryKiB = 1 << 30 }, "at most 131072 KiB"},
		"Argon2 passes":      {"Argon2d", func(h *domain.ImportedHash) { h.Cost = 9 }, "memory times passes"},
		"Argon2 version":     {"Argon2d", func(h *domain.ImportedHash) { h.Version = 17 }, "version"},
		"crypt rounds":       {"$6$", func(h *domain.ImportedHash) { h.Cost = 999_999_999 }, "cost of 1000 to"},
		"crypt salt":         {"$6$", func(h *domain.ImportedHash) { h.Salt = []byte("a$b") }, "characters of crypt"},
		"a digest too long":  {"salted-sha1", func(h *domain.ImportedHash) { h.Key = filled(21) }, "20 to 20 bytes"},
		"weak for ever":      {"salted-sha1", func(h *domain.ImportedHash) { h.LapsesAt = time.Time{} }, "is weak"},
		"one round for ever": {"one round", func(h *domain.ImportedHash) { h.LapsesAt = time.Time{} }, "is weak"},
		"strong and lapsing": {"$2b$", func(h *domain.ImportedHash) { h.LapsesAt = lapse }, "not weak"},
		"parts of a second":  {"salted-sha1", func(h *domain.ImportedHash) { h.LapsesAt = lapse.Add(1) }, "whole second"},
		"an unknown scheme":  {"$2b$", func(h *domain.ImportedHash) { h.Scheme = "md5" }, "scheme"},
		"unused memory":      {"$2b$", func(h *domain.ImportedHash) { h.MemoryKiB = 1 }, "sizes of memory"},
		"unused block size":  {"Argon2d", func(h *domain.ImportedHash) { h.BlockSize = 1 }, "block size"},
		"unused version":     {"scrypt", func(h *domain.ImportedHash) { h.Version = 1 }, "version"},
		"unused order":       {"scrypt", func(h *domain.ImportedHash) { h.SaltLast = true }, "salt behind"},
	} {
		t.Run(name, func(t *testing.T) {
			hash := importable()[c.of]
			c.change(&hash)
			require.Contains(t, hashFault(t, hash.Check()), c.want)
		})
	}
}

func TestOnlyWeakHashesLapse(t *testing.T) {
	weak := importable()["salted-sha256"].LapsingAt(lapse.In(time.FixedZone("", 3600)).Add(time.Millisecond))
	require.NoError(t, weak.Check())
	require.False(t, weak.Lapsed(lapse.Add(-time.Second)))
	require.True(t, weak.Lapsed(lapse))
	strong := importable()["$2b$"].LapsingAt(lapse)
	require.NoError(t, strong.Check())
	require.False(t, strong.Lapsed(lapse))
}

func TestAFirebaseHashLeavesTheSignerKeyBehind(t *testing.T) {
	project := domain.FirebaseParameters{SignerKey: filled(64), SaltSeparator: []byte{1, 2}, Rounds: 8, MemoryCost: 14}
	encrypted := bytes.Repeat([]byte{0xA7 ^ 0x11}, 64)
	hash, err := domain.FirebaseHash(project, []byte("salt"), encrypted)
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte{0x11}, 64), hash.Key)
	require.Equal(t, []byte("salt\x01\x02"), hash.Salt)

	_, err = domain.FirebaseHash(project, []byte("salt"), encrypted[1:])
	require.Contains(t, hashFault(t, err), "as long as the signer key")
	project.MemoryCost = 1
	_, err = domain.FirebaseHash(project, []byte("salt"), encrypted)
	require.Contains(t, hashFault(t, err), "too low")
}

func FuzzStoredHashes(f *testing.F) {
	for _, hash := range importable() {
		f.Add(string(hash.Stored()))
	}
	f.Add("$2x$10$")
	f.Fuzz(func(t *testing.T, text string) {
		if hash, err := domain.ReadHash(text); err == nil && hash.Check() == nil {
			read, err := domain.ParseImportedHash(hash.Stored())
			require.NoError(t, err)
			require.True(t, hash.Equal(read))
		}
		if hash, err := domain.ParseImportedHash(domain.PasswordHash(text)); err == nil {
			require.Equal(t, domain.PasswordHash(text), hash.Stored())
			require.NoError(t, hash.Check())
		}
	})
}

func codeOfHash(t *testing.T, err error) domain.Code {
	t.Helper()
	failure, ok := errors.AsType[*domain.Error](err)
	require.True(t, ok, "%v", err)
	return failure.Code
}

func hashFault(t *testing.T, err error) string {
	t.Helper()
	failure, ok := errors.AsType[*domain.Error](err)
	require.True(t, ok, "%v", err)
	require.Len(t, failure.Fields, 1)
	require.Equal(t, "password_hash", failure.Fields[0].Field)
	return failure.Fields[0].Message
}
