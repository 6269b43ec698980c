package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// NewTemporaryPassword makes a password that nobody can guess, to be shown once and
// changed at the first sign-in: at least 100 bits, in letters and digits that are read
// aloud without doubt.
type NewTemporaryPassword func() domain.Secret

// PasswordHasher turns passwords into what may be kept. Its work is slow on purpose and
// the number of hashes under way must be bounded: beyond a short queue both methods
// return domain.ErrBusy.
type PasswordHasher interface {
	// Hash must give another result each time, for passwords of any length and alphabet.
	Hash(ctx context.Context, password domain.Secret) (domain.PasswordHash, error)
	// Verify against the empty hash must take as long as against a real one and never match,
	// so that unknown accounts need no path of their own. outdated asks for a rehash.
	Verify(ctx context.Context, hash domain.PasswordHash, password domain.Secret) (match, outdated bool, err error)
}
