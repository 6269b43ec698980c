// Package argon2 hashes passwords with Argon2id (RFC 9106) and keeps them as PHC strings.
//
// It bounds its own use of memory: so many hashes at a time, so many callers waiting for
// their turn, and nobody waits for long. It does not judge passwords; package domain does.
package argon2

import (
	"context"
	"crypto/rand"
	"crypto/subtle"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// The sizes of what a new hash is made of (RFC 9106 §3.1, §4).
const (
	saltBytes = 16
	keyBytes  = 32
)

// Hasher makes and checks password hashes. It is safe for concurrent use.
type Hasher struct {
	params Params
	gate   gate
	spare  gate // admits the callers of Spare
	dummy  phc  // what the empty hash is compared with; no password opens it
}

var _ port.PasswordHasher = (*Hasher)(nil)

// New makes a Hasher that works on slots passwords at a time and lets queue more callers
// wait. It panics when params are out of bounds: ask [Params.Validate] about them first.
func New(params Params, slots, queue int) *Hasher {
	if err := params.Validate(); err != nil {
		panic(err)
	}
	return &Hasher{
		params: params,
		gate:   newGate(slots, queue),
		spare:  newGate(1, spareQueue),
		dummy:  phc{Params: params, salt: random(saltBytes), key: random(keyBytes)},
	}
}

// Hash returns the password's PHC string under a fresh salt. The password is NFKC
// normalised first (NIST SP 800-63B-4 §3.1.1.2). The error is domain.ErrBusy.
func (h *Hasher) Hash(ctx context.Context, password domain.Secret) (domain.PasswordHash, error) {
	hash := phc{Params: h.params, salt: random(saltBytes)}
	key, err := h.derive(ctx, hash, keyBytes, password)
	if err != nil {
		return "", err
	}
	hash.key = key
	return domain.PasswordHash(hash.String()), nil
}

// Verify compares the password with a stored hash. A match is outdated when the hash was
// made with other parameters than today's. A hash that cannot be read is an internal
// error, never a match; domain.ErrBusy says that the password was not looked at.
func (h *Hasher) Verify(ctx context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error) {
	stored := h.dummy
	if hash != "" {
		if stored, err = parsePHC(string(hash)); err != nil {
			return false, false, err
		}
	}
	key, err := h.derive(ctx, stored, len(stored.key), password)
	if err != nil {
		return false, false, err
	}
	match = subtle.ConstantTimeCompare(key, stored.key) == 1 && hash != ""
	return match, match && !stored.madeWith(h.params), nil
}

// derive does the slow part, in turn.
func (h *Hasher) derive(ctx context.Context, with phc, size int, password domain.Secret) ([]byte, error) {
	leave, err := h.gate.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	text := norm.NFKC.Bytes([]byte(password.Reveal()))
	return argon2.IDKey(text, with.salt, with.Time, with.MemoryKiB, with.Threads, uint32(size)), nil
}

func random(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
