package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Sessions stores the sessions of the org and their refresh-token families.
type Sessions interface {
	Insert(ctx context.Context, session domain.Session) error
	// Lock returns a session, or domain.ErrNotFound, and locks it until the unit of work ends.
	Lock(ctx context.Context, id domain.SessionID) (domain.Session, error)
	// LockPrincipal locks a session like Lock. It returns the session and what Users.Standing returns for its account, without the
	// password hash, in one round trip.
	LockPrincipal(ctx context.Context, id domain.SessionID) (domain.Principal, error)
	// Rotate stores the refresh tokens and LastSeenAt of a session that the unit of work has locked.
	Rotate(ctx context.Context, session domain.Session) error
	// Update stores the fields of a session that change after its creation.
	Update(ctx context.Context, session domain.Session) error
	// Live returns the sessions of an account that have neither ended nor expired, newest first.
	Live(ctx context.Context, user domain.UserID, now time.Time) ([]domain.Session, error)
	// EndAll ends every live session of the account except keep, which can be empty, and returns how many it ended.
	EndAll(ctx context.Context, user domain.UserID, keep domain.SessionID, reason domain.EndReason, now time.Time) (int, error)
	// EndAllOfOrg ends every live session of the org and returns how many.
	EndAllOfOrg(ctx context.Context, reason domain.EndReason, now time.Time) (int, error)
	// Touch stores at as LastSeenAt if it is later than the stored time.
	Touch(ctx context.Context, id domain.SessionID, at time.Time) error
}

// Activity records when sessions and API keys were used. It must not block and must not write at once: it collects the times and
// stores them a little later. They can be lost in a crash.
type Activity interface {
	Seen(org domain.OrgID, session domain.SessionID, at time.Time)
	KeyUsed(org domain.OrgID, key domain.APIKeyID, at time.Time)
}
