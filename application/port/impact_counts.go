package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// ImpactCounts counts what a change of policy could affect. It groups what the compared policies do not distinguish, so
// that each method is one query with a short result, however large the org is.
type ImpactCounts interface {
	// Sessions groups the sessions that have neither ended nor expired, by all facts that domain.DecideSession uses, and by
	// whether they were used after each of two times.
	Sessions(ctx context.Context, now time.Time, seen [2]time.Time) ([]domain.SessionGroup, error)
	// Accounts groups the accounts by the fields of domain.AccountGroup.
	Accounts(ctx context.Context) ([]domain.AccountGroup, error)
	// Devices groups the devices that were not forgotten, by whether they have expired by their own date, by whether they
	// were remembered after each of two times, and by whether the account has an admin role.
	Devices(ctx context.Context, now time.Time, made [2]time.Time) ([]domain.DeviceGroup, error)
	// SignIns groups the sign-ins since a time, at most the newest limit ones, by how they were completed and by whether
	// the account has an admin role now.
	SignIns(ctx context.Context, since time.Time, limit int) ([]domain.SignInGroup, error)
	// ServiceAccounts returns what ServiceAccounts.Standing returns, for each service account with a key that has not expired
	// at now.
	ServiceAccounts(ctx context.Context, now time.Time) ([]domain.Principal, error)
	// WaysIn returns at most a thousand active owners, most recent sign-in first, and the caller. since is the time
	// after which a second factor counts as shown.
	WaysIn(ctx context.Context, caller domain.UserID, since, now time.Time) ([]domain.WayIn, error)
}
