package domain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"strings"
	"time"
)

// PasswordKind is a scheme with its cost, and how many accounts of an org have a hash of it.
type PasswordKind struct {
	Form     string // the stored text up to the salt
	Accounts int    // that have such a hash now
	Imported int    // the most that had one; the others have a hash of ours by now
}

// PasswordKinds counts the hashes that other systems computed for the accounts of an org. It is zero for an org without any.
type PasswordKinds struct {
	Seed     []byte // random, of the org
	Accounts int    // all of the org
	Kinds    []PasswordKind
}

// MaxPasswordKinds is how many kinds are told apart in an org.
const MaxPasswordKinds = 64

// ImportedForm returns the text of a hash that another system computed up to its salt: the scheme and the cost. It is empty for
// any other hash.
func (h PasswordHash) ImportedForm() string {
	if _, err := ParseImportedHash(h); err != nil {
		return ""
	}
	const bcryptForm = len("$2b$12$")
	text := string(h)
	if strings.HasPrefix(text, "$2") {
		return text[:bcryptForm]
	}
	for range 2 {
		text = text[:strings.LastIndexByte(text, '$')]
	}
	return text + "$"
}

// Known reports whether the form is that of a hash that another system computed.
func (k PasswordKind) Known() bool { return k.standIn(make([]byte, sha256.Size)) != "" }

// lapsed reports whether no password matches the hash any more.
func (h PasswordHash) lapsed(now time.Time) bool {
	if !strings.Contains(string(h), lapseName) {
		return false
	}
	imported, err := ParseImportedHash(h)
	return err == nil && imported.Lapsed(now)
}

// StandIn returns the hash that a password is compared with if the address has no account or no password. No password must be
// accepted because of it. It is empty for a hash of ours.
//
// An address without an account behaves like a member of the org. It belongs to a kind with the probability of an imported
// account, always the same one. As the accounts of that kind get hashes of ours, it gets one too, and never another kind.
func (k PasswordKinds) StandIn(email Email) PasswordHash {
	ours := k.Accounts
	for _, kind := range k.Kinds {
		ours -= kind.Imported
	}
	ours = max(ours, 0)
	total := ours
	for _, kind := range k.Kinds {
		total += kind.Imported
	}
	place := k.draw("kind", email, total) - ours
	for _, kind := range k.Kinds {
		if place >= 0 && place < kind.Imported {
			if k.draw("replaced", email, kind.Imported) >= kind.Accounts {
				return ""
			}
			return kind.standIn(k.stream("hash", email))
		}
		place -= kind.Imported
	}
	return ""
}

// draw returns a number from 0 to below, which the seed and the address decide.
func (k PasswordKinds) draw(purpose string, email Email, below int) int {
	high, _ := bits.Mul64(binary.BigEndian.Uint64(k.stream(purpose, email)), uint64(max(below, 0)))
	return int(high)
}

// stream returns 32 bytes that the seed and the address decide.
func (k PasswordKinds) stream(purpose string, email Email) []byte {
	mac := hmac.New(sha256.New, k.Seed)
	_, _ = mac.Write([]byte(purpose + "\x00" + email.Key()))
	return mac.Sum(nil)
}

// standIn returns a hash of the kind whose salt and key come from the bytes.
func (k PasswordKind) standIn(random []byte) PasswordHash {
	filler := "AAAA$AAAA"
	switch {
	case strings.HasPrefix(k.Form, "$2"):
		filler = strings.Repeat(".", 53)
	case strings.HasPrefix(k.Form, "$5$"), strings.HasPrefix(k.Form, "$6$"):
		filler = ".$."
	}
	hash, err := ReadHash(k.Form + filler)
	if err != nil {
		return ""
	}
	rules := hashRules[hash.Scheme]
	fill := func(size int) []byte {
		text := make([]byte, size)
		for i := range text {
			text[i] = random[i%len(random)]
			if rules.family == familyCrypt {
				text[i] = cryptAlphabet[text[i]%64]
			}
		}
		return text
	}
	hash.Salt = fill(max(rules.minSalt, min(rules.maxSalt, bcryptSaltBytes)))
	hash.Key = fill(max(rules.minKey, min(rules.maxKey, sha256.Size)))
	if hash.Check() != nil {
		return ""
	}
	return hash.Stored()
}
