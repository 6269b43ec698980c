package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// ServiceAccounts stores the service accounts of the org.
type ServiceAccounts interface {
	// Get returns a service account with its roles, or domain.ErrNotFound.
	Get(ctx context.Context, id domain.ServiceAccountID) (domain.ServiceAccount, error)
	// Lock is Get, and locks the account until the unit of work ends.
	Lock(ctx context.Context, id domain.ServiceAccountID) (domain.ServiceAccount, error)
	// Standing returns, in one round trip, everything that the policy needs to know about a service account, without a key
	// (see domain.ServicePrincipal). It returns domain.ErrNotFound for an unknown account.
	Standing(ctx context.Context, id domain.ServiceAccountID) (domain.Principal, error)
	// Insert adds an account with its roles. It must return domain.ErrServiceAccountTaken if another one has the name,
	// whatever its letter case.
	Insert(ctx context.Context, account domain.ServiceAccount) error
	// Update stores an account with its roles, and increments the version. It must return domain.ErrStale for an account
	// that was read before another update, and domain.ErrServiceAccountTaken for a name in use.
	Update(ctx context.Context, account domain.ServiceAccount) error
	// Remove removes an account with its roles and keys. The audit log keeps its id.
	Remove(ctx context.Context, id domain.ServiceAccountID) error
	// List returns at most limit accounts with their roles, in the order of their ids, starting after the id after.
	List(ctx context.Context, after domain.ServiceAccountID, limit int) ([]domain.ServiceAccount, error)
	// Count returns how many the org has.
	Count(ctx context.Context) (int, error)
}

// APIKeys stores the keys of the service accounts of the org.
type APIKeys interface {
	Insert(ctx context.Context, key domain.APIKey) error
	// Of returns the keys of an account, newest first, also the expired ones.
	Of(ctx context.Context, account domain.ServiceAccountID) ([]domain.APIKey, error)
	// Get returns a key of the account, or domain.ErrNotFound.
	Get(ctx context.Context, account domain.ServiceAccountID, id domain.APIKeyID) (domain.APIKey, error)
	// Remove removes a key. Tokens that were issued for it end with it.
	Remove(ctx context.Context, id domain.APIKeyID) error
	// Touch stores at as LastUsedAt if it is later than the stored time.
	Touch(ctx context.Context, id domain.APIKeyID, at time.Time) error
	// RevokeToken makes KeyPrincipal refuse the access token with the id (jti) until it expires. It returns false for a token that
	// was revoked before, also by a parallel call.
	RevokeToken(ctx context.Context, token string, expires time.Time) (bool, error)
}

// KeyRef names an API key by the hash of its secret, or by its id in an access token that was issued for it.
type KeyRef struct {
	Hash  domain.TokenHash // empty: ID and Token
	ID    domain.APIKeyID
	Token string // jti of the access token
}

// APIKeyTokens creates and reads the secrets of API keys.
type APIKeyTokens interface {
	// New returns the secret of a new key of org: sole_sk_<base62>_<6 base62 of CRC-32>.
	New(org domain.OrgID) domain.OpaqueToken
	// Parse must return domain.ErrUnauthenticated for text that New cannot have returned, without asking any storage.
	Parse(key domain.Secret) (domain.OpaqueToken, error)
}
