package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
)

// open wires the service with the existing keys, folders and database. It creates nothing.
func (c commands) open(o cli.Options, log io.Writer) (*App, error) {
	config, err := Load(Source{EnvFile: o.EnvFile, Untouched: true})
	if err != nil {
		return nil, err
	}
	if err := config.present(o.EnvFile); err != nil {
		return nil, err
	}
	return Build(config, Environment{Log: log})
}

// onMigrated opens the service and runs a command that needs a migrated database.
func (c commands) onMigrated(ctx context.Context, o cli.Options, run func(*App) error) (err error) {
	app, err := c.open(o, c.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.Store.Ready(ctx); err != nil {
		return err
	}
	return run(app)
}

// create wires the service and creates the keys and the database file that are missing.
func (c commands) create(ctx context.Context, o cli.Options, log io.Writer, defaults map[string]string) (*App, error) {
	config, err := Load(Source{EnvFile: o.EnvFile, Defaults: defaults})
	if err != nil {
		return nil, err
	}
	config.warnings = append(config.warnings, config.leftBehind()...)
	app, err := Build(config, Environment{Log: log})
	if err == nil {
		app.warn(ctx)
	}
	return app, err
}

// present returns an error that names the first file that the service needs and that does not exist.
func (c Config) present(envFile string) error {
	var missing string
	switch path, embedded := sqlitePath(c.DatabaseURL); {
	case embedded && !exists(path):
		missing = path
	case c.SecretKey == "":
		missing = filepath.Join(c.DataDir, "secret_key")
	case c.PrivateKeyPEM == "":
		missing = filepath.Join(c.DataDir, "jwt_private.pem")
	default:
		return nil
	}
	return fmt.Errorf("%s does not exist, and this command creates nothing: start the service once (`sole dev` or `sole serve`), "+
		"or set DATA_DIR and DATABASE_URL as the service has them%s", missing, otherEnvFiles(envFile))
}

// otherEnvFiles returns a hint at the other configuration files in this folder, which are read only with --env-file.
func otherEnvFiles(envFile string) string {
	files, _ := filepath.Glob(".env.*")
	files = slices.DeleteFunc(files, func(name string) bool { return name == ".env.example" })
	if envFile != "" || len(files) == 0 {
		return ""
	}
	return "; there is another configuration here: add --env-file " + strings.Join(files, " or --env-file ")
}

// leftBehind warns when DATA_DIR names a new folder but ./data has a database: earlier versions kept it
// there whatever DATA_DIR was.
func (c Config) leftBehind() []warning {
	const earlier = "data/sole.db"
	path, embedded := sqlitePath(c.DatabaseURL)
	path = filepath.Clean(path)
	if !embedded || path == earlier || path != filepath.Join(c.DataDir, "sole.db") || exists(path) || !exists(earlier) {
		return nil
	}
	return []warning{{text: "a new database is created in DATA_DIR; the one in ./data, where earlier versions kept it, is not used: " +
		"to keep using it, stop the service and move ./data/sole.db into DATA_DIR"}}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
