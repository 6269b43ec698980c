package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// Authenticators stores the second factors of the org's accounts. An authenticator is pending until it is confirmed, and
// live from then on.
type Authenticators interface {
	// Of returns the authenticators of an account, oldest first.
	Of(ctx context.Context, user domain.UserID) ([]domain.Authenticator, error)
	// SavePending stores a pending authenticator, in place of a pending one with the same id. It must return
	// domain.ErrAlreadyEnrolled if the stored one is live. It removes the account's other pending authenticators that had
	// expired when this one was created.
	SavePending(ctx context.Context, pending domain.Authenticator) error
	// Confirm stores live in place of pending. Of parallel calls exactly one must succeed. It returns
	// domain.ErrAlreadyEnrolled if the pending one was confirmed or replaced since it was read, and
	// domain.ErrAuthenticatorTaken if another authenticator of the kind has the same handle in the org.
	Confirm(ctx context.Context, live, pending domain.Authenticator) error
	// Use stores the counter of an answer, so that the answer cannot be used again. Of parallel calls with the same counter
	// exactly one must succeed; a counter that is not higher than the stored one is domain.ErrInvalidCode. While both
	// counters are zero, the factor does not count and every call succeeds. It also stores Data, unless that is empty.
	Use(ctx context.Context, use domain.AuthenticatorUse) error
	// ByHandle returns the live authenticator of the kind with the handle, which must not be empty, or domain.ErrNotFound.
	ByHandle(ctx context.Context, kind domain.FactorKind, handle string) (domain.Authenticator, error)
	// LockStanding returns what ByHandle returns and, in the same round trip, what Users.LockStanding returns for its account.
	LockStanding(ctx context.Context, kind domain.FactorKind, handle string) (domain.Authenticator, domain.Principal, error)
	// Rename gives a live authenticator of the account another name. Without it the error is domain.ErrNotFound.
	Rename(ctx context.Context, user domain.UserID, id domain.AuthenticatorID, name string) error
	// Remove removes one authenticator of the account, pending or live. Without it the error is domain.ErrNotFound.
	Remove(ctx context.Context, user domain.UserID, id domain.AuthenticatorID) error
	// RemoveAll removes every authenticator of an account, pending or live.
	RemoveAll(ctx context.Context, user domain.UserID) error
	// RemovePending removes the pending authenticators of an account.
	RemovePending(ctx context.Context, user domain.UserID) error
}
