package bootstrap

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	keysInterval = 2 * time.Second // how long a replica may lag behind a rotation
	keysPause    = time.Second     // between two searches for unknown keys
	keysTimeout  = 2 * time.Second
)

// signingKeys updates the ring of this process from the database.
type signingKeys struct {
	load       operations.LoadSigningKeys
	ring       *jose.Keys
	configured domain.SigningKey
	private    crypto.Signer
	logger     *slog.Logger

	mu       sync.Mutex
	known    []operations.LoadedKey
	searched time.Time
}

// configuredKey loads the configured key pair. It returns an error if the two keys do not match, or are not for the
// configured algorithm.
func configuredKey(c Config) (domain.SigningKey, crypto.Signer, error) {
	none := domain.SigningKey{}
	private, err := jose.LoadPrivateKey([]byte(c.PrivateKeyPEM))
	if err != nil {
		return none, nil, fmt.Errorf("JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_PATH: %w", err)
	}
	algorithm, err := jose.Algorithm(private.Public())
	if err != nil {
		return none, nil, err
	}
	if algorithm != c.Algorithm {
		return none, nil, fmt.Errorf("JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_PATH: the key is for %s, but JWT_ALGORITHM is %s: "+
			"write JWT_ALGORITHM=%s, or give a key for %s: %s", algorithm, c.Algorithm, algorithm, c.Algorithm, jose.Advice(c.Algorithm))
	}
	id, err := jose.KeyID(private.Public())
	if err != nil {
		return none, nil, err
	}
	if c.PublicKeyPEM != "" {
		public, err := jose.LoadPublicKey([]byte(c.PublicKeyPEM))
		if err != nil {
			return none, nil, fmt.Errorf("JWT_PUBLIC_KEY or JWT_PUBLIC_KEY_PATH: %w", err)
		}
		if other, err := jose.KeyID(public); err != nil || other != id {
			return none, nil, errors.New("JWT_PUBLIC_KEY: it is not the public key of JWT_PRIVATE_KEY: leave it out or write the matching one")
		}
	}
	pem, err := jose.EncodePublicKey(private.Public())
	key := domain.SigningKey{ID: domain.KeyID(id), Source: domain.KeyConfigured, Algorithm: algorithm, PublicPEM: string(pem)}
	return key, private, err
}

// openKeys creates a ring with the configured key. The others are added when the database is read.
func (app *App) openKeys() (err error) {
	k := &signingKeys{load: operations.LoadSigningKeys{Store: app.Store, Box: app.SecretKeys, Clock: app.clock}, logger: app.Logger}
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

// run refreshes the keys at intervals until ctx ends.
func (k *signingKeys) run(ctx context.Context) {
	for pause(ctx, keysInterval) == nil {
		if err := k.refresh(ctx); err != nil && ctx.Err() == nil {
			k.logger.DebugContext(ctx, "the signing keys could not be read", slog.Any("error", err))
		}
	}
}

// search reads the keys because one is missing that another replica may have created. Callers that waited while another
// search ran do not start one.
func (k *signingKeys) search() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.searched) < keysPause {
		return
	}
	defer func() { k.searched = time.Now() }()
	ctx, cancel := context.WithTimeout(context.Background(), keysTimeout)
	defer cancel()
	if err := k.exchange(ctx); err != nil {
		k.logger.WarnContext(ctx, "the signing keys could not be read", slog.Any("error", err))
	}
}

// refresh reads the keys and, if they have changed, replaces the ring.
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
	same := func(a, b operations.LoadedKey) bool { return a.SigningKey == b.SigningKey }
	if slices.EqualFunc(k.known, loaded, same) {
		return nil
	}
	keys, live := k.keys(ctx, loaded)
	if err := k.ring.Exchange(keys); err != nil {
		return err
	}
	if !live {
		k.logger.WarnContext(ctx, retiredKeySigns, slog.String("kid", string(k.configured.ID)))
	}
	k.known = loaded
	return nil
}

// retiredKeySigns is logged and reported by doctor.
const retiredKeySigns = "the configured signing key was retired, but signs because there is no other for JWT_ALGORITHM; " +
	"processes with another JWT_ALGORITHM refuse its tokens: run `sole keys rotate` with the settings of this process"

// keys returns the loaded keys for the ring, and whether one of them signs with the configured algorithm. If none does, the
// configured key signs, even if it was retired, because otherwise nobody could sign in.
func (k *signingKeys) keys(ctx context.Context, loaded []operations.LoadedKey) (keys []jose.Key, signs bool) {
	for _, l := range loaded {
		key, err := k.key(l)
		if err != nil {
			k.logger.WarnContext(ctx, "a signing key cannot be used", slog.String("kid", string(l.ID)), slog.Any("error", err))
		}
		if key.Public != nil {
			keys = append(keys, key)
		}
		signs = signs || key.Private != nil && l.Algorithm == k.configured.Algorithm
	}
	if !signs {
		keys = append(keys, jose.Key{Public: k.private.Public(), Private: k.private})
	}
	return keys, signs
}

func (k *signingKeys) key(l operations.LoadedKey) (key jose.Key, err error) {
	if key.Public, err = jose.LoadPublicKey([]byte(l.PublicPEM)); err != nil {
		return key, err
	}
	key.SignsFrom = l.SignsFrom
	switch {
	case l.ID == k.configured.ID:
		key.Private = k.private
	case l.Unreadable:
		return key, errors.New("it verifies, but SECRET_KEY does not decrypt its private key: " +
			"put the earlier SECRET_KEY into SECRET_KEY_FALLBACKS, or run `sole keys rotate`")
	case !l.PrivatePEM.IsZero():
		key.Private, err = jose.LoadPrivateKey([]byte(l.PrivatePEM.Reveal()))
	}
	return key, err
}

// verifierCooldown is how long common verifiers wait before they fetch the key set again for an
// unknown kid: jose (and express-oauth2-jwt-bearer), Nimbus and Spring 30 seconds; jwks-rsa,
// go-oidc and PyJWT not at all.
const verifierCooldown = 30 * time.Second

// verifierLag is how long after a rotation a verifier may still lack the new key: the time until
// every replica has it, plus the age of a cached key set, plus the cooldown.
const verifierLag = keysInterval + http.KeySetAge + verifierCooldown

// sealKeys returns the public keys of all signing keys, including retired ones, as a JWKS.
func (app *App) sealKeys(ctx context.Context) ([]byte, error) {
	keys, err := app.publicKeys(ctx)
	if err != nil {
		return nil, err
	}
	return jose.EncodeKeySet(keys)
}

// sealVerifier returns a verifier of seals that trusts all signing keys, including retired ones.
func (app *App) sealVerifier(ctx context.Context) (port.SealVerifier, error) {
	keys, err := app.publicKeys(ctx)
	if err != nil {
		return nil, err
	}
	return jose.NewSealVerifier(keys)
}

// publicKeys returns the public keys of all signing keys, including retired ones.
func (app *App) publicKeys(ctx context.Context) ([]crypto.PublicKey, error) {
	keys := []crypto.PublicKey{app.keys.private.Public()}
	stored, err := app.Store.Platform().SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range stored {
		public, err := jose.LoadPublicKey([]byte(key.PublicPEM))
		if err != nil {
			return nil, fmt.Errorf("signing key %.8s: %w", key.ID, err)
		}
		if key.ID != app.keys.configured.ID {
			keys = append(keys, public)
		}
	}
	return keys, nil
}

// diagnose creates the ring like the service, but stores nothing.
func (k *signingKeys) diagnose(ctx context.Context) cli.Finding {
	failure := func(subject string, err error) cli.Finding {
		return cli.Finding{Level: cli.LevelFailure, Subject: subject, Text: cli.Reason(err)}
	}
	loaded, err := k.load.Read(ctx)
	if err != nil {
		return failure("signing keys", err)
	}
	for _, key := range loaded {
		if _, err := k.key(key); err != nil {
			return failure(fmt.Sprintf("signing key %.8s", key.ID), err)
		}
	}
	ring, live := k.keys(ctx, loaded)
	if err := k.ring.Exchange(ring); err != nil {
		return failure("signing keys", err)
	}
	if !live {
		stored, err := k.load.Store.Platform().SigningKeys(ctx)
		if err != nil {
			return failure("signing keys", err)
		}
		if slices.ContainsFunc(stored, func(s domain.SigningKey) bool { return s.ID == k.configured.ID }) {
			return failure("signing keys", errors.New(retiredKeySigns))
		}
	}
	text := fmt.Sprintf("%.8s signs with %s, %d verify", k.ring.Current(k.load.Clock()), k.configured.Algorithm, len(ring))
	return cli.Finding{Level: cli.LevelOK, Subject: "signing keys", Text: text}
}
