package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// PrincipalRef is how a request names its principal: by a session, or by an API key.
type PrincipalRef struct {
	Session domain.SessionID
	Key     KeyRef // zero: the session
}

// FoundPrincipal is a principal, or the error with which it was not found.
type FoundPrincipal struct {
	Principal domain.Principal
	Err       error
}

// Store stores everything that must not be lost. It runs units of work. In a unit of work exactly one org is visible: the
// data of other orgs does not exist in it.
//
// If fn returns an error, the unit of work must be rolled back and must return that error unchanged. fn can run more than
// once, so it only uses its OrgTx and variables that it assigns itself. Units of work are not nested, and nothing slow
// (hashing, signing, sending) is done in one. If the database is unreachable every method must return
// domain.ErrUnavailable.
type Store interface {
	// InOrg runs fn in a unit of work on org. It returns domain.ErrOrgNotFound for an empty or malformed org id.
	InOrg(ctx context.Context, org domain.OrgID, fn func(OrgTx) error) error
	// ReadOrg is InOrg for reading. Writes in it must fail.
	ReadOrg(ctx context.Context, org domain.OrgID, fn func(OrgTx) error) error
	// Principal returns, in one round trip and without writing, everything that a request with a session needs. The
	// password hash, the last suspension, sealed secrets and refresh tokens are left empty. It returns
	// domain.ErrTokenRevoked for a session that does not exist in org.
	Principal(ctx context.Context, org domain.OrgID, session domain.SessionID) (domain.Principal, error)
	// KeyPrincipal returns, in one round trip and without writing, everything that a request with an API key, or with an
	// access token that was issued for one, needs (see domain.ServicePrincipal). It returns domain.ErrUnauthenticated for an
	// unknown hash, and domain.ErrTokenRevoked for an unknown id and a revoked token.
	KeyPrincipal(ctx context.Context, org domain.OrgID, key KeyRef) (domain.Principal, error)
	// TwoPrincipals returns what Principal or KeyPrincipal returns for each of two principals of org, in one round trip. Its
	// own error means that neither was read.
	TwoPrincipals(ctx context.Context, org domain.OrgID, refs [2]PrincipalRef) ([2]FoundPrincipal, error)
	// Platform returns the operations that concern several orgs or none.
	Platform() Platform
}

// OrgTx is a unit of work on one org. Its repositories share one transaction.
type OrgTx interface {
	Org() Orgs
	Users() Users
	Roles() Roles
	Sessions() Sessions
	Authenticators() Authenticators
	RecoveryCodes() RecoveryCodes
	Devices() Devices
	ServiceAccounts() ServiceAccounts
	APIKeys() APIKeys
	Webhooks() Webhooks
	Deliveries() Deliveries
	Attempts() Attempts
	Links() Links
	EmailChanges() EmailChanges
	Emails() Emails
	Imports() Imports
	Files() Files
	Jobs() Jobs
	Audit() Audit
	AuditSeals() AuditSeals
	ImpactCounts() ImpactCounts
	Names() Names
}
