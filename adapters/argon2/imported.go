package argon2

import (
	"context"
	"crypto/subtle"
	"strings"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	largeKiB   = 64 << 10 // memory from which hashes are computed one at a time
	largeQueue = 16       // callers that can wait for them; further ones are refused
)

var kinds = map[domain.PasswordScheme]uint32{
	domain.SchemeArgon2d: argon2d, domain.SchemeArgon2i: argon2i, domain.SchemeArgon2id: argon2id,
}

// Imported sets how passwords are compared with hashes that other systems computed by other functions than Argon2, and returns
// the hasher. It is called before the hasher is used.
func (h *Hasher) Imported(match port.MatchImported) *Hasher {
	h.imported = match
	return h
}

// verifyImported is Verify for a hash that another system computed, which is outdated.
func (h *Hasher) verifyImported(ctx context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error) {
	stored, err := domain.ParseImportedHash(hash)
	if err != nil || h.imported == nil {
		return false, false, errMalformed
	}
	if stored.NeedsKiB() > largeKiB {
		leave, err := h.large.enter(ctx)
		if err != nil {
			return false, false, err
		}
		defer leave()
	}
	leave, err := h.gate.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	if kind, ours := kinds[stored.Scheme]; ours {
		match, err = h.matchImported(kind, stored, password)
	} else {
		match, err = h.imported(stored, password)
	}
	match = match && !strings.ContainsRune(password.Reveal(), 0)
	return match, match, err
}

// matchImported compares with a hash of Argon2. The password is used as it was typed: other systems do not normalise it.
func (h *Hasher) matchImported(kind uint32, stored domain.ImportedHash, password domain.Secret) (bool, error) {
	key, err := h.key(inputs{
		Params: Params{MemoryKiB: uint32(stored.MemoryKiB), Time: uint32(stored.Cost), Threads: uint8(stored.Parallelism)},
		kind:   kind, version: uint32(stored.Version), password: []byte(password.Reveal()), salt: stored.Salt, size: uint32(len(stored.Key)),
	})
	return err == nil && subtle.ConstantTimeCompare(key, stored.Key) == 1, err
}
