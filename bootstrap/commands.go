package bootstrap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	"github.com/sole-platform/sole/migrations"
)

// commands implements the command line on the real service.
type commands struct{ out, err io.Writer }

var _ cli.Actions = commands{}

func (c commands) say(format string, args ...any) { _, _ = fmt.Fprintf(c.out, format+"\n", args...) }

// MigrateUp implements cli.Actions.
func (c commands) MigrateUp(ctx context.Context, o cli.Options) error {
	app, err := c.create(ctx, o, c.err, nil)
	if err != nil {
		return err
	}
	return c.migrate(ctx, app, "applied", (*bunstore.Store).Migrate)
}

// MigrateDown implements cli.Actions.
func (c commands) MigrateDown(ctx context.Context, o cli.Options) error {
	app, err := c.open(o, c.err)
	if err != nil {
		return err
	}
	return c.migrate(ctx, app, "undone", (*bunstore.Store).Rollback)
}

// migration changes the schema and returns the migrations that it applied or undid.
type migration = func(*bunstore.Store, context.Context) ([]bunstore.Migration, error)

func (c commands) migrate(ctx context.Context, app *App, done string, run migration) (err error) {
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
	app, err := c.open(o, c.err)
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

// Healthcheck implements cli.Actions.
func (c commands) Healthcheck(ctx context.Context, o cli.Options) error {
	v, _, err := read(Source{EnvFile: o.EnvFile})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	host := net.JoinHostPort(reachable(v.GetString("HOST")), v.GetString("PORT"))
	address := url.URL{Scheme: "http", Host: host, Path: "/api/v1/health/ready"}
	request, err := nethttp.NewRequestWithContext(ctx, nethttp.MethodGet, address.String(), nil)
	if err != nil {
		return err
	}
	response, err := nethttp.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the service does not answer on port %s: start it, or set PORT as the service has it%s", v.GetString("PORT"), otherEnvFiles(o.EnvFile))
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
