package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// Sealed reaches the secrets that are sealed at rest and can replace one by itself sealed
// anew. It never opens one.
type Sealed interface {
	// Kinds lists where sealed secrets stand, in the order they are to be sealed anew: what
	// may move from one kind to another comes first.
	Kinds() []SealedKind
	// Count counts the sealed secrets of all orgs by kind and key, in one question.
	Count(ctx context.Context) ([]SealedCount, error)
	// After lists at most limit secrets of a kind in the order of their rows, over all orgs,
	// from the one that follows after on; the zero value is before the first.
	After(ctx context.Context, kind SealedKind, after SealedValue, limit int) ([]SealedValue, error)
	// Replace stores secrets of one kind sealed anew and says how many. What is no longer as it
	// was read must be left alone. Each org's part is a unit of its own, so after an error
	// some may be stored.
	Replace(ctx context.Context, resealed []Resealed) (int, error)

	// Canary is the sealed constant of that name; empty when none is kept yet.
	Canary(ctx context.Context, name string) (domain.SealedSecret, error)
	// KeepCanary stores the first one and returns the one that is kept: of parallel calls one
	// must win, and all get what it stored.
	KeepCanary(ctx context.Context, name string, sealed domain.SealedSecret) (domain.SealedSecret, error)
	// ReplaceCanary swaps old for another. One that is no longer old must be left alone.
	ReplaceCanary(ctx context.Context, name string, old, replacement domain.SealedSecret) error
}

// SealedKind is one place where sealed secrets stand, in words for the operator.
type SealedKind string

// The kinds of sealed secrets.
const (
	SealedPending        SealedKind = "pending authenticators"
	SealedAuthenticators SealedKind = "authenticators"
	SealedSigningKeys    SealedKind = "signing keys"
)

// SealedCount is how many secrets of a kind name one key. KeyID is empty for those that name none.
type SealedCount struct {
	Kind   SealedKind
	KeyID  string
	Values int
}

// SealedValue is one sealed secret in its row: Org is empty for what belongs to no org.
type SealedValue struct {
	Kind   SealedKind
	Org    domain.OrgID
	ID     string
	Place  Place
	Sealed domain.SealedSecret
}

// Resealed is a value as it was read, and the same secret sealed anew.
type Resealed struct {
	Value  SealedValue
	Sealed domain.SealedSecret
}
