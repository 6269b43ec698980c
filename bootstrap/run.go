package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/domain"
)

const (
	activityInterval = time.Second
	sweepInterval    = 10 * time.Minute
	queueRetry       = 2 * time.Second
)

// Run answers on listener until ctx ends; what is in flight then gets to finish.
func (app *App) Run(ctx context.Context, listener net.Listener) error {
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var jobs sync.WaitGroup
	if err := app.listenForOperators(ctx); err != nil {
		stopBackground()
		return errors.Join(err, listener.Close())
	}
	if app.operators != nil {
		jobs.Go(func() { app.serveOperators(background, app.operators) })
		jobs.Go(func() { app.sampleQueue(background) })
	}
	jobs.Go(func() { app.activity.Run(background, activityInterval) })
	jobs.Go(func() { app.sweep(background) })
	jobs.Go(func() { app.work(background) })
	if err := app.keys.refresh(ctx); err != nil {
		app.Logger.WarnContext(ctx, "the signing keys could not be read; the configured one is used until they can", slog.Any("error", err))
	}
	jobs.Go(func() { app.keys.run(background) })
	jobs.Go(func() { app.checkSecretKey(background) })
	served := make(chan error, 1)
	go func() { served <- app.Server.Serve(listener) }()

	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		app.Logger.Info("stopping", slog.String("grace", app.Config.ShutdownGrace.String()))
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), app.Config.ShutdownGrace)
		err = errors.Join(app.Server.Shutdown(grace), <-served)
		cancel()
	}
	stopBackground()
	jobs.Wait()
	return err
}

// work runs the queue. A database that is away at the start does not end it: it begins when
// the database is back.
func (app *App) work(ctx context.Context) {
	for {
		err := app.queue.Run(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		app.Logger.WarnContext(ctx, "the queue does not run; it is tried again", slog.Any("error", err))
		if pause(ctx, queueRetry) != nil {
			return
		}
	}
}

// sweep removes what time has made meaningless, now and then.
func (app *App) sweep(ctx context.Context) {
	for pause(ctx, sweepInterval) == nil {
		removed, err := app.Store.Platform().Sweep(ctx, app.clock())
		if err != nil {
			app.Logger.WarnContext(ctx, "expired rows were not removed", slog.Any("error", err))
			continue
		}
		app.Logger.DebugContext(ctx, "expired rows removed", slog.Int("rows", removed))
	}
}

// Listen opens the configured address.
func (c Config) Listen(ctx context.Context) (net.Listener, error) {
	return listen(ctx, net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), "HOST and PORT")
}

// listenForOperators listens on METRICS_ADDR if it is set and not open yet.
func (app *App) listenForOperators(ctx context.Context) (err error) {
	if app.metrics == nil || app.operators != nil {
		return nil
	}
	if app.operators, err = listen(ctx, app.Config.MetricsAddr, "METRICS_ADDR"); err == nil {
		app.onClose(func() error {
			_ = app.operators.Close() // an error means that Run has closed it already
			return nil
		})
	}
	return err
}

func listen(ctx context.Context, address, keys string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s (set %s): %w", address, keys, err)
	}
	return listener, nil
}

// prepare makes the database fit: SQLite belongs to this process alone and is migrated on
// the spot; PostgreSQL is shared and migrated as a step of its own. A database that is
// away is no reason not to start: the service is unready until it is back.
func (app *App) prepare(ctx context.Context) error {
	if path, ok := sqlitePath(app.Config.DatabaseURL); ok {
		if err := app.lockData(path); err != nil {
			return err
		}
		_, err := app.Store.Migrate(ctx)
		return err
	}
	switch err := app.Store.Ready(ctx); {
	case errors.Is(err, bunstore.ErrNotBound) && errors.Is(err, bunstore.ErrSchemaBehind):
		return err
	case errors.Is(err, bunstore.ErrNotBound):
		return app.unbound(ctx, err)
	case errors.Is(err, domain.ErrUnavailable):
		app.Logger.WarnContext(ctx, "the database is away; unready until it answers", slog.Any("error", err))
		return nil
	case err != nil:
		return err
	}
	behind, err := app.queue.Behind(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the queue's tables: %w", err)
	}
	if behind {
		return bunstore.ErrSchemaBehind
	}
	if err := app.Store.Bound(ctx); errors.Is(err, bunstore.ErrNotBound) {
		return app.unbound(ctx, err)
	}
	return nil
}

// unbound refuses to serve in production where the database would not keep orgs apart.
func (app *App) unbound(ctx context.Context, err error) error {
	if app.Config.Production {
		return err
	}
	app.Logger.WarnContext(ctx, "the database does not keep orgs apart; production would not start", slog.Any("error", err))
	return nil
}

// lockData keeps a second process from serving the same file: counters and challenges
// live in this one's memory.
func (app *App) lockData(path string) error {
	unlock, err := lockServing(path)
	if errors.Is(err, errServed) {
		return fmt.Errorf("%w: stop it, or use PostgreSQL for several", err)
	}
	if err != nil {
		return err
	}
	app.onClose(unlock)
	return nil
}

var errServed = errors.New("another process already serves this database file")

func lockServing(path string) (unlock func() error, err error) {
	lock := flock.New(path + ".serve.lock")
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the database file: %w", err)
	}
	if !locked {
		return nil, errServed
	}
	return lock.Unlock, nil
}
