package bootstrap

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"slices"
	"time"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/ops"
	"github.com/sole-platform/sole/adapters/otel"
	"github.com/sole-platform/sole/adapters/prometheus"
	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	sampleInterval = 15 * time.Second // each sample is a few queries
	lastTraces     = 3 * time.Second  // to send the remaining traces when the service stops
)

// openObservers creates the metrics and the traces, if they are configured.
func (app *App) openObservers() (err error) {
	b := built()
	if app.Config.MetricsAddr != "" {
		app.metrics = prometheus.New(prometheus.Build{Version: b.Version, Commit: b.Commit, Go: b.Go})
	}
	if app.Config.TraceEndpoint == "" {
		return nil
	}
	// The headers come from the environment only, as the variables of the SDK do.
	to := otel.Destination{Endpoint: app.Config.TraceEndpoint, Headers: os.Getenv("OTEL_EXPORTER_OTLP_HEADERS")}
	if app.tracing, err = otel.New(context.Background(), to, b.Version, app.Logger); err != nil {
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

// observeStatements returns the observers of the database's statements.
func (app *App) observeStatements(system string) []port.ObserveCall {
	if app.tracing == nil {
		return nil
	}
	return []port.ObserveCall{app.tracing.Calls(system)}
}

// eventCommitted writes committed audit events to the audit log stream and counts them.
func (app *App) eventCommitted() func(context.Context, domain.OrgID, domain.AuditEvent) {
	log := logAudit(app.auditLogger)
	if all := log; app.bulk {
		log = func(ctx context.Context, org domain.OrgID, event domain.AuditEvent) {
			if event.Name != domain.EventAccountCreated {
				all(ctx, org, event)
			}
		}
	}
	if app.metrics == nil {
		return log
	}
	return func(ctx context.Context, org domain.OrgID, event domain.AuditEvent) {
		log(ctx, org, event)
		app.metrics.Event(string(event.Name), string(event.Outcome))
		if outcome := signInOutcome(event); outcome != "" {
			app.metrics.SignIn(outcome)
		}
	}
}

// signInOutcome returns the outcome of a step of a sign-in; empty for other events.
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

// observeJobs reports each attempt of a job to the traces, where it continues the trace of the request that enqueued it,
// and to the metrics. It returns nil if both are off.
func (app *App) observeJobs() river.Observe {
	var observers []river.Observe
	if app.tracing != nil {
		observers = append(observers, app.tracing.Job)
	}
	if app.metrics != nil {
		observers = append(observers, func(ctx context.Context, kind, _ string) (context.Context, func(error)) {
			began := time.Now()
			return ctx, func(err error) { app.metrics.Job(kind, time.Since(began), err) }
		})
	}
	if len(observers) == 0 {
		return nil
	}
	return all(observers)
}

// observeRoutines returns the routines with their runs counted, if metrics are on.
func (app *App) observeRoutines(routines []river.Routine) []river.Routine {
	if app.metrics == nil {
		return routines
	}
	for i, routine := range routines {
		app.metrics.Routines(routine.Name)
		routines[i].Do = func(ctx context.Context) error {
			err := routine.Do(ctx)
			app.metrics.Routine(routine.Name, err)
			return err
		}
	}
	return routines
}

// all calls all observers: in their order at the beginning, and in reverse order at the end.
func all(observers []river.Observe) river.Observe {
	return func(ctx context.Context, kind, note string) (context.Context, func(error)) {
		ended := make([]func(error), len(observers))
		for i, begin := range observers {
			ctx, ended[i] = begin(ctx, kind, note)
		}
		return ctx, func(err error) {
			for _, end := range slices.Backward(ended) {
				end(err)
			}
		}
	}
}

// observeCache reports calls to the cache.
func (app *App) observeCache(client *redis.Client) {
	if app.tracing != nil {
		client.Observe(app.tracing.Calls("redis"))
	}
	if app.metrics != nil {
		client.Observe(timed(app.metrics.CacheCall))
	}
}

// timed returns an observer that reports the duration of each call.
func timed(measured func(what string, took time.Duration, err error)) port.ObserveCall {
	return func(ctx context.Context, what string) (context.Context, func(error)) {
		began := time.Now()
		return ctx, func(err error) { measured(what, time.Since(began), err) }
	}
}

// limiter counts the decisions of a limiter, if metrics are on.
func (app *App) limiter(next port.Limiter) port.Limiter {
	if app.metrics == nil {
		return next
	}
	return app.metrics.Limiter(next)
}

// observeRequests reports requests to the metrics and traces; nil if both are off.
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

// observeLoad adds the metrics of the hasher, the server, the pools and the queue.
func (app *App) observeLoad(hasher *argon2.Hasher) {
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
		if app.cache.client != nil {
			p := app.cache.client.Pool()
			pools = append(pools, prometheus.Pool{Name: "cache", InUse: p.InUse, Idle: p.Idle, Waits: p.Waits, Waited: p.Waited, Failed: p.Failed})
		}
		return pools
	})
}

// sample asks at intervals, for the metrics, whether the service is ready, and counts the jobs.
func (app *App) sample(ctx context.Context) {
	for ok := true; ok; ok = pause(ctx, sampleInterval) == nil {
		app.metrics.Ready(app.Server.Ready(ctx))
		counted, err := app.waiting.Backlog(ctx)
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

// serveOperators serves on METRICS_ADDR until ctx ends.
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
