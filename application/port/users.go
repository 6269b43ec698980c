package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Users stores the accounts of the org.
type Users interface {
	// Get returns an account. It must return domain.ErrNotFound for an account of another org.
	Get(ctx context.Context, id domain.UserID) (domain.User, error)
	// Lock returns an account, or domain.ErrNotFound, and locks it until the unit of work ends. Other units can still add
	// sessions and other rows of the account.
	Lock(ctx context.Context, id domain.UserID) (domain.User, error)
	// Standing returns, in one round trip, everything that the policy needs to know about an account that signs in, with the
	// password hash and the sealed secrets. It returns domain.ErrNotFound for an unknown account.
	Standing(ctx context.Context, id domain.UserID) (domain.Principal, error)
	// LockStanding is Standing, in one round trip too, for a unit that opens a session: it locks the account like Lock before
	// it reads. A change of the account that ends its sessions is then seen, or ends that session as well.
	LockStanding(ctx context.Context, id domain.UserID) (domain.Principal, error)
	// ByEmail returns the account with the address, ignoring letter case (see domain.Email.Key), or domain.ErrNotFound.
	ByEmail(ctx context.Context, email domain.Email) (domain.User, error)
	// ForSignIn is ByEmail for a sign-in. It returns the zero account for an address without one, and for every address, in the
	// same round trip, how the passwords of the org are hashed.
	ForSignIn(ctx context.Context, email domain.Email) (domain.User, domain.PasswordKinds, error)
	// Insert adds an account. It must return domain.ErrEmailTaken if another account has the address, whatever its letter case.
	Insert(ctx context.Context, user domain.User) error
	// InsertAll adds accounts with their roles, authenticators and recovery codes, all or none, in few round trips. It must
	// return domain.ErrEmailTaken if two of them have the same address, or another account has one of the addresses.
	InsertAll(ctx context.Context, accounts []domain.NewAccount) error
	// WithEmails returns the accounts that have one of the addresses, by Email.Key.
	WithEmails(ctx context.Context, emails []domain.Email) (map[string]domain.UserID, error)
	// Update stores an account, except LastSignInAt, and increments the version. It must return domain.ErrStale for an
	// account that was read before another update, and domain.ErrEmailTaken for an address in use.
	Update(ctx context.Context, user domain.User) error
	// Remove removes an account with everything that belongs to it. The audit log keeps its id.
	Remove(ctx context.Context, id domain.UserID) error
	// List returns at most limit accounts that match the filter and come after the place, each once and with its own
	// place. They are ordered by the words that match, if the filter has a text, and then by id. Accounts that are added
	// meanwhile do not change the order of the others.
	List(ctx context.Context, filter domain.MemberFilter, after domain.MemberPlace, limit int) ([]domain.Member, []domain.MemberPlace, error)
	// Inactive returns at most limit accounts that are not owners, were created before the time before, and have not been
	// signed in to or used since.
	Inactive(ctx context.Context, before time.Time, limit int) ([]domain.UserID, error)
	// SignedIn stores the time of a sign-in, if it is later than the stored one. It conflicts with no update.
	SignedIn(ctx context.Context, id domain.UserID, at time.Time) error
	// Rehash replaces the hash of a password. It changes nothing if the stored hash is no longer old.
	Rehash(ctx context.Context, id domain.UserID, old, replacement domain.PasswordHash) error
	// CountPasswords counts again how the passwords of the org are hashed. Insert and InsertAll count those of new accounts.
	CountPasswords(ctx context.Context) error
}
