package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// EmailChanges keeps the requested new addresses of accounts: at most one per account.
type EmailChanges interface {
	// Put stores the change and replaces an earlier one of the account. An account or a session
	// of another org is domain.ErrNotFound.
	Put(ctx context.Context, change domain.EmailChange) error
	// Of returns the unexpired change of an account, or domain.ErrLinkGone.
	Of(ctx context.Context, user domain.UserID, now time.Time) (domain.EmailChange, error)
	// Take finds a change by the hash of its link and removes it in one step: of parallel calls
	// exactly one must win. An unknown, used, void or expired link is domain.ErrLinkGone.
	Take(ctx context.Context, hash domain.TokenHash, now time.Time) (domain.EmailChange, error)
	// Void removes the change of the account, if there is one.
	Void(ctx context.Context, user domain.UserID) error
}
