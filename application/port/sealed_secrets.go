package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// Sealed lists the secrets that are encrypted at rest, and replaces their ciphertext. It never decrypts one.
type Sealed interface {
	// Kinds lists the kinds of sealed secrets in the order in which they have to be encrypted again: a kind from which
	// secrets move to another comes before it.
	Kinds() []SealedKind
	// Count counts the sealed secrets of all orgs by kind and key, in one query.
	Count(ctx context.Context) ([]SealedCount, error)
	// After returns at most limit secrets of a kind from all orgs, in the order of their rows, starting after the secret
	// after; the zero value is before the first.
	After(ctx context.Context, kind SealedKind, after SealedValue, limit int) ([]SealedValue, error)
	// Replace stores the new ciphertexts of secrets of one kind and returns how many it stored. It must not change a
	// secret that has changed since it was read. Each org has its own unit of work, so some may be stored when Replace
	// returns an error.
	Replace(ctx context.Context, resealed []Resealed) (int, error)

	// Canary returns the sealed constant of that name, or an empty one if none is stored yet.
	Canary(ctx context.Context, name string) (domain.SealedSecret, error)
	// AddCanary stores the constant if none is stored yet, and returns the stored one. All of several parallel calls must
	// return the same.
	AddCanary(ctx context.Context, name string, sealed domain.SealedSecret) (domain.SealedSecret, error)
	// ReplaceCanary replaces old. It must change nothing if the stored constant is no longer old.
	ReplaceCanary(ctx context.Context, name string, old, replacement domain.SealedSecret) error
}

// SealedKind names one kind of sealed secret, in words for the operator.
type SealedKind string

// The kinds of sealed secrets.
const (
	SealedImports        SealedKind = "authenticators of pending imports"
	SealedPending        SealedKind = "pending authenticators"
	SealedAuthenticators SealedKind = "authenticators"
	SealedSigningKeys    SealedKind = "signing keys"
	SealedWebhooks       SealedKind = "webhook secrets"
	SealedOldWebhooks    SealedKind = "replaced webhook secrets"
)

// SealedCount is how many secrets of a kind were sealed with one key. KeyID is empty for secrets that do not name their key.
type SealedCount struct {
	Kind   SealedKind
	KeyID  string
	Values int
}

// SealedValue is one sealed secret in its row. Org is empty for a secret that belongs to no org.
type SealedValue struct {
	Kind   SealedKind
	Org    domain.OrgID
	ID     string
	Place  Place
	Sealed domain.SealedSecret
}

// Resealed is a value as it was read, and the new ciphertext of the same secret.
type Resealed struct {
	Value  SealedValue
	Sealed domain.SealedSecret
}
