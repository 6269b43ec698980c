package bootstrap

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// devDefaults are the defaults of `sole dev`; the configuration overrides them.
var devDefaults = map[string]string{
	"HOST":                  "127.0.0.1",
	"PROXIES_COUNT":         "0",
	"RATE_LIMIT_PER_MINUTE": "600",
	"LOG_FORMAT":            "text",
	"DEFAULT_ORG_NAME":      "Acme",
	"DEFAULT_ORG_SLUG":      "acme",
	"SEED_ADMIN_EMAIL":      "owner@example.org",
}

// Dev implements cli.Program.
func (p program) Dev(ctx context.Context, o cli.Options, started func(cli.Started)) (err error) {
	app, err := create(ctx, o, p.err, devDefaults)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if app.Config.Production {
		return errors.New("sole dev is not for production: use `sole serve`")
	}
	if err := app.lockFile(); err != nil {
		return err
	}
	// Listen first: nothing may fail between creating the owner and showing the password.
	listener, err := app.Config.Listen(ctx)
	if err != nil {
		return err
	}
	if err := app.listenForOperators(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	if _, err := app.Store.Migrate(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	seeded, err := app.seed(ctx, false)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	address := app.Config.localURL(listener.Addr())
	seeded.FirstRun, err = app.firstRun(ctx, address)
	started(app.started(address, seeded)) // also after an error: the password is shown only once
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return app.Run(ctx, listener)
}

// localURL returns the URL of the service on this machine. It has the host of PUBLIC_URL, such as localhost, where the
// listener can be reached by that name: browsers have no passkeys on a page whose host is an address.
func (c Config) localURL(listening net.Addr) string {
	at, ok := listening.(*net.TCPAddr)
	if host := hostOf(c.PublicURL); ok && isLocalhost(host) &&
		(at.IP.IsUnspecified() || at.IP.Equal(net.IPv4(127, 0, 0, 1)) || at.IP.Equal(net.IPv6loopback)) {
		return "http://" + net.JoinHostPort(host, strconv.Itoa(at.Port))
	}
	return "http://" + listening.String()
}

func (app *App) started(address string, seeded cli.Seeded) cli.Started {
	c := app.Config
	executable, err := os.Executable()
	if err != nil {
		executable = "sole"
	}
	_, _, file := c.file()
	s := cli.Started{
		URL: address, Program: executable, DataDir: c.DataDir, FileKept: file,
		Owner: c.SeedEmail, Password: seeded.Password, Fresh: seeded.OwnerCreated, Configured: !c.SeedPassword.IsZero(),
		Pages: c.Pages, FirstRun: seeded.FirstRun,
	}
	if seeded.ClaimedBy != "" {
		s.Owner, s.Claimed = string(seeded.ClaimedBy), true
	}
	if c.MultiTenant {
		s.OrgSlug = c.DefaultOrgSlug
	}
	return s
}

// Serve implements cli.Program.
func (p program) Serve(ctx context.Context, o cli.Options, migrate bool, seeded func(cli.Seeded)) (err error) {
	began := time.Now()
	app, err := create(ctx, o, p.out, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if migrate {
		if err := app.migrateWhenReachable(ctx); err != nil {
			return err
		}
	}
	if err := app.prepare(ctx); err != nil {
		return err
	}
	listener, err := app.Config.Listen(ctx)
	if err != nil {
		return err
	}
	if err := app.listenForOperators(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := app.seedFirst(ctx, seeded); err != nil {
		return errors.Join(err, listener.Close())
	}
	go app.rereadLevel(ctx, Source{EnvFile: o.EnvFile})
	app.Logger.InfoContext(ctx, "listening", slog.String("version", built().Version), slog.String("address", listener.Addr().String()),
		slog.String("public_url", app.Config.PublicURL), slog.Float64("started_in_ms", float64(time.Since(began).Microseconds())/1000))
	app.reportUploads(ctx)
	return app.Run(ctx, listener)
}

// reportUploads logs an error if files cannot be stored. Everything else works then, so the service serves.
func (app *App) reportUploads(ctx context.Context) {
	for _, check := range app.fileChecks() {
		if err := check.Ask(ctx); err != nil {
			app.Logger.ErrorContext(ctx, "uploaded files cannot be stored", slog.Any("error", err))
		}
	}
}

// databaseRetry is how long a start waits before it tries an unreachable database again.
const databaseRetry = 2 * time.Second

// migrateWhenReachable waits for the database and applies the pending migrations.
func (app *App) migrateWhenReachable(ctx context.Context) error {
	for level := slog.LevelWarn; ; level = slog.LevelDebug {
		applied, err := app.Store.Migrate(ctx)
		for _, m := range applied {
			app.Logger.InfoContext(ctx, "migration applied", slog.String("migration", m.Name))
		}
		if !errors.Is(err, domain.ErrUnavailable) || errors.Is(err, port.ErrDatabaseRefused) {
			return err
		}
		app.Logger.Log(ctx, level, "the database does not answer; it will be migrated when it does", slog.Any("error", err))
		if err := pause(ctx, databaseRetry); err != nil {
			return err
		}
	}
}

// seedFirst seeds an empty database if SEED_ADMIN_EMAIL names the owner. It calls seeded with what was created and with the
// link of the first run. Without both it warns that nobody can sign in. While the database is unreachable it retries in the
// background.
func (app *App) seedFirst(ctx context.Context, seeded func(cli.Seeded)) error {
	err := app.seedEmpty(ctx, seeded)
	if !errors.Is(err, domain.ErrUnavailable) {
		return err
	}
	go func() {
		for errors.Is(err, domain.ErrUnavailable) && pause(ctx, databaseRetry) == nil {
			err = app.seedEmpty(ctx, seeded)
		}
		if err != nil && ctx.Err() == nil {
			app.Logger.ErrorContext(ctx, "the default org could not be created: run `sole seed`", slog.Any("error", err))
		}
	}()
	return nil
}

func (app *App) seedEmpty(ctx context.Context, seeded func(cli.Seeded)) error {
	var result cli.Seeded
	empty, err := app.Seed.Due(ctx, app.Config.DefaultOrgID)
	switch {
	case err != nil:
		return err
	case empty && app.Config.SeedEmail != "":
		result, err = app.seed(ctx, true)
	case empty && !app.Config.Pages:
		app.Logger.WarnContext(ctx,
			"there is no account yet, so nobody can sign in: set SEED_ADMIN_EMAIL and start again, or run `sole seed`")
	}
	if err != nil {
		return err
	}
	if result.FirstRun, err = app.firstRun(ctx, app.Config.PublicURL); !result.FirstRun.IsZero() {
		app.Logger.WarnContext(ctx, "nobody has signed in yet: the link to become the first owner was written to standard error")
	}
	seeded(result) // also after an error: a password is shown only once
	return err
}

// firstRun returns a link with which a person becomes the first owner. It is zero if one is already, or if there are no pages.
func (app *App) firstRun(ctx context.Context, address string) (domain.Secret, error) {
	c := app.Config
	if !c.Pages {
		return domain.Secret{}, nil
	}
	org := platform.SeedInput{OrgID: c.DefaultOrgID, OrgName: c.DefaultOrgName, OrgSlug: c.DefaultOrgSlug}
	token, err := app.OfferFirstRun.Execute(ctx, org)
	if err != nil || token.IsZero() {
		return domain.Secret{}, err
	}
	return domain.NewSecret(address + "/first-run?token=" + token.Reveal()), nil
}

// Seed implements cli.Program.
func (p program) Seed(ctx context.Context, o cli.Options) (seeded cli.Seeded, err error) {
	switch config, err := Load(Source{EnvFile: o.EnvFile, ReadOnly: true}); {
	case err != nil:
		return seeded, err
	case config.SeedEmail == "":
		return seeded, errors.New("set SEED_ADMIN_EMAIL to the first owner's address")
	}
	app, err := create(ctx, o, p.err, nil)
	if err != nil {
		return seeded, err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if _, _, file := app.Config.file(); file {
		if _, err := app.Store.Migrate(ctx); err != nil {
			return seeded, err
		}
	}
	if seeded, err = app.seed(ctx, true); err == nil {
		seeded.FirstRun, err = app.firstRun(ctx, app.Config.PublicURL)
	}
	return seeded, err
}

// seed creates the default org and its owner. Without a configured password it generates one.
func (app *App) seed(ctx context.Context, temporary bool) (seeded cli.Seeded, err error) {
	c, password, generated := app.Config, app.Config.SeedPassword, app.Config.SeedPassword.IsZero()
	seeded = cli.Seeded{OrgID: c.DefaultOrgID, OrgName: c.DefaultOrgName, Owner: c.SeedEmail}
	if generated {
		password = newTemporaryPassword()
		seeded.Password = password
	} else {
		temporary = false
	}
	seeded.SeedResult, err = app.Seed.Execute(ctx, platform.SeedInput{
		OrgID: c.DefaultOrgID, OrgName: c.DefaultOrgName, OrgSlug: c.DefaultOrgSlug,
		Email: c.SeedEmail, FullName: c.SeedFullName, Password: password, Temporary: temporary, Generated: generated,
	})
	return seeded, err
}

// newTemporaryPassword implements port.NewTemporaryPassword: 20 characters of base32.
func newTemporaryPassword() domain.Secret {
	return domain.NewSecret(strings.ToLower(rand.Text()[:20]))
}
