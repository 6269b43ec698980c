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
)

const (
	activityInterval = time.Second
	sweepInterval    = 10 * time.Minute
	queueRetry       = 2 * time.Second
)

// Run serves on listener until ctx ends. It then becomes unready, serves for ShutdownDelay until proxies have noticed, and waits
// for the requests in flight.
func (app *App) Run(ctx context.Context, listener net.Listener) error {
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var jobs sync.WaitGroup
	if err := app.listenForOperators(ctx); err != nil {
		stopBackground()
		return errors.Join(err, listener.Close())
	}
	if app.operators != nil {
		jobs.Go(func() { app.serveOperators(background, app.operators) })
		jobs.Go(func() { app.sample(background) })
	}
	jobs.Go(func() { app.activity.Run(background, activityInterval) })
	jobs.Go(func() { app.cache.requests.Run(background) })
	jobs.Go(func() { app.sweep(background) })
	jobs.Go(func() { app.work(background) })
	jobs.Go(func() { app.dispatchWebhooks(background) })
	if err := app.keys.refresh(ctx); err != nil {
		app.Logger.WarnContext(ctx, "the signing keys could not be read; the configured one is used until they can", slog.Any("error", err))
	}
	jobs.Go(func() { app.keys.run(background) })
	jobs.Go(func() { app.checkSecretKey(background) })
	jobs.Go(func() { app.trim(background) })
	served := make(chan error, 1)
	go func() { served <- app.Server.Serve(listener) }()

	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		err = app.leave(served)
	}
	app.end()
	stopBackground()
	jobs.Wait()
	return err
}

// productionDelay is enough for a proxy that checks readiness every second and removes a replica after two failures.
const productionDelay = 5 * time.Second

func (p *parser) shutdownDelay(key string, production bool) time.Duration {
	switch {
	case p.text(key) != "":
		return p.span(key, time.Second, 0, 60)
	case production:
		return productionDelay
	}
	return 0
}

// leave stops the server. It returns early, with the error of Serve, if serving ends during the delay.
func (app *App) leave(served <-chan error) error {
	app.Server.Leave()
	app.Logger.Info("stopping", slog.String("delay", app.Config.ShutdownDelay.String()),
		slog.String("grace", app.Config.ShutdownGrace.String()))
	select {
	case err := <-served:
		return err
	case <-time.After(app.Config.ShutdownDelay):
	}
	grace, cancel := context.WithTimeout(context.Background(), app.Config.ShutdownGrace)
	defer cancel()
	return errors.Join(app.Server.Shutdown(grace), <-served)
}

// work runs the workers of the queue. If the database is unreachable, it tries again until the database answers.
func (app *App) work(ctx context.Context) {
	for {
		err := app.workers.Run(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		app.Logger.WarnContext(ctx, "the workers of the queue stopped; they will be started again", slog.Any("error", err))
		if pause(ctx, queueRetry) != nil {
			return
		}
	}
}

// sweep removes expired rows at intervals.
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
