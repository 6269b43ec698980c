package bootstrap

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sole-platform/sole/adapters/cli"
)

// open wires the service on what there is. It creates nothing: no key, no folder, no database.
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

// create wires the service and makes the keys and the database file that are missing.
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

// present tells what the configuration names and is not there yet.
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

// otherEnvFiles points at configurations in this folder that are read only when --env-file names them.
func otherEnvFiles(envFile string) string {
	files, _ := filepath.Glob(".env.*")
	files = slices.DeleteFunc(files, func(name string) bool { return name == ".env.example" })
	if envFile != "" || len(files) == 0 {
		return ""
	}
	return "; there is another configuration here: add --env-file " + strings.Join(files, " or --env-file ")
}

// leftBehind warns of a database where earlier versions kept it when DATA_DIR named another folder.
func (c Config) leftBehind() []warning {
	const earlier = "data/sole.db"
	path, embedded := sqlitePath(c.DatabaseURL)
	path = filepath.Clean(path)
	if !embedded || path == earlier || path != filepath.Join(c.DataDir, "sole.db") || exists(path) || !exists(earlier) {
		return nil
	}
	return []warning{{text: "a new database is made in DATA_DIR; the one in ./data, where earlier versions kept it whatever DATA_DIR said, is not used: " +
		"to go on with it, stop the service and move ./data/sole.db into DATA_DIR"}}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
