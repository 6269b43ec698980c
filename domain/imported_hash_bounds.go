package domain

import (
	"fmt"
	"time"
)

// hashFamily groups the schemes that have the same parameters.
type hashFamily int

const (
	familyBcrypt hashFamily = iota + 1
	familyWrappedBcrypt
	familyPBKDF2
	familyScrypt
	familyArgon2
	familyCrypt
	familyDigest
)

// hashRule has the bounds of a scheme.
type hashRule struct {
	family  hashFamily
	minCost int
	maxCost int
	minSalt int // bytes
	maxSalt int
	minKey  int // bytes
	maxKey  int
}

// The bounds that several schemes share. A key of Argon2 and scrypt costs the same whatever its length.
const (
	maxBcryptCost  = 13
	maxHashKiB     = 128 << 10 // memory of one hash
	maxScryptKiB   = 256 << 10 // memory that scrypt passes over: that of one hash, for each lane
	maxArgon2KiB   = 512 << 10 // memory that Argon2 passes over: that of one hash, for each pass
	maxParallelism = 16
	maxArgon2Time  = 1024
	weakRounds     = 1000 // PBKDF2
	weakKiB        = 1024 // scrypt and Argon2: memory passed over
	minKeyBytes    = 16
	maxKeyBytes    = 128
	maxSaltBytes   = 128
)

var hashRules = map[PasswordScheme]hashRule{
	SchemeBcrypt:               bcryptRule(familyBcrypt),
	SchemeDjangoBcryptSHA256:   bcryptRule(familyWrappedBcrypt),
	SchemePasslibBcryptSHA256:  bcryptRule(familyWrappedBcrypt),
	SchemePasslibBcryptSHA256B: bcryptRule(familyWrappedBcrypt),
	SchemePBKDF2SHA1:           derivedRule(familyPBKDF2, 2_000_000),
	SchemePBKDF2SHA256:         derivedRule(familyPBKDF2, 2_000_000),
	SchemePBKDF2SHA512:         derivedRule(familyPBKDF2, 1_000_000),
	SchemeScrypt:               derivedRule(familyScrypt, 20),
	SchemeFirebaseScrypt:       derivedRule(familyScrypt, 20),
	SchemeArgon2i:              derivedRule(familyArgon2, maxArgon2Time),
	SchemeArgon2d:              derivedRule(familyArgon2, maxArgon2Time),
	SchemeArgon2id:             derivedRule(familyArgon2, maxArgon2Time),
	SchemeSHA256Crypt:          {family: familyCrypt, minCost: 1000, maxCost: 1_000_000, minSalt: 1, maxSalt: 16, minKey: 43, maxKey: 43},
	SchemeSHA512Crypt:          {family: familyCrypt, minCost: 1000, maxCost: 1_000_000, minSalt: 1, maxSalt: 16, minKey: 86, maxKey: 86},
	SchemeSaltedSHA1:           digestRule(20),
	SchemeSaltedSHA224:         digestRule(28),
	SchemeSaltedSHA256:         digestRule(32),
	SchemeSaltedSHA384:         digestRule(48),
	SchemeSaltedSHA512:         digestRule(64),
}

func bcryptRule(family hashFamily) hashRule {
	return hashRule{
		family: family, minCost: 4, maxCost: maxBcryptCost, minSalt: bcryptSaltBytes, maxSalt: bcryptSaltBytes,
		minKey: bcryptKeyBytes, maxKey: bcryptKeyBytes,
	}
}

func derivedRule(family hashFamily, maxCost int) hashRule {
	return hashRule{
		family: family, minCost: 1, maxCost: maxCost, minSalt: 1, maxSalt: maxSaltBytes, minKey: minKeyBytes, maxKey: maxKeyBytes,
	}
}

func digestRule(size int) hashRule {
	return hashRule{family: familyDigest, minSalt: 1, maxSalt: maxSaltBytes, minKey: size, maxKey: size}
}

// fault returns the first bound that the hash exceeds, as the rest of a sentence; empty if there is none.
func (h ImportedHash) fault(rules hashRule) string {
	switch {
	case len(h.Salt) < rules.minSalt || len(h.Salt) > rules.maxSalt:
		return fmt.Sprintf("must have a salt of %d to %d bytes for %s", rules.minSalt, rules.maxSalt, h.Scheme)
	case len(h.Key) < rules.minKey || len(h.Key) > rules.maxKey:
		return fmt.Sprintf("must have %d to %d bytes for %s", rules.minKey, rules.maxKey, h.Scheme)
	case rules.family == familyCrypt && (!cryptText(h.Salt) || !cryptText(h.Key)):
		return "must be written in the characters of crypt"
	case !h.versionFits(rules):
		return fmt.Sprintf("must have a version of %s that is supported", h.Scheme)
	case h.SaltLast && rules.family != familyDigest:
		return fmt.Sprintf("must not have the salt behind the password for %s", h.Scheme)
	}
	if fault := h.costFault(rules); fault != "" {
		return fault
	}
	return h.lapseFault()
}

func (h ImportedHash) versionFits(rules hashRule) bool {
	switch rules.family {
	case familyBcrypt:
		return h.Version == 'a' || h.Version == 'b' || h.Version == 'y'
	case familyArgon2:
		return h.Version == argon2First || h.Version == argon2Current
	default:
		return h.Version == 0
	}
}

// costFault returns the bound of the work that the hash exceeds, and what to do about it.
func (h ImportedHash) costFault(rules hashRule) string {
	const remedy = ": it would take too long; import the account without it and let its owner set a new password"
	sizes := h.MemoryKiB != 0 || h.BlockSize != 0 || h.Parallelism != 0
	switch {
	case h.Cost < rules.minCost || h.Cost > rules.maxCost:
		return fmt.Sprintf("must have a cost of %d to %d for %s%s", rules.minCost, rules.maxCost, h.Scheme, remedy)
	case rules.family == familyScrypt:
		return h.scryptFault(remedy)
	case rules.family == familyArgon2:
		return h.argon2Fault(remedy)
	case sizes:
		return fmt.Sprintf("must not have sizes of memory for %s", h.Scheme)
	}
	return ""
}

func (h ImportedHash) scryptFault(remedy string) string {
	switch {
	case h.MemoryKiB != 0:
		return "must not have a size of memory for " + string(h.Scheme)
	case h.BlockSize < 1 || h.BlockSize > 64 || h.Parallelism < 1 || h.Parallelism > maxParallelism:
		return fmt.Sprintf("must have a block size of 1 to 64 and a parallelism of 1 to %d for %s", maxParallelism, h.Scheme)
	case h.Scheme == SchemeFirebaseScrypt && h.Parallelism != 1:
		return "must have a parallelism of 1 for " + string(h.Scheme)
	case h.NeedsKiB() > maxHashKiB:
		return fmt.Sprintf("must need at most %d KiB of memory for %s%s", maxHashKiB, h.Scheme, remedy)
	case h.scryptKiB() > maxScryptKiB:
		return fmt.Sprintf("must need at most %d KiB of memory times parallelism for %s%s", maxScryptKiB, h.Scheme, remedy)
	}
	return ""
}

func (h ImportedHash) argon2Fault(remedy string) string {
	switch {
	case h.BlockSize != 0:
		return "must not have a block size for " + string(h.Scheme)
	case h.Parallelism < 1 || h.Parallelism > maxParallelism:
		return fmt.Sprintf("must have a parallelism of 1 to %d for %s", maxParallelism, h.Scheme)
	case h.MemoryKiB < 8*h.Parallelism || h.MemoryKiB > maxHashKiB:
		return fmt.Sprintf("must need 8 KiB of memory for each lane and at most %d KiB for %s%s", maxHashKiB, h.Scheme, remedy)
	case h.MemoryKiB*h.Cost > maxArgon2KiB:
		return fmt.Sprintf("must need at most %d KiB of memory times passes for %s%s", maxArgon2KiB, h.Scheme, remedy)
	}
	return ""
}

// scryptKiB returns the memory that scrypt passes over, in KiB: 128 N r p bytes.
func (h ImportedHash) scryptKiB() int {
	return (1 << min(max(h.Cost, 0), 20)) * min(max(h.BlockSize, 0), 64) * min(max(h.Parallelism, 0), maxParallelism) / 8
}

func (h ImportedHash) lapseFault() string {
	switch {
	case !h.Weak() && !h.LapsesAt.IsZero():
		return "must not lapse, because it is not weak"
	case h.Weak() && h.LapsesAt.IsZero():
		return "is weak, passwords can be guessed from it: allow weak hashes with the date from which they cannot be used, " +
			"or import the account without it"
	case h.Weak() && (h.LapsesAt.Unix() < 1 || h.LapsesAt.Year() > 9999 || h.LapsesAt.Location() != time.UTC || h.LapsesAt.Nanosecond() != 0):
		return "must lapse at a whole second in UTC"
	}
	return ""
}
