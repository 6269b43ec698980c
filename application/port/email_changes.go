package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// EmailChanges keeps the new addresses that accounts have asked for: at most one per account.
type EmailChanges interface {
	// Put stores the change in place of the one that the account had. An account or a session
	// that is not of the org is domain.ErrNotFound.
	Put(ctx context.Context, change domain.EmailChange) error
	// Of finds the change of an account that is not past its expiry; else domain.ErrLinkGone.
	Of(ctx context.Context, user domain.UserID, now time.Time) (domain.EmailChange, error)
	// Take finds a change by the hash of its link and removes it in one step: of parallel calls
	// exactly one must win. What is unknown, used, void or past its expiry is domain.ErrLinkGone.
	Take(ctx context.Context, hash domain.TokenHash, now time.Time) (domain.EmailChange, error)
	// Void removes the change of the account, if there is one.
	Void(ctx context.Context, user domain.UserID) error
}
