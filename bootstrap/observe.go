package bootstrap

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/ops"
	"github.com/sole-platform/sole/adapters/otel"
	"github.com/sole-platform/sole/adapters/prometheus"
	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	sampleInterval = 15 * time.Second // of the queue: counting is a query
	lastTraces     = 3 * time.Second  // for what was not sent when the service stops
)

// watch is how an adapter tells of something that takes time: by what it is, and its end.
type watch = func(ctx context.Context, what string) (context.Context, func(error))

// openObservers makes those who watch the service; without configuration there are none, and
// nothing is told to anybody.
func (app *App) openObservers() (err error) {
	if app.Config.MetricsAddr != "" {
		app.metrics = prometheus.New(Version)
	}
	if app.Config.TraceEndpoint == "" {
		return nil
	}
	if app.tracing, err = otel.New(context.Background(), app.Config.TraceEndpoint, Version, app.Logger); err != nil {
		return err
	}
	app.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), lastTraces)
		defer cancel()
		if err := app.tracing.Close(ctx); err != nil {
			app.Logger.WarnContext(ctx, "the last traces were not sent", slog.Any("error", err))
		}
		return nil
	})
	return nil
}

// observeStore tells of statements and of committed events.
func (app *App) observeStore() {
	system := "postgresql"
	if _, embedded := sqlitePath(app.Config.DatabaseURL); embedded {
		system = "sqlite"
	}
	if app.tracing != nil {
		app.Store.Observe(app.tracing.Calls(system))
	}
	if app.metrics == nil {
		return
	}
	logged := app.Store.Audited
	app.Store.Audited = func(ctx context.Context, org domain.OrgID, event domain.AuditEvent) {
		logged(ctx, org, event)
		app.metrics.Event(string(event.Name), string(event.Outcome))
		if outcome := signInOutcome(event); outcome != "" {
			app.metrics.SignIn(outcome)
		}
	}
}

// signInOutcome is what a step of a sign-in came to; empty for other events.
func signInOutcome(event domain.AuditEvent) string {
	switch event.Name {
	case domain.EventSignedIn:
		return string(domain.SignInAuthenticated)
	case domain.EventSignInRefused:
		return string(domain.SignInRefused)
	case domain.EventSignInLocked:
		return string(domain.SignInLocked)
	case domain.EventSignInChallenged:
		return event.Details["outcome"]
	default:
		return ""
	}
}

// observeQueue tells of jobs, which go on with the trace of the request that ordered them.
func (app *App) observeQueue() {
	var watching []watchJob
	if app.tracing != nil {
		app.queue.Observer.Inserted = app.tracing.Carry
		watching = append(watching, app.tracing.Job)
	}
	if app.metrics != nil {
		watching = append(watching, func(ctx context.Context, kind, _ string) (context.Context, func(error)) {
			began := time.Now()
			return ctx, func(err error) { app.metrics.Job(kind, time.Since(began), err) }
		})
	}
	if len(watching) > 0 {
		app.queue.Observer.Works = all(watching)
	}
}

type watchJob = func(ctx context.Context, kind, noted string) (context.Context, func(error))

// all tells each; the first to hear of the beginning is the last to hear of the end.
func all(watching []watchJob) watchJob {
	return func(ctx context.Context, kind, noted string) (context.Context, func(error)) {
		ended := make([]func(error), len(watching))
		for i, begin := range watching {
			ctx, ended[i] = begin(ctx, kind, noted)
		}
		return ctx, func(err error) {
			for i := len(ended) - 1; i >= 0; i-- {
				ended[i](err)
			}
		}
	}
}

// observeCache tells of calls to the cache.
func (app *App) observeCache(client *redis.Client) {
	if app.tracing != nil {
		client.Observe(app.tracing.Calls("redis"))
	}
	if app.metrics != nil {
		client.Observe(timed(app.metrics.CacheCall))
	}
}

// timed is a watch that only measures.
func timed(measured func(what string, took time.Duration, err error)) watch {
	return func(ctx context.Context, what string) (context.Context, func(error)) {
		began := time.Now()
		return ctx, func(err error) { measured(what, time.Since(began), err) }
	}
}

// limiter counts what the limiter says.
func (app *App) limiter(next port.Limiter) port.Limiter {
	if app.metrics == nil {
		return next
	}
	return app.metrics.Limiter(next)
}

// observeRequests tells of requests; nil where nobody wants to know.
func (app *App) observeRequests() http.Observe {
	metrics, tracing := app.metrics, app.tracing
	if metrics == nil && tracing == nil {
		return nil
	}
	return func(ctx context.Context, arrived http.Arrived) (context.Context, func(http.Answered)) {
		spanned := func(string, int) {}
		if tracing != nil {
			ctx, spanned = tracing.Request(ctx, arrived.Method, arrived.RequestID, arrived.Trace, arrived.TraceState)
		}
		if metrics != nil {
			metrics.RequestBegins()
		}
		return ctx, func(answered http.Answered) {
			spanned(answered.Route, answered.Status)
			if metrics != nil {
				metrics.RequestEnds(arrived.Method, answered.Route, answered.Status, answered.Took)
			}
		}
	}
}

// observeLoad shows how busy the parts are, each time somebody looks.
func (app *App) observeLoad(hasher *argon2.Hasher, cache *redis.Client) {
	if app.metrics == nil {
		return
	}
	app.backlog = app.metrics.Queue()
	app.metrics.Hashing(func() prometheus.Hashing { return prometheus.Hashing(hasher.Load()) })
	app.metrics.Traffic(func() prometheus.Traffic {
		t := app.Server.Traffic()
		return prometheus.Traffic{Connections: t.Connections, MaxRequests: app.Config.MaxRequests, Shed: t.Shed, Refused: t.Refused}
	})
	app.metrics.Pools(func() []prometheus.Pool {
		var pools []prometheus.Pool
		for _, p := range app.Store.Pools() {
			pools = append(pools, prometheus.Pool(p))
		}
		if cache != nil {
			p := cache.Pool()
			pools = append(pools, prometheus.Pool{Name: "cache", InUse: p.InUse, Idle: p.Idle, Waits: p.Waits, Waited: p.Waited, Failed: p.Failed})
		}
		return pools
	})
}

// sampleQueue counts the jobs now and then, for the metrics.
func (app *App) sampleQueue(ctx context.Context) {
	for ok := true; ok; ok = pause(ctx, sampleInterval) == nil {
		counted, err := app.queue.Backlog(ctx)
		if err != nil {
			app.Logger.DebugContext(ctx, "the jobs could not be counted", slog.Any("error", err))
			continue
		}
		jobs := make([]prometheus.Jobs, len(counted))
		for i, b := range counted {
			jobs[i] = prometheus.Jobs(b)
		}
		app.backlog.Sampled(jobs, app.clock())
	}
}

// serveOperators answers on METRICS_ADDR until ctx ends.
func (app *App) serveOperators(ctx context.Context, listener net.Listener) {
	server := ops.New(app.metrics.Handler(), app.level, app.Logger)
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	app.Logger.InfoContext(ctx, "serving metrics, log level and profiles", slog.String("address", listener.Addr().String()))
	if err := server.Serve(listener); err != nil && !errors.Is(err, net.ErrClosed) {
		app.Logger.ErrorContext(ctx, "metrics, log level and profiles are no longer served", slog.Any("error", err))
	}
}
