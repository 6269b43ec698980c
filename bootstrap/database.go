package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// openDatabase opens the store that DATABASE_URL names, and the queue that stores its jobs there.
func (app *App) openDatabase() error {
	kind, known := storeOf(app.Config.DatabaseURL)
	if !known {
		return errors.New("DATABASE_URL: unknown scheme: write " + examples(false))
	}
	hooks := port.DatabaseHooks{
		Committed: app.eventCommitted(),
		Reachable: app.logDatabaseOutage,
		Observers: app.observeStatements(kind.System()),
	}
	var err error
	app.Store, app.queue, app.waiting, err = openStore(kind, app.Config, app.note(), hooks)
	if err == nil {
		app.onClose(app.Store.Close)
	}
	return err
}

// openStore opens a database and its queue. It adds the missing hook.
func openStore(
	kind store, c Config, note func(context.Context) string, hooks port.DatabaseHooks,
) (port.Database, *river.Queue, river.Waiting, error) {
	queue, err := newQueue(kind.queue(), note)
	if err != nil {
		return nil, nil, river.Waiting{}, err
	}
	hooks.Queue = queue
	database, err := kind.Open(port.DatabaseURLs{Service: c.DatabaseURL, Migrations: c.MigrationDatabaseURL}, hooks)
	if err != nil {
		return nil, nil, river.Waiting{}, err
	}
	waiting, err := river.NewWaiting(database.Connection())
	if err != nil {
		return nil, nil, waiting, errors.Join(err, database.Close())
	}
	return database, queue, waiting, nil
}

// logDatabaseOutage logs the reason why the database became unreachable, or that it answers again (nil).
func (app *App) logDatabaseOutage(reason error) {
	if app.metrics != nil {
		app.metrics.Unreachable("database", reason != nil)
	}
	if reason != nil {
		app.Logger.Error("the database is unreachable: requests are refused until it is back", slog.Any("error", reason))
		return
	}
	app.Logger.Info("the database is back")
}

// prepare checks that the service can use the database. It migrates a database file, which only this process uses. A
// database on a server is shared and has to be migrated separately. If the database does not answer, the service starts
// and is unready until it does.
func (app *App) prepare(ctx context.Context) error {
	if _, _, file := app.Config.file(); file {
		if err := app.lockFile(); err != nil {
			return err
		}
		_, err := app.Store.Migrate(ctx)
		return err
	}
	switch err := app.Store.Ready(ctx); {
	case errors.Is(err, port.ErrNotIsolated) && !errors.Is(err, port.ErrSchemaBehind):
		return app.notIsolated(ctx, err)
	case errors.Is(err, port.ErrDatabaseRefused), errors.Is(err, port.ErrSchemaOther):
		return err // waiting does not help
	case errors.Is(err, domain.ErrUnavailable) && !errors.Is(err, port.ErrNotIsolated):
		app.Logger.WarnContext(ctx, "the database is unreachable; the service is unready until it answers", slog.Any("error", err))
		return nil
	case err != nil:
		return err
	}
	behind, err := app.queue.Behind(ctx, app.Store.Connection())
	if err != nil {
		return fmt.Errorf("read the version of the queue's tables: %w", err)
	}
	if behind {
		return port.ErrSchemaBehind
	}
	for _, check := range app.Store.IsolationChecks() {
		if err := check.Ask(ctx); errors.Is(err, port.ErrNotIsolated) {
			return app.notIsolated(ctx, err)
		}
	}
	return nil
}

// notIsolated returns the error in production, because the database itself must keep orgs apart there. Otherwise it only logs
// a warning.
func (app *App) notIsolated(ctx context.Context, err error) error {
	if app.Config.Production {
		return err
	}
	app.Logger.WarnContext(ctx, "the database does not keep orgs apart; in production the service would not start", slog.Any("error", err))
	return nil
}

// lockFile prevents a second process from serving the same database file, because counters and challenges are in the memory
// of this process.
func (app *App) lockFile() error {
	driver, path, file := app.Config.file()
	if !file {
		return nil
	}
	unlock, err := driver.Lock(path)
	if errors.Is(err, port.ErrDatabaseServed) {
		return fmt.Errorf("%w: stop it, or use PostgreSQL for several processes", err)
	}
	if err != nil {
		return err
	}
	app.onClose(unlock)
	return nil
}
