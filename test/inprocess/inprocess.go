// Package inprocess runs the service in the test's process, embedded and on PostgreSQL with
// Redis, with little work: databases are copies of a migrated one, the signing key
// is created once, and passwords are hashed with weak parameters.
package inprocess

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// Deployment is a choice of stores that the service runs on.
type Deployment struct {
	Name string
	URLs func(t *testing.T) (database, redis string) // of migrated stores for this test alone
}

// Deployments returns the two deployments: embedded, then PostgreSQL and Redis.
func Deployments() []Deployment {
	return []Deployment{
		{Name: "embedded", URLs: func(t *testing.T) (database, redis string) {
			return "sqlite://" + migrated.SQLite(t), "memory://"
		}},
		{Name: "postgres and redis", URLs: func(t *testing.T) (database, redis string) {
			return migrated.Postgres(t), harness.Redis(t) + "?prefix=" + uuid.NewString()
		}},
	}
}

var migrated = harness.Template{Prepare: migrate}

func migrate(databaseURL string) (err error) {
	folder, err := os.MkdirTemp("", "sole-template-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	config, err := load(databaseURL, "memory://", folder)
	if err != nil {
		return err
	}
	app, err := bootstrap.Build(config, bootstrap.Environment{Log: io.Discard})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	_, err = app.Store.Migrate(context.Background())
	return err
}

// Config returns the defaults of the product, on the stores given, with its files in a
// folder of the test.
func Config(t testing.TB, database, redis string) bootstrap.Config {
	t.Helper()
	config, err := load(database, redis, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func load(database, redis, folder string) (bootstrap.Config, error) {
	key, err := signingKey()
	if err != nil {
		return bootstrap.Config{}, err
	}
	return bootstrap.Load(bootstrap.Source{Defaults: map[string]string{
		"DATABASE_URL": database, "REDIS_URL": redis, "DATA_DIR": folder, "JWT_PRIVATE_KEY": key,
	}})
}

var signingKey = sync.OnceValues(func() (string, error) {
	key, err := jose.GenerateKey(domain.RS256, 2048)
	if err != nil {
		return "", err
	}
	pem, err := jose.EncodePrivateKey(key)
	return string(pem), err
})

// Hashing hashes passwords in a hundredth of the usual time.
var Hashing = argon2.Params{MemoryKiB: 256, Time: 1, Threads: 1}
