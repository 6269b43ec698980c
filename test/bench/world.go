package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// The deployments.
const (
	onServers = "postgres" // PostgreSQL and Redis
	embedded  = "embedded" // SQLite and the memory of the process
)

// world is a populated database, with the accounts that the load generator uses.
type world struct {
	folder       string // of everything that the world stores
	config       bootstrap.Config
	binary       func() (path string, err error)
	baseDatabase string // the database of what a row takes turns with
	servers      servers
	population   population
	members      []*account
	coded        []*account
	passkeys     []*account
	machines     []*machine
	admin        *account
	drop         func() error // of the database
}

// bench starts servers once and creates worlds on them.
type bench struct {
	folder          string
	binary          func() (path string, err error) // of the service
	population      population
	postgres, redis string // URLs; empty until they are needed
	worlds          map[place]*world
}

func newBench(folder string) *bench {
	return &bench{
		folder: folder, binary: harness.ReleaseBinary, worlds: map[place]*world{},
		population: population{members: fewAccounts, coded: 2 * fewAccounts, passkeys: fewAccounts, machines: fewAccounts / 10},
	}
}

// place is a deployment with a number of accounts.
type place struct {
	deployment string
	accounts   int
}

// world returns the world of a place, and creates it at the first call.
func (b *bench) world(ctx context.Context, at place) (w *world, err error) {
	if w = b.worlds[at]; w == nil {
		w, err = b.newWorld(ctx, at)
		b.worlds[at] = w
	}
	return w, err
}

// newWorld creates a database with accounts that are signed in.
func (b *bench) newWorld(ctx context.Context, at place) (w *world, err error) {
	w = &world{binary: b.binary, population: b.population, drop: func() error { return nil }}
	if w.folder, err = os.MkdirTemp(b.folder, at.deployment); err != nil {
		return w, err
	}
	// Nothing is read from a .env file in the folder in which the bench was started.
	w.config, err = bootstrap.Load(bootstrap.Source{EnvFile: os.DevNull, Defaults: map[string]string{
		"DATA_DIR": w.folder, "WEBAUTHN_RP_ID": rpID, "WEBAUTHN_ORIGINS": passkeyOrigins,
	}})
	if err != nil {
		return w, err
	}
	if at.deployment == embedded {
		path := filepath.Join(w.folder, "sole.db")
		w.config.DatabaseURL, w.config.RedisURL = "sqlite://"+path, "memory://"
		if err := w.populate(ctx); err != nil {
			return w, err
		}
		w.baseDatabase = "sqlite://" + path + ".base" // only one process serves a file
		return w, copyFile(path+".base", path)
	}
	if err := b.startServers(); err != nil {
		return w, err
	}
	if w.config.DatabaseURL, w.drop, err = harness.NewDatabase(b.postgres); err != nil {
		return w, err
	}
	w.baseDatabase = w.config.DatabaseURL
	w.config.RedisURL = b.redis + "?prefix=" + uuid.NewString()
	w.servers = findServers(ctx, b.postgres, b.redis)
	if err := w.populate(ctx); err != nil {
		return w, err
	}
	if at.accounts > fewAccounts {
		err = w.crowd(ctx, at.accounts)
	}
	return w, err
}

// tidy vacuums the database, because the servers of the bench run without autovacuum.
func (w *world) tidy(ctx context.Context) error {
	if w.servers == (servers{}) {
		return nil
	}
	return w.execute(ctx, "VACUUM ANALYZE")
}

// execute runs statements on PostgreSQL as a superuser, whom row level security does not bind.
func (w *world) execute(ctx context.Context, statements ...string) (err error) {
	conn, err := pgx.Connect(ctx, w.config.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func (b *bench) startServers() (err error) {
	if b.postgres == "" || b.redis == "" {
		b.postgres, b.redis, err = harness.MeasuredServers()
	}
	return err
}

// close drops the databases and removes the files.
func (b *bench) close() error {
	var faults []error
	for _, w := range b.worlds {
		faults = append(faults, w.drop())
	}
	return errors.Join(append(faults, os.RemoveAll(b.folder))...)
}

// populate creates the schema, the first org and the accounts.
func (w *world) populate(ctx context.Context) (err error) {
	app, err := bootstrap.Build(w.config, bootstrap.Environment{Log: io.Discard})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if _, err := app.Store.Migrate(ctx); err != nil {
		return err
	}
	if _, err := app.Seed.Execute(ctx, platform.SeedInput{
		OrgID: w.config.DefaultOrgID, OrgName: "Acme", OrgSlug: "acme", Email: "owner@example.org", FullName: "Owner",
		Password: domain.NewSecret("correct horse battery"),
	}); err != nil {
		return err
	}
	issuer, err := newIssuer(ctx, w.config, app.SecretKeys)
	if err != nil {
		return err
	}
	return app.Store.InOrg(ctx, w.config.DefaultOrgID, func(tx port.OrgTx) error { return issuer.addAll(ctx, tx, w) })
}

func copyFile(to, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}
