package bootstrap

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	nethttp "net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/migrations"
)

// commands implements the command line on the real service.
type commands struct{ out, err io.Writer }

var _ cli.Actions = commands{}

func (c commands) say(format string, args ...any) { _, _ = fmt.Fprintf(c.out, format+"\n", args...) }

// build loads the configuration and wires the service, logging to log.
func (c commands) build(o cli.Options, log io.Writer, defaults map[string]string) (*App, error) {
	config, err := Load(Source{EnvFile: o.EnvFile, Defaults: defaults})
	if err != nil {
		return nil, err
	}
	return Build(config, Environment{Log: log})
}

// Serve implements cli.Actions.
func (c commands) Serve(ctx context.Context, o cli.Options) (err error) {
	started := time.Now()
	app, err := c.build(o, c.out, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.prepare(ctx); err != nil {
		return err
	}
	listener, err := app.Config.Listen(ctx)
	if err != nil {
		return err
	}
	go app.rereadLevel(ctx, Source{EnvFile: o.EnvFile})
	app.Logger.InfoContext(ctx, "listening", slog.String("version", Version), slog.String("address", listener.Addr().String()),
		slog.String("public_url", app.Config.PublicURL), slog.Float64("started_in_ms", float64(time.Since(started).Microseconds())/1000))
	return app.Run(ctx, listener)
}

// MigrateUp implements cli.Actions.
func (c commands) MigrateUp(ctx context.Context, o cli.Options) error {
	return c.migrate(ctx, o, "applied", (*bunstore.Store).Migrate)
}

// MigrateDown implements cli.Actions.
func (c commands) MigrateDown(ctx context.Context, o cli.Options) error {
	return c.migrate(ctx, o, "undone", (*bunstore.Store).Rollback)
}

func (c commands) migrate(ctx context.Context, o cli.Options, done string, run func(*bunstore.Store, context.Context) ([]bunstore.Migration, error)) (err error) {
	app, err := c.build(o, c.err, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	moved, err := run(app.Store, ctx)
	if err != nil {
		return err
	}
	for _, m := range moved {
		c.say("%s %s", done, m.Name)
	}
	if len(moved) == 0 {
		c.say("nothing to do: the schema is up to date")
	}
	return nil
}

// MigrateStatus implements cli.Actions.
func (c commands) MigrateStatus(ctx context.Context, o cli.Options) (err error) {
	app, err := c.build(o, c.err, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	list, err := app.Store.Migrations(ctx)
	for _, m := range list {
		state := "pending"
		if !m.AppliedAt.IsZero() {
			state = "applied " + m.AppliedAt.UTC().Format(time.RFC3339)
		}
		c.say("%-40s %s", m.Name, state)
	}
	return err
}

// MigrateCreate implements cli.Actions.
func (c commands) MigrateCreate(_ context.Context, _ cli.Options, name string) error {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || name == "" {
		return cli.UsageError{Cause: errors.New("NAME is made of lower-case letters, digits and underscores")}
	}
	for _, dialect := range []string{"postgres", "sqlite"} {
		path := filepath.Join("migrations", dialect, fmt.Sprintf("%05d_%s.sql", migrations.Newest()+1, name))
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // a source file in the working tree
		if err != nil {
			return fmt.Errorf("run this in the root of the source tree: %w", err)
		}
		_, err = file.WriteString("-- +goose Up\n\n-- +goose Down\n")
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		c.say("made %s", path)
	}
	return nil
}

// Seed implements cli.Actions.
func (c commands) Seed(ctx context.Context, o cli.Options) (err error) {
	app, err := c.build(o, c.err, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if app.Config.SeedEmail == "" {
		return errors.New("set SEED_ADMIN_EMAIL to the first owner's address")
	}
	if _, embedded := sqlitePath(app.Config.DatabaseURL); embedded {
		if _, err := app.Store.Migrate(ctx); err != nil {
			return err
		}
	}
	password, result, err := app.seed(ctx, true)
	if err != nil {
		return err
	}
	if result.OrgCreated {
		c.say("made the org %s (%s)", app.Config.DefaultOrgName, app.Config.DefaultOrgID)
	}
	switch {
	case result.OwnerRenewed && app.Config.SeedPassword.IsZero():
		c.say("the temporary password of %s had lapsed; the new one is %s", app.Config.SeedEmail, password.Reveal())
	case result.OwnerRenewed:
		c.say("the temporary password of %s had lapsed; the one from SEED_ADMIN_PASSWORD replaces it", app.Config.SeedEmail)
	case !result.OwnerCreated:
		c.say("%s already has an account; nothing changed", app.Config.SeedEmail)
	case app.Config.SeedPassword.IsZero():
		c.say("made the owner %s with the temporary password %s", app.Config.SeedEmail, password.Reveal())
		c.say("it is shown this once and must be changed at the first sign-in")
	default:
		c.say("made the owner %s with the password from SEED_ADMIN_PASSWORD", app.Config.SeedEmail)
	}
	return nil
}

// seed makes the default org and its owner. Without a configured password it makes one.
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

// Healthcheck implements cli.Actions.
func (c commands) Healthcheck(ctx context.Context, o cli.Options) error {
	v, err := read(Source{EnvFile: o.EnvFile})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	address := url.URL{Scheme: "http", Host: net.JoinHostPort(reachable(v.GetString("HOST")), v.GetString("PORT")), Path: "/api/v1/health/ready"}
	request, err := nethttp.NewRequestWithContext(ctx, nethttp.MethodGet, address.String(), nil)
	if err != nil {
		return err
	}
	response, err := nethttp.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the service does not answer on port %s: is it running?", v.GetString("PORT"))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != nethttp.StatusOK {
		return errors.New("the service is not ready: " + strconv.Itoa(response.StatusCode))
	}
	c.say("ready")
	return nil
}

// reachable is where this machine itself finds what listens on host.
func reachable(host string) string {
	host = unbracketed(strings.TrimSpace(host))
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return host
}

// OpenAPI implements cli.Actions. It needs no configuration.
func (c commands) OpenAPI(_ context.Context, _ cli.Options, format string) error {
	document := describe()
	text, err := json.MarshalIndent(document, "", "  ")
	if format == "yaml" {
		text, err = document.YAML()
	}
	if err != nil {
		return err
	}
	c.say("%s", strings.TrimSpace(string(text)))
	return nil
}

// Version implements cli.Actions.
func (c commands) Version(context.Context, cli.Options) error {
	c.say("sole %s", Version)
	return nil
}
