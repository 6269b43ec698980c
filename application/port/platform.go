package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Platform has the operations that concern several orgs, or the deployment as a whole.
type Platform interface {
	// FindOrg returns the org with the id or slug, or domain.ErrOrgNotFound.
	FindOrg(ctx context.Context, idOrSlug string) (domain.Org, error)
	// ListOrgs returns at most limit orgs that match the filter, in the order of their ids, starting after the id after.
	ListOrgs(ctx context.Context, filter domain.OrgFilter, after domain.OrgID, limit int) ([]domain.Org, error)
	// CreateOrg stores an org with its settings and runs fn in the same unit of work, on the new org. It returns
	// domain.ErrSlugTaken for a slug or an id in use, and domain.ErrOrgNotFound for a malformed id.
	CreateOrg(ctx context.Context, org domain.Org, settings domain.OrgSettings, fn func(OrgTx) error) error
	// OrgsOf returns at most a hundred active orgs in which the address has an active account, ordered by name.
	OrgsOf(ctx context.Context, email domain.Email) ([]domain.Org, error)
	// Knows reports whether OrgsOf would return an org.
	Knows(ctx context.Context, email domain.Email) (bool, error)
	// Send enqueues an email that concerns no org, as Emails.Send does.
	Send(ctx context.Context, message domain.EmailMessage) error
	// SigningKeys returns every signing key, as SigningKeys.List does.
	SigningKeys(ctx context.Context) (domain.SigningKeys, error)
	// Keys runs fn in a unit of work that can change the deployment's signing keys. org is the one whose audit log records
	// it; it is empty if nothing is recorded. Such units of work run one after another, so that the keys that fn lists
	// stay as they are until it ends.
	Keys(ctx context.Context, org domain.OrgID, fn func(SigningKeys, OrgTx) error) error
	// Unsealed returns at most limit orgs with events that wait for a seal, in the order of their ids, starting after the
	// id after.
	Unsealed(ctx context.Context, after domain.OrgID, limit int) ([]domain.OrgID, error)
	// RemovingInactive returns at most limit orgs that remove inactive accounts, in the order of their ids, starting after
	// the id after.
	RemovingInactive(ctx context.Context, after domain.OrgID, limit int) ([]domain.OrgID, error)
	// AuditAges returns at most limit orgs that keep their events for a limited time, in the order of their ids, starting
	// after the id after.
	AuditAges(ctx context.Context, after domain.OrgID, limit int) ([]domain.AuditAge, error)
	// PartitionAudit prepares the storage of the audit events of the next months, and releases that of past months whose
	// events have all been removed. It returns how many months it released.
	PartitionAudit(ctx context.Context) (released int, err error)
	// Sweep removes expired rows, such as old counters and sessions that ended long ago, and returns how many.
	Sweep(ctx context.Context, now time.Time) (int, error)
	// DropOneTimeTokens removes every unfinished sign-in, step-up and offer of a first run from the database and returns how many.
	DropOneTimeTokens(ctx context.Context) (int, error)
	// Authenticators returns at most limit live authenticators of the kind from all orgs, in the order of their orgs and
	// ids, starting after the given one; the zero value is before the first.
	Authenticators(ctx context.Context, kind domain.FactorKind, after OrgAuthenticator, limit int) ([]OrgAuthenticator, error)
	// DueWebhooks returns at most limit webhooks of all orgs with deliveries that are due and that nobody has claimed.
	DueWebhooks(ctx context.Context, now time.Time, limit int) ([]OrgWebhook, error)
	// Sealed returns the access to every secret that is encrypted at rest, of all orgs.
	Sealed() Sealed
}

// OrgAuthenticator is an authenticator with the org of its account.
type OrgAuthenticator struct {
	Org           domain.OrgID
	Authenticator domain.Authenticator
}
