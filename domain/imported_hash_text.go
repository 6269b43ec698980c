package domain

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The sizes of a salt and a hash of bcrypt, in bytes.
const (
	bcryptSaltBytes = 16
	bcryptKeyBytes  = 23
)

// The versions of Argon2.
const (
	argon2First   = 0x10
	argon2Current = 0x13
)

// maxHashText is the length of the longest stored text, in characters.
const maxHashText = 512

// asTyped marks a hash of Argon2id that another system computed: the password is used as it was typed. Our own hashes are of
// the normalised password.
const asTyped = "text=typed"

// lapseName is the name of the setting with the time from which a weak hash cannot be used.
const lapseName = "until="

// cryptAlphabet has the characters of bcrypt and crypt, in the order of bcrypt.
const cryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var (
	bcryptText = base64.NewEncoding(cryptAlphabet).WithPadding(base64.NoPadding)
	phcText    = base64.RawStdEncoding // of PHC strings
)

// Stored returns the text for the column of password hashes: the usual text of bcrypt, crypt and Argon2, otherwise a PHC
// string with the name of the scheme.
func (h ImportedHash) Stored() PasswordHash {
	switch hashRules[h.Scheme].family {
	case familyBcrypt:
		salt, key := bcryptText.EncodeToString(h.Salt), bcryptText.EncodeToString(h.Key)
		return PasswordHash(fmt.Sprintf("$2%c$%02d$%s%s", rune(h.Version), h.Cost, salt, key))
	case familyCrypt:
		return PasswordHash(fmt.Sprintf("%srounds=%d$%s$%s", cryptPrefixes[h.Scheme], h.Cost, h.Salt, h.Key))
	default:
		text := append([]string{"", string(h.Scheme)}, h.settings()...)
		return PasswordHash(strings.Join(append(text, phcText.EncodeToString(h.Salt), phcText.EncodeToString(h.Key)), "$"))
	}
}

// settings returns the parts of a PHC string between the name of the scheme and the salt.
func (h ImportedHash) settings() []string {
	var all []string
	switch hashRules[h.Scheme].family {
	case familyWrappedBcrypt, familyPBKDF2:
		all = append(all, "i="+strconv.Itoa(h.Cost))
	case familyScrypt:
		all = append(all, fmt.Sprintf("ln=%d,r=%d,p=%d", h.Cost, h.BlockSize, h.Parallelism))
	case familyArgon2:
		all = append(all, fmt.Sprintf("m=%d,t=%d,p=%d", h.MemoryKiB, h.Cost, h.Parallelism))
		if h.Scheme == SchemeArgon2id {
			all = append(all, asTyped)
		}
	case familyDigest:
		order := "first"
		if h.SaltLast {
			order = "last"
		}
		all = append(all, "salt="+order)
	default:
	}
	if !h.LapsesAt.IsZero() {
		all = append(all, lapseName+strconv.FormatInt(h.LapsesAt.Unix(), 10))
	}
	parts := []string{strings.Join(all, ",")}
	if h.Version != 0 {
		parts = slices.Insert(parts, 0, "v="+strconv.Itoa(h.Version))
	}
	return parts
}

// ParseImportedHash returns the hash whose Stored is the text. It returns an error for any other text, and for a hash that
// Check refuses.
func ParseImportedHash(text PasswordHash) (ImportedHash, error) {
	if len(text) > maxHashText {
		return ImportedHash{}, errUnreadableHash
	}
	h, err := ReadHash(string(text))
	if err != nil {
		return ImportedHash{}, err
	}
	if err := h.Check(); err != nil {
		return ImportedHash{}, err
	}
	if h.Stored() != text {
		return ImportedHash{}, errUnreadableHash
	}
	return h, nil
}

var errUnreadableHash = invalidHash("must be a hash in a form that can be read")

// parsePHC reads $scheme$v=..$name=number,...$salt$key.
func parsePHC(scheme PasswordScheme, parts []string) (h ImportedHash, err error) {
	h.Scheme = scheme
	if hashRules[scheme].family == familyArgon2 {
		h.Version = argon2First // of a text without a version
	}
	if len(parts) == 4 && strings.HasPrefix(parts[0], "v=") {
		if h.Version, err = strconv.Atoi(parts[0][len("v="):]); err != nil {
			return h, errUnreadableHash
		}
		parts = parts[1:]
	}
	if len(parts) != 3 {
		return h, errUnreadableHash
	}
	for setting := range strings.SplitSeq(parts[0], ",") {
		name, value, _ := strings.Cut(setting, "=")
		if !h.set(name, value) {
			return h, errUnreadableHash
		}
	}
	var badSalt, badKey error
	h.Salt, badSalt = phcText.DecodeString(parts[1])
	h.Key, badKey = phcText.DecodeString(parts[2])
	if badSalt != nil || badKey != nil {
		return h, errUnreadableHash
	}
	return h, nil
}

// set sets the member that a setting of a PHC string names, and reports whether there is one.
func (h *ImportedHash) set(name, value string) bool {
	family := hashRules[h.Scheme].family
	switch name {
	case "salt":
		h.SaltLast = value == "last"
		return family == familyDigest
	case "text":
		return h.Scheme == SchemeArgon2id
	}
	number, err := strconv.Atoi(value)
	if err != nil || number < 0 {
		return false
	}
	switch name {
	case "until":
		h.LapsesAt = time.Unix(int64(number), 0).UTC()
	case "i", "ln", "t":
		h.Cost = number
	case "r":
		h.BlockSize = number
	case "m":
		h.MemoryKiB = number
	case "p":
		h.Parallelism = number
	default:
		return false
	}
	return true
}
