package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// SigningKeys stores the deployment's signing keys, which belong to no org.
type SigningKeys interface {
	// List returns every key, including retired ones, oldest first.
	List(ctx context.Context) (domain.SigningKeys, error)
	// Insert adds a key and returns true. A key that exists already stays unchanged, and Insert returns false.
	Insert(ctx context.Context, key domain.SigningKey) (bool, error)
	// Retire ends the use of a key. It must return domain.ErrNotFound for a key that is unknown or already retired.
	Retire(ctx context.Context, id domain.KeyID, now time.Time) error
}

// KeyMaker creates signing keys.
type KeyMaker interface {
	// New returns a new key for the algorithm. Bits is the size of an RSA key, or zero for the default size. For other keys, which
	// have one size, any number but zero is an error.
	New(algorithm domain.SigningAlgorithm, bits int) (NewKey, error)
	// Bits returns the size of the RSA key with this public half, or zero for another kind of key.
	Bits(publicPEM string) (int, error)
}

// NewKey is a signing key with both halves in PEM.
type NewKey struct {
	ID         domain.KeyID
	PublicPEM  string
	PrivatePEM domain.Secret
}
