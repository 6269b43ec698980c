package bootstrap

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"time"

	"github.com/sole-platform/sole/adapters/fallback"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/application/port"
)

// shortLived contains the ports whose state may be lost.
type shortLived struct {
	challenges port.Challenges
	stepUps    port.StepUps
	ceremonies port.Ceremonies
	limiter    port.Limiter
	requests   *memory.RequestLimiter
	ping       func(context.Context) error
	client     *redis.Client // nil: the state is in memory
}

func (app *App) openShortLived() (shortLived, error) {
	local := memory.NewLimiter(app.clock)
	perMinute := port.Rate{Max: app.Config.RequestsPerMinute, Per: time.Minute}
	if strings.HasPrefix(app.Config.RedisURL, "memory:") {
		return shortLived{
			challenges: memory.NewChallenges(app.clock),
			stepUps:    memory.NewStepUps(app.clock),
			ceremonies: memory.NewCeremonies(app.clock),
			limiter:    app.limiter(local),
			requests:   memory.NewRequestLimiter(app.clock, perMinute, nil),
			ping:       func(context.Context) error { return nil },
		}, nil
	}
	client, err := redis.Open(app.Config.RedisURL, app.Config.deployment())
	if err != nil {
		return shortLived{}, err
	}
	app.onClose(client.Close)
	app.observeCache(client)
	circuit := fallback.NewCircuit(client.Check, app.logCacheOutage)
	return shortLived{
		challenges: fallback.NewChallenges(circuit, redis.NewChallenges(client), app.Store.Challenges(app.clock)),
		stepUps:    fallback.NewStepUps(circuit, redis.NewStepUps(client), app.Store.StepUps(app.clock)),
		ceremonies: fallback.NewCeremonies(circuit, redis.NewCeremonies(client), app.Store.Ceremonies(app.clock)),
		limiter:    fallback.Limiter{First: app.limiter(circuit.Limiter(redis.NewLimiter(client))), Second: local},
		requests:   memory.NewRequestLimiter(app.clock, perMinute, circuit.RequestCounts(redis.NewRequestCounts(client))),
		ping:       client.Check,
		client:     client,
	}, nil
}

// requestLimiter returns the limiter of requests per client network, or nil if there is no limit.
func (app *App) requestLimiter() port.RequestLimiter {
	switch {
	case app.Config.RequestsPerMinute == 0:
		return nil
	case app.metrics == nil:
		return app.cache.requests
	}
	return app.metrics.RequestLimiter(app.cache.requests)
}

// logCacheOutage logs the reason why the cache became unavailable, or that it is available again (nil). Requests do not fail
// while it is unavailable.
func (app *App) logCacheOutage(reason error) {
	if app.metrics != nil {
		app.metrics.Unreachable("cache", reason != nil)
	}
	if reason != nil {
		app.Logger.Warn("the cache is unavailable: until it is back, unfinished sign-ins are stored in the database and limits count per process",
			slog.Any("error", reason))
		return
	}
	app.Logger.Info("the cache is back")
}

// deployment returns a name for this deployment that separates it from others on a shared server,
// such as a Redis. Replicas have the same issuer and database; two deployments do not.
func (c Config) deployment() string {
	identity := ""
	if s, known := storeOf(c.DatabaseURL); known {
		identity = s.Identity(c.DatabaseURL)
	}
	sum := sha256.Sum256([]byte(c.Issuer + "\n" + identity))
	return "sole-" + hex.EncodeToString(sum[:6])
}
