package bootstrap

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/domain"
)

// Serve implements cli.Actions. With migrate it waits for the database and migrates it first.
func (c commands) Serve(ctx context.Context, o cli.Options, migrate bool) (err error) {
	started := time.Now()
	app, err := c.create(ctx, o, c.out, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if migrate {
		if err := app.migrateWhenThere(ctx); err != nil {
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
	if err := c.firstOrg(ctx, app); err != nil {
		return errors.Join(err, listener.Close())
	}
	go app.rereadLevel(ctx, Source{EnvFile: o.EnvFile})
	app.Logger.InfoContext(ctx, "listening", slog.String("version", Version), slog.String("address", listener.Addr().String()),
		slog.String("public_url", app.Config.PublicURL), slog.Float64("started_in_ms", float64(time.Since(started).Microseconds())/1000))
	return app.Run(ctx, listener)
}

// databaseRetry is how long a start waits before it tries an unavailable database again.
const databaseRetry = 2 * time.Second

// migrateWhenThere waits for the database and applies the pending migrations.
func (app *App) migrateWhenThere(ctx context.Context) error {
	for level := slog.LevelWarn; ; level = slog.LevelDebug {
		applied, err := app.Store.Migrate(ctx)
		for _, m := range applied {
			app.Logger.InfoContext(ctx, "migration applied", slog.String("migration", m.Name))
		}
		if !errors.Is(err, domain.ErrUnavailable) {
			return err
		}
		app.Logger.Log(ctx, level, "the database does not answer; it will be migrated when it does", slog.Any("error", err))
		if err := pause(ctx, databaseRetry); err != nil {
			return err
		}
	}
}

// firstOrg seeds an empty database if SEED_ADMIN_EMAIL names the owner, and otherwise warns that
// nobody can sign in. While the database is unavailable it retries in the background.
func (c commands) firstOrg(ctx context.Context, app *App) error {
	err := c.seedEmpty(ctx, app)
	if !errors.Is(err, domain.ErrUnavailable) {
		return err
	}
	go func() {
		for errors.Is(err, domain.ErrUnavailable) && pause(ctx, databaseRetry) == nil {
			err = c.seedEmpty(ctx, app)
		}
		if err != nil && ctx.Err() == nil {
			app.Logger.ErrorContext(ctx, "the default org could not be created: run `sole seed`", slog.Any("error", err))
		}
	}()
	return nil
}

func (c commands) seedEmpty(ctx context.Context, app *App) error {
	empty, err := app.Seed.Due(ctx, app.Config.DefaultOrgID)
	switch {
	case err != nil || !empty:
		return err
	case app.Config.SeedEmail == "":
		app.Logger.WarnContext(ctx,
			"there is no account yet, so nobody can sign in: set SEED_ADMIN_EMAIL and start again, or run `sole seed`")
		return nil
	}
	password, result, err := app.seed(ctx, true)
	if err == nil {
		commands{out: c.err}.tellSeed(app.Config, password, result) // not to the log, which others may read
	}
	return err
}
