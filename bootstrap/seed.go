package bootstrap

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

// Seed implements cli.Actions.
func (c commands) Seed(ctx context.Context, o cli.Options) (err error) {
	switch config, err := Load(Source{EnvFile: o.EnvFile, Untouched: true}); {
	case err != nil:
		return err
	case config.SeedEmail == "":
		return errors.New("set SEED_ADMIN_EMAIL to the first owner's address")
	}
	app, err := c.create(ctx, o, c.err, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if _, embedded := sqlitePath(app.Config.DatabaseURL); embedded {
		if _, err := app.Store.Migrate(ctx); err != nil {
			return err
		}
	}
	password, result, err := app.seed(ctx, true)
	if err != nil {
		return err
	}
	c.tellSeed(app.Config, password, result)
	return nil
}

// tellSeed prints what seeding created, and the temporary password, which is not shown again.
func (c commands) tellSeed(config Config, password domain.Secret, result platform.SeedResult) {
	if result.OrgCreated {
		c.say("created the org %s (%s)", config.DefaultOrgName, config.DefaultOrgID)
	}
	switch {
	case result.OwnerRenewed && config.SeedPassword.IsZero():
		c.say("the temporary password of %s had expired; the new one is %s", config.SeedEmail, password.Reveal())
	case result.OwnerRenewed:
		c.say("the temporary password of %s had expired; the one from SEED_ADMIN_PASSWORD replaces it", config.SeedEmail)
	case !result.OwnerCreated:
		c.say("%s already has an account; nothing changed", config.SeedEmail)
	case config.SeedPassword.IsZero():
		c.say("created the owner %s with the temporary password %s", config.SeedEmail, password.Reveal())
		c.say("it is shown only once and must be changed at the first sign-in")
	default:
		c.say("created the owner %s with the password from SEED_ADMIN_PASSWORD", config.SeedEmail)
	}
}

// seed creates the default org and its owner. Without a configured password it generates one.
func (app *App) seed(ctx context.Context, temporary bool) (domain.Secret, platform.SeedResult, error) {
	c, password := app.Config, app.Config.SeedPassword
	if password.IsZero() {
		password = newTemporaryPassword()
	} else {
		temporary = false
	}
	result, err := app.Seed.Execute(ctx, platform.SeedInput{
		OrgID: c.DefaultOrgID, OrgName: c.DefaultOrgName, OrgSlug: c.DefaultOrgSlug,
		Email: c.SeedEmail, FullName: c.SeedFullName, Password: password, Temporary: temporary,
	})
	return password, result, err
}

// newTemporaryPassword implements port.NewTemporaryPassword: 20 characters of base32.
func newTemporaryPassword() domain.Secret {
	return domain.NewSecret(strings.ToLower(rand.Text()[:20]))
}
