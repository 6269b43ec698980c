package accountfile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sole-platform/sole/domain"
)

var errHashText = errors.New("not a hash in one of the usual texts")

// hashTexts are the texts that start with a name of their own. The others are left to domain.ReadHash.
var hashTexts = []struct {
	prefix string
	read   func(rest string) (domain.ImportedHash, error)
}{
	{"$pbkdf2$", passlibPBKDF2(domain.SchemePBKDF2SHA1)},
	{"$pbkdf2-sha256$", passlibPBKDF2(domain.SchemePBKDF2SHA256)},
	{"$pbkdf2-sha512$", passlibPBKDF2(domain.SchemePBKDF2SHA512)},
	{"{PBKDF2}", passlibPBKDF2(domain.SchemePBKDF2SHA1)},
	{"{PBKDF2-SHA256}", passlibPBKDF2(domain.SchemePBKDF2SHA256)},
	{"{PBKDF2-SHA512}", passlibPBKDF2(domain.SchemePBKDF2SHA512)},
	{"$bcrypt-sha256$", passlibBcryptSHA256},
	{"{CRYPT}", domain.ReadHash},
	{"{SSHA}", ldapDigest(domain.SchemeSaltedSHA1, 20)},
	{"{SSHA1}", ldapDigest(domain.SchemeSaltedSHA1, 20)},
	{"{SSHA224}", ldapDigest(domain.SchemeSaltedSHA224, 28)},
	{"{SSHA256}", ldapDigest(domain.SchemeSaltedSHA256, 32)},
	{"{SSHA384}", ldapDigest(domain.SchemeSaltedSHA384, 48)},
	{"{SSHA512}", ldapDigest(domain.SchemeSaltedSHA512, 64)},
	{"pbkdf2_sha256$", djangoPBKDF2(domain.SchemePBKDF2SHA256)},
	{"pbkdf2_sha1$", djangoPBKDF2(domain.SchemePBKDF2SHA1)},
	{"argon2$", func(rest string) (domain.ImportedHash, error) { return domain.ReadHash("$" + rest) }},
	{"bcrypt$", domain.ReadHash},
	{"bcrypt_sha256$", func(rest string) (domain.ImportedHash, error) {
		return wrapped(domain.SchemeDjangoBcryptSHA256, rest)
	}},
	{"scrypt$", djangoScrypt},
	{"sha1$", djangoSHA1},
	{"md5$", refusedText("is of MD5, which cannot be imported" + withoutIt)},
	{"{MD5}", refusedText("is of MD5, which cannot be imported" + withoutIt)},
	{"{SMD5}", refusedText("is of MD5, which cannot be imported" + withoutIt)},
	{"{SHA}", refusedText("has no salt and cannot be imported" + withoutIt)},
	{"$1$", refusedText("is of MD5, which cannot be imported" + withoutIt)},
	{"$apr1$", refusedText("is of MD5, which cannot be imported" + withoutIt)},
}

// readHash reads a hash as passlib, Django, LDAP, bcrypt, crypt and Argon2 write it.
func readHash(text string) (domain.ImportedHash, error) {
	for _, known := range hashTexts {
		rest, found := cutPrefixFold(text, known.prefix)
		if !found {
			continue
		}
		hash, err := known.read(rest)
		if errors.Is(err, errHashText) {
			return domain.ReadHash(text) // a PHC string with the same name
		}
		return hash, err
	}
	return domain.ReadHash(text)
}

// cutPrefixFold removes a prefix. Letter case counts only outside of braces.
func cutPrefixFold(text, prefix string) (rest string, found bool) {
	if len(text) < len(prefix) {
		return text, false
	}
	start := text[:len(prefix)]
	return text[len(prefix):], start == prefix || prefix[0] == '{' && strings.EqualFold(start, prefix)
}

func refusedText(message string) func(string) (domain.ImportedHash, error) {
	return func(string) (domain.ImportedHash, error) { return domain.ImportedHash{}, domain.Invalid("", message) }
}

// passlibPBKDF2 reads 29000$salt$key, in base64 with . instead of +.
func passlibPBKDF2(scheme domain.PasswordScheme) func(string) (domain.ImportedHash, error) {
	return func(rest string) (domain.ImportedHash, error) {
		parts := strings.Split(rest, "$")
		if len(parts) != 3 {
			return domain.ImportedHash{}, errHashText
		}
		rounds, badRounds := strconv.Atoi(parts[0])
		salt, badSalt := base64Of(strings.ReplaceAll(parts[1], ".", "+"))
		key, badKey := base64Of(strings.ReplaceAll(parts[2], ".", "+"))
		if badRounds != nil || badSalt != nil || badKey != nil {
			return domain.ImportedHash{}, errHashText
		}
		return domain.ImportedHash{Scheme: scheme, Cost: rounds, Salt: salt, Key: key}, nil
	}
}

// passlibBcryptSHA256 reads 2b,12$salt$key (version 1) and v=2,t=2b,r=12$salt$key.
func passlibBcryptSHA256(rest string) (domain.ImportedHash, error) {
	parts := strings.Split(rest, "$")
	if len(parts) != 3 {
		return domain.ImportedHash{}, errHashText
	}
	scheme := domain.SchemePasslibBcryptSHA256
	settings := strings.Split(parts[0], ",")
	if settings[0] == "v=2" {
		scheme = domain.SchemePasslibBcryptSHA256B
		settings = settings[1:]
	}
	if len(settings) != 2 {
		return domain.ImportedHash{}, errHashText
	}
	kind := strings.TrimPrefix(settings[0], "t=")
	rounds, err := strconv.Atoi(strings.TrimPrefix(settings[1], "r="))
	if err != nil || rounds < 0 || rounds > 99 {
		return domain.ImportedHash{}, errHashText
	}
	return wrapped(scheme, fmt.Sprintf("$%s$%02d$%s%s", kind, rounds, parts[1], parts[2]))
}

// wrapped reads a bcrypt hash whose input is not the password but a hash of it. The versions of bcrypt do not differ then.
func wrapped(scheme domain.PasswordScheme, text string) (domain.ImportedHash, error) {
	hash, err := domain.ReadHash(text)
	if err == nil && hash.Scheme != domain.SchemeBcrypt {
		err = errHashText
	}
	hash.Scheme, hash.Version = scheme, 0
	return hash, err
}

// ldapDigest reads the base64 of a digest and the salt that followed the password.
func ldapDigest(scheme domain.PasswordScheme, size int) func(string) (domain.ImportedHash, error) {
	return func(rest string) (domain.ImportedHash, error) {
		both, err := base64Of(rest)
		if err != nil || len(both) < size {
			return domain.ImportedHash{}, errHashText
		}
		return domain.ImportedHash{Scheme: scheme, Key: both[:size], Salt: both[size:], SaltLast: true}, nil
	}
}

// djangoPBKDF2 reads 600000$salt$key, where the salt is a text and the key in base64.
func djangoPBKDF2(scheme domain.PasswordScheme) func(string) (domain.ImportedHash, error) {
	return func(rest string) (domain.ImportedHash, error) {
		parts := strings.Split(rest, "$")
		if len(parts) != 3 {
			return domain.ImportedHash{}, errHashText
		}
		rounds, badRounds := strconv.Atoi(parts[0])
		key, badKey := base64Of(parts[2])
		if badRounds != nil || badKey != nil {
			return domain.ImportedHash{}, errHashText
		}
		return domain.ImportedHash{Scheme: scheme, Cost: rounds, Salt: []byte(parts[1]), Key: key}, nil
	}
}

// djangoScrypt reads 16384$salt$8$1$key, where the salt is a text and the key in base64.
func djangoScrypt(rest string) (domain.ImportedHash, error) {
	parts := strings.Split(rest, "$")
	if len(parts) != 5 {
		return domain.ImportedHash{}, errHashText
	}
	work, badWork := strconv.Atoi(parts[0])
	block, badBlock := strconv.Atoi(parts[2])
	lanes, badLanes := strconv.Atoi(parts[3])
	key, badKey := base64Of(parts[4])
	cost, badCost := logarithm(work)
	if badWork != nil || badBlock != nil || badLanes != nil || badKey != nil || badCost != nil {
		return domain.ImportedHash{}, errHashText
	}
	return domain.ImportedHash{
		Scheme: domain.SchemeScrypt, Cost: cost, BlockSize: block, Parallelism: lanes, Salt: []byte(parts[1]), Key: key,
	}, nil
}

// djangoSHA1 reads salt$digest, where the digest is in hex and of the salt and the password.
func djangoSHA1(rest string) (domain.ImportedHash, error) {
	salt, digest, _ := strings.Cut(rest, "$")
	key, err := hex.DecodeString(digest)
	if err != nil {
		return domain.ImportedHash{}, errHashText
	}
	return domain.ImportedHash{Scheme: domain.SchemeSaltedSHA1, Salt: []byte(salt), Key: key}, nil
}
