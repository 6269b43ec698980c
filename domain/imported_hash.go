package domain

import (
	"slices"
	"time"
)

// PasswordScheme is a way in which another system hashes passwords.
type PasswordScheme string

// The schemes whose hashes can be imported. A salted digest is weak: it is computed in a microsecond.
const (
	SchemeBcrypt               PasswordScheme = "bcrypt"
	SchemeDjangoBcryptSHA256   PasswordScheme = "django-bcrypt-sha256"     // bcrypt of the hex SHA-256
	SchemePasslibBcryptSHA256  PasswordScheme = "passlib-bcrypt-sha256"    // version 1: bcrypt of the base64 SHA-256
	SchemePasslibBcryptSHA256B PasswordScheme = "passlib-bcrypt-sha256-v2" // bcrypt of the base64 HMAC-SHA-256 with the salt
	SchemePBKDF2SHA1           PasswordScheme = "pbkdf2-sha1"
	SchemePBKDF2SHA256         PasswordScheme = "pbkdf2-sha256"
	SchemePBKDF2SHA512         PasswordScheme = "pbkdf2-sha512"
	SchemeScrypt               PasswordScheme = "scrypt"
	SchemeFirebaseScrypt       PasswordScheme = "firebase-scrypt"
	SchemeArgon2i              PasswordScheme = "argon2i"
	SchemeArgon2d              PasswordScheme = "argon2d"
	SchemeArgon2id             PasswordScheme = "argon2id"
	SchemeSHA256Crypt          PasswordScheme = "sha256-crypt"
	SchemeSHA512Crypt          PasswordScheme = "sha512-crypt"
	SchemeSaltedSHA1           PasswordScheme = "salted-sha1"
	SchemeSaltedSHA224         PasswordScheme = "salted-sha224"
	SchemeSaltedSHA256         PasswordScheme = "salted-sha256"
	SchemeSaltedSHA384         PasswordScheme = "salted-sha384"
	SchemeSaltedSHA512         PasswordScheme = "salted-sha512"
)

// ImportedHash is a password hash that another system computed. A member that its scheme does not use is zero.
type ImportedHash struct {
	Scheme      PasswordScheme
	Cost        int // bcrypt and scrypt: base-2 logarithm of the rounds, of N; PBKDF2, crypt: rounds; Argon2: passes
	MemoryKiB   int // Argon2
	BlockSize   int // scrypt: r
	Parallelism int // scrypt: p; Argon2: lanes
	Version     int // bcrypt: the letter a, b or y; Argon2: 16 or 19
	Salt        []byte
	Key         []byte    // the hash; for the crypt schemes the characters in which they write it
	SaltLast    bool      // salted digests: the salt follows the password
	LapsesAt    time.Time // weak hashes only, a whole second in UTC: the password cannot be used from then on
}

// Check returns an error that names the first bound that the hash exceeds. A hash within the bounds takes about
// half a second and 128 MiB to verify at most.
func (h ImportedHash) Check() error {
	rules, known := hashRules[h.Scheme]
	if !known {
		return invalidHash("must be of a scheme that can be imported")
	}
	if fault := h.fault(rules); fault != "" {
		return invalidHash(fault)
	}
	return nil
}

// Weak reports whether passwords can be guessed from the hash at so little cost that it may be used for a limited time only.
func (h ImportedHash) Weak() bool {
	switch rules := hashRules[h.Scheme]; rules.family {
	case familyDigest:
		return true
	case familyPBKDF2:
		return h.Cost < weakRounds
	case familyScrypt:
		return h.scryptKiB() < weakKiB
	case familyArgon2:
		return h.MemoryKiB*h.Cost < weakKiB
	default:
		return false
	}
}

// NeedsKiB returns how much memory it takes to verify the hash, in KiB.
func (h ImportedHash) NeedsKiB() int {
	switch hashRules[h.Scheme].family {
	case familyScrypt:
		return h.scryptKiB() / max(h.Parallelism, 1)
	case familyArgon2:
		return h.MemoryKiB
	default:
		return 1
	}
}

// LapsingAt returns the hash with the time from which it cannot be used, if it is weak. Others stay as they are.
func (h ImportedHash) LapsingAt(at time.Time) ImportedHash {
	if h.Weak() {
		h.LapsesAt = at.UTC().Truncate(time.Second)
	}
	return h
}

// Lapsed reports whether no password matches the hash any more, because it is weak and its time is over.
func (h ImportedHash) Lapsed(now time.Time) bool {
	return !h.LapsesAt.IsZero() && !now.Before(h.LapsesAt)
}

// Equal reports whether both are the same hash.
func (h ImportedHash) Equal(other ImportedHash) bool {
	sameNumbers := h.Cost == other.Cost && h.MemoryKiB == other.MemoryKiB && h.BlockSize == other.BlockSize &&
		h.Parallelism == other.Parallelism && h.Version == other.Version
	return sameNumbers && h.Scheme == other.Scheme && slices.Equal(h.Salt, other.Salt) && slices.Equal(h.Key, other.Key) &&
		h.SaltLast == other.SaltLast && h.LapsesAt.Equal(other.LapsesAt)
}

// FirebaseParameters are the parameters of the password hashes of a Firebase project, which its console shows.
type FirebaseParameters struct {
	SignerKey     []byte
	SaltSeparator []byte
	Rounds        int
	MemoryCost    int
}

// FirebaseHash returns the hash of an account of a Firebase project. Firebase derives a key from the password by scrypt and
// encrypts the project's signer key with it (AES-256 in CTR mode). This mode adds a stream to the text, so the hash
// without the signer key is the stream, which depends on the password and the salt alone. Only the stream is kept: the
// signer key is never stored.
func FirebaseHash(project FirebaseParameters, salt, hash []byte) (ImportedHash, error) {
	if len(hash) != len(project.SignerKey) {
		return ImportedHash{}, invalidHash("must be as long as the signer key: use the parameters of the project that exported it")
	}
	stream := make([]byte, len(hash))
	for i := range hash {
		stream[i] = hash[i] ^ project.SignerKey[i]
	}
	h := ImportedHash{
		Scheme: SchemeFirebaseScrypt, Cost: project.MemoryCost, BlockSize: project.Rounds, Parallelism: 1,
		Salt: slices.Concat(salt, project.SaltSeparator), Key: stream,
	}
	if h.Weak() { // Firebase itself has a minimum far above this one
		return ImportedHash{}, invalidHash("must have the rounds and the memory cost of the project: they are too low")
	}
	return h, h.Check()
}

func invalidHash(fault string) *Error { return Invalid("password_hash", fault) }
