// Package argon2 hashes passwords with Argon2id (RFC 9106) and encodes the hashes as PHC strings.
//
// It bounds its use of memory: the number of concurrent hashes, the number of waiting callers and the time that they wait
// are limited. It does not check the strength of passwords.
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

// The sizes of the salt and the key of a new hash, in bytes (RFC 9106 §3.1, §4).
const (
	saltBytes = 16
	keyBytes  = 32
)

// Hasher creates and verifies password hashes. It is safe for concurrent use.
type Hasher struct {
	params   Params
	gate     gate
	spare    gate               // admits the callers of Spare
	large    gate               // admits the hashes of other systems that need much memory
	imported port.MatchImported // compares those that are not of Argon2; nil if there are none
	dummy    phc                // compared in place of the empty hash; no password matches it
	memory   *workspace
}

var _ port.PasswordHasher = (*Hasher)(nil)

// New returns a Hasher that computes slots hashes at a time and lets queue more callers wait. It panics if
// [Params.Validate] returns an error.
func New(params Params, slots, queue int) *Hasher {
	if err := params.Validate(); err != nil {
		panic(err)
	}
	return &Hasher{
		params: params,
		gate:   newGate(slots, queue),
		spare:  newGate(1, spareQueue),
		large:  newGate(1, largeQueue),
		dummy:  phc{Params: params, salt: random(saltBytes), key: random(keyBytes)},
		memory: &workspace{blocks: params.blocks()},
	}
}

// Hash returns the password's PHC string with a new salt. The password is NFKC normalised first (NIST SP 800-63B-4
// §3.1.1.2). The error is domain.ErrBusy.
func (h *Hasher) Hash(ctx context.Context, password domain.Secret) (domain.PasswordHash, error) {
	hash := phc{Params: h.params, salt: random(saltBytes)}
	key, err := h.derive(ctx, hash, keyBytes, password)
	if err != nil {
		return "", err
	}
	hash.key = key
	return domain.PasswordHash(hash.String()), nil
}

// Verify compares the password with a stored hash. A match is outdated if the hash has other parameters than new ones, or was
// computed by another system. A hash that cannot be read is an internal error, never a match. With domain.ErrBusy the password was
// not compared.
func (h *Hasher) Verify(ctx context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error) {
	stored := h.dummy
	if hash != "" {
		if stored, err = parsePHC(string(hash)); err != nil {
			return h.verifyImported(ctx, hash, password)
		}
	}
	key, err := h.derive(ctx, stored, len(stored.key), password)
	if err != nil {
		return false, false, err
	}
	match = subtle.ConstantTimeCompare(key, stored.key) == 1 && hash != ""
	return match, match && !stored.madeWith(h.params), nil
}

// derive computes the key, which is slow, once the caller is admitted.
func (h *Hasher) derive(ctx context.Context, with phc, size int, password domain.Secret) ([]byte, error) {
	leave, err := h.gate.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	text := norm.NFKC.Bytes([]byte(password.Reveal()))
	return h.key(inputs{
		Params: with.Params, kind: argon2id, version: argon2.Version, password: text, salt: with.salt, size: uint32(size),
	})
}

// key computes a key for a caller that is admitted.
func (h *Hasher) key(in inputs) ([]byte, error) {
	piece, err := h.memory.take(in.blocks())
	if err != nil {
		return nil, err
	}
	defer h.memory.give(piece)
	return deriveKey(piece, in), nil
}

func random(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
