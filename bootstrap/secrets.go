package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/platform"
)

// SecretsStatus implements cli.Actions.
func (c commands) SecretsStatus(ctx context.Context, o cli.Options) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		report, err := platform.SecretsStatus{Store: app.Store, Keys: app.SecretKeys}.Execute(ctx)
		if err != nil {
			return err
		}
		for _, key := range report.Keys {
			c.say("%-8.8s  %7d secrets  %s", key.ID, key.Values, keyName(key.Position))
		}
		for _, count := range report.Unknown {
			c.say("%-8.8s  %7d secrets  no configured key opens these %s", count.KeyID, count.Values, count.Kind)
		}
		c.say("canary    %s", describeCanary(report))
		switch {
		case report.Unreadable("") > 0:
			c.say("to do: %s", waysOut)
		case report.Due() > 0 || report.Canary == platform.CanaryFallback:
			c.say("to do: run `sole secrets reencrypt`")
		}
		return nil
	})
}

// keyName says where in the configuration a key stands.
func keyName(position int) string {
	if position == 0 {
		return "SECRET_KEY, the current one"
	}
	return fmt.Sprintf("SECRET_KEY_FALLBACKS, entry %d", position)
}

func describeCanary(report platform.SecretsReport) string {
	switch report.Canary {
	case platform.CanaryAbsent:
		return "none yet: the service makes it when it starts"
	case platform.CanaryUnreadable:
		return "no configured key opens it"
	default:
		return fmt.Sprintf("encrypted with %.8s", report.CanaryKey)
	}
}

// progressInterval is how often a long command says how far it is.
const progressInterval = time.Second

// SecretsReencrypt implements cli.Actions.
func (c commands) SecretsReencrypt(ctx context.Context, o cli.Options) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		said := app.clock()
		result, err := platform.Reencrypt{Store: app.Store, Keys: app.SecretKeys}.Execute(ctx, func(r platform.ReencryptResult) {
			if now := app.clock(); now.Sub(said) >= progressInterval {
				said = now
				c.say("%d of %d secrets looked at, %d moved", r.Looked, r.Total, r.Moved)
			}
		})
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("stopped after %d of %d secrets, %d moved: run `sole secrets reencrypt` again to go on", result.Looked, result.Total, result.Moved)
		}
		if err != nil {
			return err
		}
		c.say("%d of %d secrets looked at, %d moved to %s", result.Looked, result.Total, result.Moved, app.SecretKeys.KeyIDs()[0])
		return c.conclude(app, result)
	})
}

// conclude says what is left to do, which is a failure when it concerns secrets.
func (c commands) conclude(app *App, result platform.ReencryptResult) error {
	switch {
	case result.Unreadable > 0:
		return fmt.Errorf("%d secrets stay as they are, no configured key opens them where they stand: %s", result.Unreadable, waysOut)
	case result.Changed > 0:
		return fmt.Errorf("%d secrets were changed by others meanwhile: run `sole secrets reencrypt` again", result.Changed)
	}
	for i, id := range app.SecretKeys.KeyIDs() {
		if i > 0 && !slices.Contains(app.SecretKeys.KeyIDs()[:i], id) { // a key may be given twice
			c.say("next: `sole secrets retire %s` tells whether that key can go", id)
		}
	}
	return nil
}

// SecretsRetire implements cli.Actions.
func (c commands) SecretsRetire(ctx context.Context, o cli.Options, keyID string) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		use, err := platform.RetireKey{Store: app.Store, Keys: app.SecretKeys}.Execute(ctx, keyID)
		switch {
		case err != nil:
			return err
		case use.Known && use.Position == 0:
			return errors.New("this is the current key: put another into SECRET_KEY and this one into SECRET_KEY_FALLBACKS first")
		case use.Known && !use.Free():
			return fmt.Errorf("%d secrets%s still need this key: run `sole secrets reencrypt`", use.Values, andCanary(use))
		case use.Values > 0 || use.Canary:
			return fmt.Errorf("%d secrets%s still need this key, which is not configured: %s", use.Values, andCanary(use), waysOut)
		case !use.Known:
			return errors.New("no configured key has this id: see `sole secrets status`")
		}
		c.say("nothing needs %s any more: remove entry %d of SECRET_KEY_FALLBACKS, then restart every replica", keyID, use.Position)
		return nil
	})
}

func andCanary(use platform.KeyUse) string {
	if use.Canary {
		return " and the canary"
	}
	return ""
}
