package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Store keeps what must not be lost. It opens units of work, and a unit sees exactly
// one org: what belongs to another org does not exist in it.
//
// A unit must undo everything when fn returns an error, and must return that error
// unchanged. fn may run more than once, so it only touches its OrgTx and variables it
// assigns. Units do not nest, and nothing slow (hashing, signing, mail) belongs inside.
// When the database cannot be reached every method must return domain.ErrUnavailable.
type Store interface {
	// InOrg runs fn in a transaction on org. An empty or malformed org is domain.ErrOrgNotFound.
	InOrg(ctx context.Context, org domain.OrgID, fn func(OrgTx) error) error
	// ReadOrg is InOrg for reading: writes must fail.
	ReadOrg(ctx context.Context, org domain.OrgID, fn func(OrgTx) error) error
	// Principal reads, in one round trip and without writing, everything a request by
	// session needs: no password hash, last suspension, sealed secret or refresh token. A session
	// that does not exist in org is domain.ErrTokenRevoked.
	Principal(ctx context.Context, org domain.OrgID, session domain.SessionID) (domain.Principal, error)
	// Platform is the narrow door to what crosses orgs.
	Platform() Platform
}

// OrgTx hands out the repositories of one org, all in one transaction.
type OrgTx interface {
	Org() Orgs
	Users() Users
	Roles() Roles
	Sessions() Sessions
	Authenticators() Authenticators
	RecoveryCodes() RecoveryCodes
	Devices() Devices
	Attempts() Attempts
	Links() Links
	EmailChanges() EmailChanges
	Letters() Letters
	Imports() Imports
	Files() Files
	Jobs() Jobs
	Audit() Audit
	AuditSeals() AuditSeals
	Census() Census
}

// Orgs reaches the unit's own org and its settings.
type Orgs interface {
	Get(ctx context.Context) (domain.Org, error)
	// Lock reads the org and keeps other units from changing it until this one ends; they
	// may go on adding to it. An org that is not there is domain.ErrOrgNotFound.
	Lock(ctx context.Context) (domain.Org, error)
	// Update stores name, slug and standing and raises the version. It must refuse an org
	// read before another update, domain.ErrStale, and a slug in use, domain.ErrSlugTaken.
	Update(ctx context.Context, org domain.Org) error
	Settings(ctx context.Context) (domain.OrgSettings, error)
	SaveSettings(ctx context.Context, settings domain.OrgSettings) error
	// LockSettings reads the settings and keeps other units from changing them until this one ends.
	LockSettings(ctx context.Context) (domain.OrgSettings, error)
}

// Users keeps the accounts of the org.
type Users interface {
	// Get must return domain.ErrNotFound for an account of another org.
	Get(ctx context.Context, id domain.UserID) (domain.User, error)
	// Lock reads an account and keeps other units from updating it until this one ends; they may
	// still add sessions and other rows of the account. An unknown account is domain.ErrNotFound.
	Lock(ctx context.Context, id domain.UserID) (domain.User, error)
	// Standing reads, in one round trip, all that the policy asks about an account that signs
	// in, and what its proofs are compared with: like Store.Principal without a session, with
	// the password hash and the sealed secrets. Else domain.ErrNotFound.
	Standing(ctx context.Context, id domain.UserID) (domain.Principal, error)
	// ByEmail finds by the address's key, so letter case is ignored; else domain.ErrNotFound.
	ByEmail(ctx context.Context, email domain.Email) (domain.User, error)
	// Insert must refuse a second account with the same key: domain.ErrEmailTaken.
	Insert(ctx context.Context, user domain.User) error
	// Update must refuse a user read before another update: domain.ErrStale. It raises the
	// version, leaves LastSignInAt to SignedIn, and a taken address is domain.ErrEmailTaken.
	Update(ctx context.Context, user domain.User) error
	// Remove takes an account away with all that it has; the audit log keeps its id.
	Remove(ctx context.Context, id domain.UserID) error
	// List gives the accounts that the filter takes and that come after the place, at most
	// limit, each once, with where it stands: in the order of the words that were found, where
	// the filter has a text, and of ids. Accounts that are added move nothing.
	List(ctx context.Context, filter domain.MemberFilter, after domain.MemberPlace, limit int) ([]domain.Member, []domain.MemberPlace, error)
	// Inactive names accounts that are no owners and that nobody has signed in to or used since
	// before, nor made since, at most limit.
	Inactive(ctx context.Context, before time.Time, limit int) ([]domain.UserID, error)
	// SignedIn notes a sign-in; it conflicts with nothing and never moves back.
	SignedIn(ctx context.Context, id domain.UserID, at time.Time) error
	// Rehash replaces the hash of an unchanged password; if it did change, nothing happens.
	Rehash(ctx context.Context, id domain.UserID, old, replacement domain.PasswordHash) error
}

// Roles keeps the org's roles and who holds them.
type Roles interface {
	List(ctx context.Context) ([]domain.Role, error)
	Insert(ctx context.Context, role domain.Role) error
	// Get must return domain.ErrNotFound for a role of another org.
	Get(ctx context.Context, id domain.RoleID) (domain.Role, error)
	// Update stores name, description and permissions and raises the version. It must refuse
	// a role read before another update: domain.ErrStale.
	Update(ctx context.Context, role domain.Role) error
	// Remove must refuse a role that an account holds: domain.ErrRoleHeld.
	Remove(ctx context.Context, id domain.RoleID) error
	Of(ctx context.Context, user domain.UserID) ([]domain.Role, error)
	// Owners lists the accounts that hold the owner role, ordered by id. They may be unable to
	// sign in.
	Owners(ctx context.Context) ([]domain.User, error)
	// Assign replaces what the account holds; of parallel calls one stands whole. A role or
	// account that is not of the org is domain.ErrNotFound.
	Assign(ctx context.Context, user domain.UserID, roles []domain.RoleID) error
}

// Sessions keeps the org's sessions and their refresh-token families.
type Sessions interface {
	Insert(ctx context.Context, session domain.Session) error
	// Lock reads a session and keeps other units from changing it until this one ends; else domain.ErrNotFound.
	Lock(ctx context.Context, id domain.SessionID) (domain.Session, error)
	// Update stores what changes over a session's life.
	Update(ctx context.Context, session domain.Session) error
	// Live lists the sessions of an account that have not ended or expired, newest first.
	Live(ctx context.Context, user domain.UserID, now time.Time) ([]domain.Session, error)
	// EndAll ends every live session of the account but the one kept (none when empty) and says how many.
	EndAll(ctx context.Context, user domain.UserID, keep domain.SessionID, reason domain.EndReason, now time.Time) (int, error)
	// EndAllOfOrg ends every live session of the org and returns how many.
	EndAllOfOrg(ctx context.Context, reason domain.EndReason, now time.Time) (int, error)
	// Touch moves LastSeenAt forward, never back.
	Touch(ctx context.Context, id domain.SessionID, at time.Time) error
}

// Authenticators keeps one TOTP authenticator per account.
type Authenticators interface {
	// Get returns the zero Authenticator of the account when it has none.
	Get(ctx context.Context, user domain.UserID) (domain.Authenticator, error)
	// SavePending stores the pending secret; it must refuse with domain.ErrAlreadyEnrolled when one is live.
	SavePending(ctx context.Context, a domain.Authenticator) error
	// Confirm makes the pending secret live. Of parallel calls one must win; the others get
	// domain.ErrAlreadyEnrolled, also when the pending secret was replaced since it was read.
	Confirm(ctx context.Context, a domain.Authenticator, pending domain.SealedSecret) error
	// UseStep uses up a time step by one conditional update: of parallel calls with the same
	// or an older step one must win, the others get domain.ErrInvalidCode.
	UseStep(ctx context.Context, user domain.UserID, step int64) error
	// Remove takes the authenticator away, pending secret and all; without one nothing happens.
	Remove(ctx context.Context, user domain.UserID) error
	// DropPending removes a pending secret that no code has confirmed; a live one stays.
	DropPending(ctx context.Context, user domain.UserID) error
}

// RecoveryCodes keeps the hashes of single-use codes.
type RecoveryCodes interface {
	// Replace voids every code of the account and stores these; of parallel calls one stands whole.
	Replace(ctx context.Context, user domain.UserID, codes []domain.RecoveryCode) error
	// Unused tells whether the account has such a code left, without using it.
	Unused(ctx context.Context, user domain.UserID, hash domain.TokenHash) (bool, error)
	// Use marks a code used: of parallel calls one must win, the others get domain.ErrInvalidCode.
	Use(ctx context.Context, user domain.UserID, hash domain.TokenHash, now time.Time) error
	Left(ctx context.Context, user domain.UserID) (int, error)
}

// Devices keeps remembered devices.
type Devices interface {
	Insert(ctx context.Context, device domain.Device) error
	// Lock reads a device and keeps other units from changing it until this one ends; else domain.ErrNotFound.
	Lock(ctx context.Context, id domain.DeviceID) (domain.Device, error)
	// Get reads a device, else domain.ErrNotFound.
	Get(ctx context.Context, id domain.DeviceID) (domain.Device, error)
	Update(ctx context.Context, device domain.Device) error
	// Forget ends a remembered device; one that has ended, or is not there, is domain.ErrNotFound.
	Forget(ctx context.Context, id domain.DeviceID, reason domain.DeviceEnd, now time.Time) error
	// ForgetAll ends every remembered device of the account and says how many.
	ForgetAll(ctx context.Context, user domain.UserID, reason domain.DeviceEnd, now time.Time) (int, error)
	// ForgetAllOfOrg ends every remembered device of the org and says how many.
	ForgetAllOfOrg(ctx context.Context, reason domain.DeviceEnd, now time.Time) (int, error)
	// List gives the account's devices, last used first, those that have ended included.
	List(ctx context.Context, user domain.UserID) ([]domain.Device, error)
}

// Attempts keeps the counters of guesses, also for addresses that no account has.
type Attempts interface {
	// Lock reads a counter, zero when new, and keeps other units from it until this one
	// ends: N parallel units must see N different states.
	Lock(ctx context.Context, key string) (domain.Attempts, error)
	// Get reads a counter, zero when there is none, without waiting for anyone.
	Get(ctx context.Context, key string) (domain.Attempts, error)
	// Save stores a counter, locked or not; the zero counter is none.
	Save(ctx context.Context, key string, attempts domain.Attempts) error
}

// Audit appends events; there is no way to change or remove one here.
type Audit interface {
	Append(ctx context.Context, event domain.AuditEvent) error
	// Newest lists the latest events, newest first.
	Newest(ctx context.Context, limit int) ([]domain.AuditEvent, error)
	// List gives the events that the filter takes and that come after the place, newest
	// first, at most limit. Events that are added meanwhile move nothing: to go on after
	// the last one listed must miss none and repeat none.
	List(ctx context.Context, filter domain.AuditFilter, after domain.AuditPlace, limit int) ([]domain.AuditEvent, error)
	// Last gives the newest event that the history tells of, else domain.ErrNotFound.
	Last(ctx context.Context, history domain.History) (domain.AuditEvent, error)
}

// Census counts what a change of policy could touch, in groups that no policy compared tells
// apart: however many there are, each answer is short and one question.
type Census interface {
	// Sessions groups those that have neither ended nor expired, by all that
	// domain.DecideSession asks, and by whether they were seen after each of two instants.
	Sessions(ctx context.Context, now time.Time, seen [2]time.Time) ([]domain.SessionGroup, error)
	Accounts(ctx context.Context) ([]domain.AccountGroup, error)
	// Devices groups those that were not forgotten, by whether they have expired by their
	// own date, and by whether they were made after each of two instants.
	Devices(ctx context.Context, now time.Time, made [2]time.Time) ([]domain.DeviceGroup, error)
	// SignIns groups the newest since an instant, at most so many.
	SignIns(ctx context.Context, since time.Time, most int) ([]domain.SignInGroup, error)
	// WaysIn lists the active owners, those who signed in last first, at most a thousand, and the caller.
	WaysIn(ctx context.Context, caller domain.UserID, since, now time.Time) ([]domain.WayIn, error)
}

// Platform reaches across orgs: to find one, to make one, to tidy up.
type Platform interface {
	// FindOrg takes an id or a slug; else domain.ErrOrgNotFound.
	FindOrg(ctx context.Context, idOrSlug string) (domain.Org, error)
	// ListOrgs gives the orgs that the filter takes, in the order of their ids, at most
	// limit, beginning after the one with the id after (empty: with the first).
	ListOrgs(ctx context.Context, filter domain.OrgFilter, after domain.OrgID, limit int) ([]domain.Org, error)
	// CreateOrg stores an org with its settings and runs fn in the same unit, opened on the
	// new org; a slug or id in use is domain.ErrSlugTaken, and what is no id domain.ErrOrgNotFound.
	CreateOrg(ctx context.Context, org domain.Org, settings domain.OrgSettings, fn func(OrgTx) error) error
	// OrgsOf lists the active orgs in which the address has an active account, by name, at
	// most a hundred.
	OrgsOf(ctx context.Context, email domain.Email) ([]domain.Org, error)
	// Knows tells whether OrgsOf would list any org.
	Knows(ctx context.Context, email domain.Email) (bool, error)
	// Send puts a letter that concerns no org on the queue, as Letters.Send does.
	Send(ctx context.Context, letter domain.Letter) error
	// SigningKeys reads every signing key, as SigningKeys.List does.
	SigningKeys(ctx context.Context) (domain.SigningKeys, error)
	// Keys runs fn in a unit on org, which also changes the deployment's signing keys. The
	// org is whose audit log tells of it; empty where nothing is to be told. Such units run one
	// after another, so that what fn decides by the keys it lists still holds.
	Keys(ctx context.Context, org domain.OrgID, fn func(SigningKeys, OrgTx) error) error
	// Unsealed lists orgs with events that wait for a seal, in the order of their ids, from the
	// one that follows after on.
	Unsealed(ctx context.Context, after domain.OrgID, limit int) ([]domain.OrgID, error)
	// RemovingInactive lists the orgs that remove accounts nobody uses, in the order of their
	// ids, from the one that follows after on.
	RemovingInactive(ctx context.Context, after domain.OrgID, limit int) ([]domain.OrgID, error)
	// AuditAges lists the orgs that keep their sealed events for some days only, in the order
	// of their ids, from the one that follows after on.
	AuditAges(ctx context.Context, after domain.OrgID, limit int) ([]domain.AuditAge, error)
	// Sweep removes what time has made meaningless (forgotten counters, sessions that ended long before) and says how many rows.
	Sweep(ctx context.Context, now time.Time) (int, error)
	// DropTickets removes every unfinished sign-in and step-up from the database and returns how
	// many.
	DropTickets(ctx context.Context) (int, error)
	// Sealed reaches every secret that is sealed at rest, whichever org it belongs to.
	Sealed() Sealed
}
