package domain

import (
	"bytes"
	"strconv"
	"strings"
)

var cryptPrefixes = map[PasswordScheme]string{SchemeSHA256Crypt: "$5$", SchemeSHA512Crypt: "$6$"}

// defaultCryptRounds are the rounds of a crypt text that names none.
const defaultCryptRounds = 5000

// ReadHash reads a hash as its maker wrote it: bcrypt ($2a$, $2b$, $2y$), SHA-crypt ($5$, $6$), and PHC strings
// ($argon2id$v=19$m=..,t=..,p=..$salt$key, $scrypt$ln=..,r=..,p=..$salt$key, and those of Stored). The hash may be one that
// Check refuses, such as a weak one without the time at which it lapses.
func ReadHash(text string) (ImportedHash, error) {
	if len(text) > maxHashText {
		return ImportedHash{}, errUnreadableHash
	}
	parts := strings.Split(text, "$")
	if len(parts) < 3 || parts[0] != "" {
		return ImportedHash{}, errUnreadableHash
	}
	switch scheme := PasswordScheme(parts[1]); {
	case parts[1] == "2x":
		return ImportedHash{}, invalidHash("must not be of $2x$: its maker ignored parts of passwords with accented letters; " +
			"import the account without it and let its owner set a new password")
	case len(parts[1]) == 2 && parts[1][0] == '2':
		return readBcrypt(parts)
	case parts[1] == "5":
		return readCrypt(SchemeSHA256Crypt, parts[2:])
	case parts[1] == "6":
		return readCrypt(SchemeSHA512Crypt, parts[2:])
	case isPHC(scheme):
		return parsePHC(scheme, parts[2:])
	default:
		return ImportedHash{}, errUnreadableHash
	}
}

func isPHC(scheme PasswordScheme) bool {
	rules, known := hashRules[scheme]
	return known && rules.family != familyBcrypt && rules.family != familyCrypt
}

// readBcrypt reads $2b$12$ and 53 characters. The last bits of the salt and of the hash have no meaning, and some makers
// set them.
func readBcrypt(parts []string) (ImportedHash, error) {
	const saltChars, chars = 22, 53
	if len(parts) != 4 || len(parts[2]) != 2 || len(parts[3]) != chars {
		return ImportedHash{}, errUnreadableHash
	}
	cost, badCost := strconv.Atoi(parts[2])
	salt, badSalt := bcryptText.DecodeString(parts[3][:saltChars])
	key, badKey := bcryptText.DecodeString(parts[3][saltChars:])
	if badCost != nil || badSalt != nil || badKey != nil || cost < 0 {
		return ImportedHash{}, errUnreadableHash
	}
	return ImportedHash{Scheme: SchemeBcrypt, Version: int(parts[1][1]), Cost: cost, Salt: salt, Key: key}, nil
}

// readCrypt reads what follows $5$ or $6$: rounds=..$salt$hash, where the rounds can be left out.
func readCrypt(scheme PasswordScheme, parts []string) (ImportedHash, error) {
	h := ImportedHash{Scheme: scheme, Cost: defaultCryptRounds}
	if rounds, named := strings.CutPrefix(parts[0], "rounds="); named {
		var err error
		if h.Cost, err = strconv.Atoi(rounds); err != nil || h.Cost < 0 {
			return h, errUnreadableHash
		}
		parts = parts[1:]
	}
	if len(parts) != 2 {
		return h, errUnreadableHash
	}
	h.Salt, h.Key = []byte(parts[0]), []byte(parts[1])
	return h, nil
}

// cryptText reports whether the text has only characters in which crypt writes salts and hashes.
func cryptText(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(cryptAlphabet, r) })
}
