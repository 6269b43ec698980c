package bootstrap

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/adapters/disk"
	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/importedhash"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/orgfile"
	"github.com/sole-platform/sole/adapters/otel"
	"github.com/sole-platform/sole/adapters/prometheus"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
)

// App is the wired service.
type App struct {
	Config        Config
	Store         port.Database
	SecretKeys    port.KeyRing
	Server        *http.Server
	Seed          platform.Seed
	OfferFirstRun platform.OfferFirstRun
	Operations    operations.UseCases
	Logger        *slog.Logger

	clock       port.Clock
	bulk        bool // see Environment.Bulk
	level       *slog.LevelVar
	auditLogger *slog.Logger
	queue       *river.Queue
	waiting     river.Waiting
	workers     *river.Workers
	activity    *memory.Activity
	files       *disk.Files
	orgFiles    orgfile.Files
	keys        *signingKeys
	decisions   port.Decisions
	cache       shortLived
	passkeys    port.WebAuthn

	metrics   *prometheus.Metrics // nil: METRICS_ADDR is not set
	tracing   *otel.Tracing       // nil: OTEL_EXPORTER_OTLP_ENDPOINT is not set
	operators net.Listener        // on METRICS_ADDR; nil: not open
	backlog   *prometheus.Queue
	ending    context.Context // ends when the background work begins to stop
	end       context.CancelFunc
	closers   []func() error
}

// Environment is provided by the operating system or by a test.
type Environment struct {
	Log     io.Writer
	Clock   port.Clock    // nil: the real one
	Hashing argon2.Params // zero: argon2.Default()
	Bulk    bool          // the log leaves out the creation of single accounts, of which there may be a million

	// Database wraps the database, so that a measurement can leave out a part of it; nil: nothing is wrapped.
	Database func(port.Database) port.Database
}

// Build wires the service. It does not connect or listen yet.
func Build(c Config, env Environment) (_ *App, err error) {
	app := &App{Config: c, clock: env.Clock, bulk: env.Bulk, level: &slog.LevelVar{}}
	if app.clock == nil {
		app.clock = wallClock
	}
	app.ending, app.end = context.WithCancel(context.Background())
	app.passkeys = webauthn.New(webauthn.Config{RPID: c.RPID, Origins: c.PasskeyOrigins})
	app.level.Set(c.LogLevel)
	app.Logger = newLogger(env.Log, c, transactionalLog, app.level)
	app.auditLogger = newLogger(env.Log, c, auditLog, slog.LevelInfo) // never silenced
	defer func() {
		if err != nil {
			err = errors.Join(err, app.Close())
		}
	}()
	for _, open := range []func() error{
		app.openObservers, app.openDatabase, app.openFiles, app.openSecrets, app.openKeys, app.openWorkers,
	} {
		if err := open(); err != nil {
			return nil, err
		}
	}
	if env.Database != nil {
		app.Store = env.Database(app.Store)
	}
	if app.cache, err = app.openShortLived(); err != nil {
		return nil, err
	}
	hasher := argon2.New(cmp.Or(env.Hashing, argon2.Default()), runtime.GOMAXPROCS(0), hashQueue).Imported(importedhash.Match)
	app.Seed = platform.Seed{Store: app.Store, Hasher: hasher, Clock: app.clock, NewID: newID, Limits: c.Limits()}
	app.OfferFirstRun = platform.OfferFirstRun{Seed: app.Seed, Offers: app.Store.FirstRuns(app.clock), Tokens: opaque.New("fr")}
	app.Operations = operations.New(operations.Deps{
		Store: app.Store, Keys: app.SecretKeys, Maker: jose.Maker{}, Hasher: hasher, NewPassword: newTemporaryPassword,
		Waiting: app.waiting, Clock: app.clock, NewID: newID, DefaultOrg: c.DefaultOrgID, Configured: app.keys.configured,
		TokenLifetime: c.AccessTTL, Records: webauthn.Records{},
	})
	if app.Server, err = app.server(hasher); err != nil {
		return nil, err
	}
	app.observeLoad(hasher)
	return app, nil
}

// server returns the HTTP server of the use cases.
func (app *App) server(hasher *argon2.Hasher) (*http.Server, error) {
	c := app.Config
	access, err := jose.NewAccessTokens(app.keys.ring, c.Issuer, c.Audience)
	if err != nil {
		return nil, err
	}
	cursorKey, err := cursorKey(c.SecretKey)
	if err != nil {
		return nil, err
	}
	uc := app.useCases(access, app.SecretKeys, hasher, app.cache)
	return http.New(uc, http.Options{
		Version: built().Version, PublicURL: c.PublicURL, Issuer: c.Issuer, Audience: c.Audience,
		MultiTenant: c.MultiTenant, DefaultOrg: c.DefaultOrgID, TenantDomain: c.TenantBaseDomain,
		ProxiesCount: c.ProxiesCount, TrustedProxies: c.TrustedProxies, AllowedOrigins: c.AllowedOrigins, EnableHSTS: c.EnableHSTS,
		PasskeyOrigins: app.passkeyOrigins(),
		Limits:         c.Limits(), Requests: app.requestLimiter(), MaxRequests: c.MaxRequests,
		RequestTimeout: requestTimeout, BodyLimit: bodyLimit, UploadLimit: c.MaxUploadBytes, ImportLimit: c.MaxImportBytes,
		NewID: newID, Clock: app.clock, JWKS: app.keys.ring.JWKS, Logger: app.Logger,
		Observe: app.observeRequests(), CursorKey: cursorKey, Decisions: app.decisions,
		Checks: slices.Concat(app.databaseChecks(), app.cacheChecks()),
		Pages:  app.pages(uc, cursorKey),
	}), nil
}

func (app *App) databaseChecks() []port.Check {
	return []port.Check{{Name: "database", Ask: app.Store.Ready}}
}

func (app *App) cacheChecks() []port.Check {
	return []port.Check{{Name: "cache", Optional: !app.Config.RedisRequired, Ask: app.cache.ping}}
}

func (app *App) openFiles() error {
	app.files = disk.New(app.Config.UploadDir)
	app.onClose(app.files.Close)
	return nil
}

func (app *App) openSecrets() (err error) {
	if app.SecretKeys, err = fernet.New(app.Config.SecretKey, app.Config.SecretKeyFallbacks); err != nil {
		return err
	}
	if app.orgFiles, err = orgfile.New(append([]string{app.Config.SecretKey}, app.Config.SecretKeyFallbacks...)...); err != nil {
		return err
	}
	app.decisions, err = decisions(app.Config)
	return err
}

const (
	requestTimeout = 10 * time.Second
	bodyLimit      = 512 << 10
	hashQueue      = 64 // callers that wait for a hash before the next one is refused with 503
)

// Close closes everything, in the reverse order of opening.
func (app *App) Close() error {
	var err error
	for _, closer := range slices.Backward(app.closers) {
		err = errors.Join(err, closer())
	}
	app.closers = nil
	return err
}

func (app *App) onClose(closer func() error) { app.closers = append(app.closers, closer) }

func wallClock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
