package bootstrap

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

// KeysRotate implements cli.Actions.
func (c commands) KeysRotate(ctx context.Context, o cli.Options, bits int, lead time.Duration) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		// The configured key is the older one, also where no service has written it down yet.
		if _, err := app.keys.load.Execute(ctx, app.keys.configured); err != nil {
			return err
		}
		key, err := app.rotation().Execute(ctx, bits, lead)
		if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrOrgNotFound) {
			return errors.New("the default org is not there yet: run `sole seed` first")
		}
		if err != nil {
			return err
		}
		c.say("made %s; it signs from %s", key.ID, key.SignsFrom.Format(time.RFC3339))
		if lead < verifierLag {
			c.say("warning: with a lead under %s verifiers may refuse valid tokens until they fetch the key set again", verifierLag)
		}
		c.say("the earlier key still verifies tokens: retire it when they have expired (see `sole keys list`)")
		return nil
	})
}

// verifierCooldown is how long common verifiers wait before they fetch the key set again for an
// unknown kid: jose (and express-oauth2-jwt-bearer), Nimbus and Spring 30 seconds; jwks-rsa,
// go-oidc and PyJWT not at all.
const verifierCooldown = 30 * time.Second

// verifierLag is how long after a rotation a verifier may still lack the new key: the time until
// every replica has it, plus the age of a cached key set, plus the cooldown.
const verifierLag = keysInterval + http.KeySetAge + verifierCooldown

func (app *App) rotation() platform.RotateSigningKey {
	return platform.RotateSigningKey{
		Store: app.Store, Maker: jose.Maker{}, Box: app.SecretKeys, Clock: app.clock, NewID: newID, Org: app.Config.DefaultOrgID,
	}
}

// KeysList implements cli.Actions.
func (c commands) KeysList(ctx context.Context, o cli.Options) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		keys, err := app.Store.Platform().SigningKeys(ctx)
		if err != nil {
			return err
		}
		c.say("%-43s  %-9s  %-10s  %-20s  %s", "KEY", "STATE", "SOURCE", "CREATED", "SIGNS FROM")
		for _, key := range keys {
			c.say("%-43s  %-9s  %-10s  %-20s  %s", key.ID, keys.At(key.ID, app.clock()), key.Source,
				key.CreatedAt.Format(time.RFC3339), key.SignsFrom.Format(time.RFC3339))
		}
		return nil
	})
}

// KeysRetire implements cli.Actions.
func (c commands) KeysRetire(ctx context.Context, o cli.Options, id string, force bool) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		err := app.retirement().Execute(ctx, domain.KeyID(id), force)
		if failure, ok := errors.AsType[*domain.Error](err); ok && failure.Code != domain.CodeUnavailable {
			return errors.New(failure.Message)
		}
		if err != nil {
			return err
		}
		c.say("retired %s: its tokens are refused within seconds", id)
		return nil
	})
}

func (app *App) retirement() platform.RetireSigningKey {
	return platform.RetireSigningKey{
		Store: app.Store, Clock: app.clock, NewID: newID, Org: app.Config.DefaultOrgID, Lifetime: app.Config.AccessTTL,
	}
}

// diagnoseKeys says the doctor's line about the signing keys and whether all is well. The
// ring is made as the service makes it, and nothing is written.
func (c commands) diagnoseKeys(ctx context.Context, app *App) bool {
	loaded, err := app.keys.load.Read(ctx)
	if err != nil {
		c.say("FAIL  signing keys: %v", err)
		return false
	}
	for _, key := range loaded {
		if _, err := app.keys.key(key); err != nil {
			c.say("FAIL  signing key %.8s: %v", key.ID, err)
			return false
		}
	}
	ring := app.keys.keys(ctx, loaded)
	if err := app.keys.ring.Exchange(ring); err != nil {
		c.say("FAIL  signing keys: %v", err)
		return false
	}
	c.say("ok    signing keys: %.8s signs, %d verify", app.keys.ring.Current(app.clock()), len(ring))
	return true
}
