package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/sole-platform/sole/adapters/archive"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/disk"
	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/migrations"
)

// Move implements cli.Program. It connects to nothing.
func (program) Move(o cli.Options, want cli.MoveRequest) (m cli.Mover, err error) {
	from, err := movePlace("--from", want.From)
	if err != nil {
		return m, err
	}
	to, err := movePlace("--to", want.To)
	if err != nil {
		return m, err
	}
	config, err := Load(Source{EnvFile: o.EnvFile, ReadOnly: true})
	if err != nil {
		return m, err
	}
	if config.SecretKey == "" {
		return m, fmt.Errorf("SECRET_KEY is not set and %s cannot be read: set the SECRET_KEY that the data was encrypted with%s",
			filepath.Join(config.DataDir, "secret_key"), cli.OtherEnvFiles(o))
	}
	ring, err := fernet.New(config.SecretKey, config.SecretKeyFallbacks)
	if err != nil {
		return m, err
	}
	for flag, text := range map[string]string{"--from": want.From, "--to": want.To} {
		if at, err := url.Parse(text); err == nil && at.User != nil {
			if _, given := at.User.Password(); given {
				m.Warnings = append(m.Warnings, "other accounts of this machine can read the password in "+flag+
					": leave it out, and set PGPASSWORD or write ~/.pgpass")
			}
		}
	}
	m.From, m.To = from.Driver.Identity(from.URL), to.Driver.Identity(to.URL)
	m.UseCase = operations.Move{
		From: from, To: to, Prepare: config.prepareTarget(to), Keys: ring, Schema: migrations.Newest(), Disk: archive.Backups{}, Clock: wallClock,
		Files: operations.MoveFiles{From: filepath.Clean(config.UploadDir), To: want.FilesTo, Copy: disk.Copy, Compare: disk.CompareFolders},
	}
	return m, nil
}

// movePlace returns the database that a flag names.
func movePlace(flag, url string) (p operations.MovePlace, err error) {
	kind, known := storeOf(url)
	if !known {
		return p, fmt.Errorf("%s: unknown scheme: write %s", flag, examples(false))
	}
	driver, movable := kind.DatabaseDriver.(port.MovableDriver)
	if !movable {
		return p, fmt.Errorf("%s: databases of this kind cannot be moved", flag)
	}
	if err := driver.Check(url); err != nil {
		return p, fmt.Errorf("%s: %w", flag, err)
	}
	return operations.MovePlace{Driver: driver, URL: url}, nil
}

// prepareTarget migrates the target. If DATABASE_URL already names it, the login of the service gets its rights, too. The target has to
// keep orgs apart.
func (c Config) prepareTarget(to operations.MovePlace) func(context.Context, string) error {
	return func(ctx context.Context, url string) (err error) {
		kind, _ := storeOf(url)
		at := c
		if c.DatabaseURL == "" || to.Driver.Identity(c.DatabaseURL) != to.Driver.Identity(url) {
			at.DatabaseURL = url
		}
		at.MigrationDatabaseURL = url
		database, _, _, err := openStore(kind, at, nil, port.DatabaseHooks{
			Committed: func(context.Context, domain.OrgID, domain.AuditEvent) {},
			Reachable: func(error) {}, // the calls fail with the reason
		})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, database.Close()) }()
		if _, err := database.Migrate(ctx); err != nil {
			return err
		}
		if err := database.Ready(ctx); err != nil {
			return err
		}
		for _, check := range database.IsolationChecks() {
			if err := check.Ask(ctx); err != nil {
				return err
			}
		}
		return proven(ctx, database)
	}
}

// proven returns an error that names the first property of the database that does not keep orgs apart.
func proven(ctx context.Context, database port.Database) error {
	proofs, err := database.ProveIsolation(ctx)
	if err != nil {
		return err
	}
	for _, proof := range proofs {
		if len(proof.Faults) > 0 {
			return fmt.Errorf("%w: %s: %s", port.ErrNotIsolated, strings.Join(proof.Faults, ", "), proof.Remedy)
		}
	}
	return nil
}
