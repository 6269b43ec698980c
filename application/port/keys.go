package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// SigningKeys keeps the deployment's signing keys, which belong to no org.
type SigningKeys interface {
	// List gives every key, retired ones too, oldest first.
	List(ctx context.Context) (domain.SigningKeys, error)
	// Insert adds a key; one that is there already stays as it is, which is false.
	Insert(ctx context.Context, key domain.SigningKey) (bool, error)
	// Retire must refuse a key that is not there, or retired, with domain.ErrNotFound.
	Retire(ctx context.Context, id domain.KeyID, now time.Time) error
}

// KeyMaker makes signing keys.
type KeyMaker interface {
	// New makes an RSA key of that many bits, both halves in PEM.
	New(bits int) (id domain.KeyID, publicPEM string, privatePEM domain.Secret, err error)
}

// SigningKeyPlace is where the private half of a signing key stands.
func SigningKeyPlace(id domain.KeyID) Place { return Place{Purpose: "signing-key:" + string(id)} }
