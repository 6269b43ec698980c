package bootstrap

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

const (
	keysInterval = 2 * time.Second // how long a replica may lag behind a rotation
	keysPause    = time.Second     // after a search for an unknown key, however often one is named
	keysTimeout  = 2 * time.Second
)

// signingKeys keeps the ring of this process in step with the database.
type signingKeys struct {
	load       platform.LoadSigningKeys
	ring       *jose.Keys
	configured domain.SigningKey
	private    *rsa.PrivateKey
	logger     *slog.Logger

	mu     sync.Mutex
	known  []platform.LoadedKey
	looked time.Time
}

// configuredKey loads the pair and makes sure that its halves match.
func configuredKey(c Config) (domain.SigningKey, *rsa.PrivateKey, error) {
	none := domain.SigningKey{}
	private, err := jose.LoadPrivateKey([]byte(c.PrivateKeyPEM))
	if err != nil {
		return none, nil, fmt.Errorf("JWT_PRIVATE_KEY: %w", err)
	}
	if c.PublicKeyPEM != "" {
		public, err := jose.LoadPublicKey([]byte(c.PublicKeyPEM))
		if err != nil {
			return none, nil, fmt.Errorf("JWT_PUBLIC_KEY: %w", err)
		}
		if !public.Equal(&private.PublicKey) {
			return none, nil, errors.New("JWT_PUBLIC_KEY: it is not the public half of JWT_PRIVATE_KEY; leave it out or give the matching one")
		}
	}
	id, err := jose.KeyID(&private.PublicKey)
	if err != nil {
		return none, nil, err
	}
	pem, err := jose.EncodePublicKey(&private.PublicKey)
	return domain.SigningKey{ID: domain.KeyID(id), Source: domain.KeyConfigured, PublicPEM: string(pem)}, private, err
}

// openKeys makes a ring of the configured key; the others join it when the database is asked.
func (app *App) openKeys() (err error) {
	k := &signingKeys{load: platform.LoadSigningKeys{Store: app.Store, Box: app.SecretKeys, Clock: app.clock}, logger: app.Logger}
	if k.configured, k.private, err = configuredKey(app.Config); err != nil {
		return err
	}
	if k.ring, err = jose.NewKeys(k.private); err != nil {
		return err
	}
	k.ring.Missing = k.search
	app.keys = k
	return nil
}

// run follows the database until ctx ends.
func (k *signingKeys) run(ctx context.Context) {
	for pause(ctx, keysInterval) == nil {
		if err := k.refresh(ctx); err != nil && ctx.Err() == nil {
			k.logger.DebugContext(ctx, "the signing keys could not be read", slog.Any("error", err))
		}
	}
}

// search looks once for a key that another replica may have made, for all who miss one. Who
// waited for an answer, however slow, takes it and asks for none of his own.
func (k *signingKeys) search() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.looked) < keysPause {
		return
	}
	defer func() { k.looked = time.Now() }()
	ctx, cancel := context.WithTimeout(context.Background(), keysTimeout)
	defer cancel()
	if err := k.exchange(ctx); err != nil {
		k.logger.WarnContext(ctx, "the signing keys could not be read", slog.Any("error", err))
	}
}

// refresh reads the keys and, when they are others than before, exchanges the ring.
func (k *signingKeys) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, keysTimeout)
	defer cancel()
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.exchange(ctx)
}

func (k *signingKeys) exchange(ctx context.Context) error {
	loaded, err := k.load.Execute(ctx, k.configured)
	if err != nil {
		return err
	}
	same := func(a, b platform.LoadedKey) bool { return a.SigningKey == b.SigningKey }
	if slices.EqualFunc(k.known, loaded, same) {
		return nil
	}
	if err := k.ring.Exchange(k.keys(ctx, loaded)); err != nil {
		return err
	}
	k.known = loaded
	return nil
}

// keys are the loaded ones as the ring takes them. Without any that signs the configured
// key does, even if it was retired: a service that signs nothing would help nobody.
func (k *signingKeys) keys(ctx context.Context, loaded []platform.LoadedKey) (keys []jose.Key) {
	signs := false
	for _, l := range loaded {
		key, err := k.key(l)
		if err != nil {
			k.logger.WarnContext(ctx, "a signing key cannot be used", slog.String("kid", string(l.ID)), slog.Any("error", err))
		}
		if key.Public != nil {
			keys = append(keys, key)
		}
		signs = signs || key.Private != nil
	}
	if !signs {
		keys = append(keys, jose.Key{Public: &k.private.PublicKey, Private: k.private})
	}
	return keys
}

func (k *signingKeys) key(l platform.LoadedKey) (key jose.Key, err error) {
	if key.Public, err = jose.LoadPublicKey([]byte(l.PublicPEM)); err != nil {
		return key, err
	}
	key.SignsFrom = l.SignsFrom
	switch {
	case l.ID == k.configured.ID:
		key.Private = k.private
	case l.Unreadable:
		return key, errors.New("it verifies, but SECRET_KEY does not open its private half: put the earlier SECRET_KEY into SECRET_KEY_FALLBACKS, or run `sole keys rotate`")
	case !l.PrivatePEM.IsZero():
		key.Private, err = jose.LoadPrivateKey([]byte(l.PrivatePEM.Reveal()))
	}
	return key, err
}
