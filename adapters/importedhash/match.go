// Package importedhash compares passwords with hashes that other systems computed, except those of Argon2.
//
// It does no more work than domain.ImportedHash.Check allows, but does not limit how many comparisons run at a time.
package importedhash

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // hashes of other systems are what they are
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var _ port.MatchImported = Match

var errScheme = errors.New("importedhash: the scheme is not one of this package")

// digests are the hash functions of PBKDF2 and of salted digests.
var digests = map[domain.PasswordScheme]func() hash.Hash{
	domain.SchemePBKDF2SHA1: sha1.New, domain.SchemePBKDF2SHA256: sha256.New, domain.SchemePBKDF2SHA512: sha512.New,
	domain.SchemeSaltedSHA1: sha1.New, domain.SchemeSaltedSHA224: sha256.New224, domain.SchemeSaltedSHA256: sha256.New,
	domain.SchemeSaltedSHA384: sha512.New384, domain.SchemeSaltedSHA512: sha512.New,
}

// Match reports whether the password, as it was typed, has the hash. A time after which the hash lapses is not considered. A
// password with NUL never matches: bcrypt and crypt end at it, and HMAC takes it for padding.
func Match(h domain.ImportedHash, password domain.Secret) (bool, error) {
	if err := h.Check(); err != nil {
		return false, err
	}
	text := []byte(password.Reveal())
	match, err := compare(h, text)
	return match && !slices.Contains(text, 0), err
}

func compare(h domain.ImportedHash, text []byte) (bool, error) {
	switch h.Scheme {
	case domain.SchemeBcrypt, domain.SchemeDjangoBcryptSHA256, domain.SchemePasslibBcryptSHA256, domain.SchemePasslibBcryptSHA256B:
		return matchBcrypt(h, text)
	case domain.SchemeSHA256Crypt, domain.SchemeSHA512Crypt:
		return matchCrypt(h, text), nil
	default:
	}
	key, err := derive(h, text)
	return err == nil && same(key, h.Key[:len(key)]), err
}

func same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// derive returns the key of the password. Of PBKDF2 it returns at most the first block: the others would cost as much again
// and are derived from the same password.
func derive(h domain.ImportedHash, text []byte) ([]byte, error) {
	switch h.Scheme {
	case domain.SchemePBKDF2SHA1, domain.SchemePBKDF2SHA256, domain.SchemePBKDF2SHA512:
		digest := digests[h.Scheme]
		return pbkdf2.Key(digest, string(text), h.Salt, h.Cost, min(len(h.Key), digest().Size()))
	case domain.SchemeScrypt:
		return scrypt.Key(text, h.Salt, 1<<h.Cost, h.BlockSize, h.Parallelism, len(h.Key))
	case domain.SchemeFirebaseScrypt:
		return firebaseKey(h, text)
	case domain.SchemeSaltedSHA1, domain.SchemeSaltedSHA224, domain.SchemeSaltedSHA256, domain.SchemeSaltedSHA384, domain.SchemeSaltedSHA512:
		digest := digests[h.Scheme]()
		if h.SaltLast {
			_, _ = digest.Write(slices.Concat(text, h.Salt))
		} else {
			_, _ = digest.Write(slices.Concat(h.Salt, text))
		}
		return digest.Sum(nil), nil
	default:
		return nil, errScheme
	}
}

// matchBcrypt compares with a hash of bcrypt, which uses the first 72 bytes of a text and ignores the others.
func matchBcrypt(h domain.ImportedHash, text []byte) (bool, error) {
	switch h.Scheme {
	case domain.SchemeDjangoBcryptSHA256:
		digest := sha256.Sum256(text)
		text = []byte(hex.EncodeToString(digest[:]))
	case domain.SchemePasslibBcryptSHA256:
		digest := sha256.Sum256(text)
		text = []byte(base64.StdEncoding.EncodeToString(digest[:]))
	case domain.SchemePasslibBcryptSHA256B:
		mac := hmac.New(sha256.New, saltText(h))
		_, _ = mac.Write(text)
		text = []byte(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	default:
	}
	plain := domain.ImportedHash{Scheme: domain.SchemeBcrypt, Version: 'b', Cost: h.Cost, Salt: h.Salt, Key: h.Key}
	switch err := bcrypt.CompareHashAndPassword([]byte(plain.Stored()), text); {
	case err == nil:
		return true, nil
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return false, nil
	default:
		return false, fmt.Errorf("importedhash: %w", err)
	}
}

// saltText returns the salt of bcrypt in the characters in which it is written, with which version 2 of passlib's scheme keys
// its HMAC.
func saltText(h domain.ImportedHash) []byte {
	const saltChars = 22
	plain := domain.ImportedHash{Scheme: domain.SchemeBcrypt, Version: 'b', Cost: h.Cost, Salt: h.Salt}
	_, text, _ := strings.Cut(string(plain.Stored()[1:]), "$")
	_, text, _ = strings.Cut(text, "$")
	return []byte(text[:saltChars])
}
