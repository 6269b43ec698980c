package operations

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// LoadSigningKeys reads the keys that sign and verify.
type LoadSigningKeys struct {
	Store port.Store
	Box   port.SecretBox
	Clock port.Clock
}

// LoadedKey is a key in use and, where it can be read, the private half from the database.
type LoadedKey struct {
	domain.SigningKey
	PrivatePEM domain.Secret
	Unreadable bool // SECRET_KEY does not open it any more
}

// Execute stores the public half of the configured key at its first use, so that its tokens can be
// verified by every process, and after the key was replaced. Otherwise it only reads. Retired keys
// are left out. The configured key is among the returned ones unless it is retired.
func (uc LoadSigningKeys) Execute(ctx context.Context, configured domain.SigningKey) ([]LoadedKey, error) {
	keys, err := uc.Store.Platform().SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(keys, func(k domain.SigningKey) bool { return k.ID == configured.ID }) {
		now := uc.Clock()
		configured.CreatedAt, configured.SignsFrom = now, now
		err := uc.Store.Platform().Keys(ctx, "", func(stored port.SigningKeys, _ port.OrgTx) (err error) {
			if _, err = stored.Insert(ctx, configured); err != nil {
				return err
			}
			keys, err = stored.List(ctx)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return uc.open(keys), nil
}

// Read is Execute without storing anything.
func (uc LoadSigningKeys) Read(ctx context.Context) ([]LoadedKey, error) {
	keys, err := uc.Store.Platform().SigningKeys(ctx)
	return uc.open(keys), err
}

func (uc LoadSigningKeys) open(keys domain.SigningKeys) (loaded []LoadedKey) {
	for _, key := range keys {
		if !key.RetiredAt.IsZero() {
			continue
		}
		l := LoadedKey{SigningKey: key}
		if key.Private != "" {
			private, err := uc.Box.Open(key.Private, port.SigningKeyPlace(key.ID))
			l.PrivatePEM, l.Unreadable = private, err != nil
		}
		loaded = append(loaded, l)
	}
	return loaded
}
