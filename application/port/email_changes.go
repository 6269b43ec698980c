package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// EmailChanges stores the requested new addresses of accounts, at most one per account.
type EmailChanges interface {
	// Put stores the change in place of an earlier one of the account. It returns domain.ErrNotFound for an account or a
	// session of another org.
	Put(ctx context.Context, change domain.EmailChange) error
	// Of returns the unexpired change of an account, or domain.ErrLinkGone.
	Of(ctx context.Context, user domain.UserID, now time.Time) (domain.EmailChange, error)
	// Take returns the change with the hash of its link and removes it in one step: of parallel calls exactly one must
	// succeed. It returns domain.ErrLinkGone for an unknown, used, revoked or expired link.
	Take(ctx context.Context, hash domain.TokenHash, now time.Time) (domain.EmailChange, error)
	// Void removes the change of the account, if there is one.
	Void(ctx context.Context, user domain.UserID) error
}
