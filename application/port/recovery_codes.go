package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// RecoveryCodeMaker creates recovery codes.
type RecoveryCodeMaker interface {
	// New returns a random code of at least 50 bits.
	New() domain.Secret
	// Hash must return the same hash for every way to type a code, and different hashes for different accounts.
	Hash(typed domain.Secret, org domain.OrgID, user domain.UserID) domain.TokenHash
	// HashImported must return what Hash returns for a code in the form of domain.CanonicalImportedCode, of which digest is
	// the SHA-256.
	HashImported(digest []byte, org domain.OrgID, user domain.UserID) domain.TokenHash
}

// RecoveryCodes stores the hashes of codes that can be used once.
type RecoveryCodes interface {
	// Replace removes every code of the account and stores these. Of parallel calls the codes of one are stored, never a mix.
	Replace(ctx context.Context, user domain.UserID, codes []domain.RecoveryCode) error
	// Unused reports whether the account has the code and has not used it.
	Unused(ctx context.Context, user domain.UserID, hash domain.TokenHash) (bool, error)
	// Use marks a code as used. Of parallel calls one must succeed; the others must return domain.ErrInvalidCode.
	Use(ctx context.Context, user domain.UserID, hash domain.TokenHash, now time.Time) error
	// Left returns how many unused codes the account has.
	Left(ctx context.Context, user domain.UserID) (int, error)
}
