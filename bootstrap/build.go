package bootstrap

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sole-platform/sole/adapters/argon2"
	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/disk"
	"github.com/sole-platform/sole/adapters/fallback"
	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/media"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/adapters/otel"
	"github.com/sole-platform/sole/adapters/prometheus"
	"github.com/sole-platform/sole/adapters/raster"
	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/adapters/useragent"
	"github.com/sole-platform/sole/adapters/zxcvbn"
	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/roles"
)

// Version is stamped by the release build (-ldflags "-X ...bootstrap.Version=...").
var Version = "dev"

// App is the wired service.
type App struct {
	Config      Config
	Store       *bunstore.Store
	SecretKeys  port.KeyRing
	Server      *http.Server
	Seed        platform.Seed
	Logger      *slog.Logger
	auditLogger *slog.Logger
	activity    *bunstore.Activity
	queue       *river.Queue
	keys        *signingKeys
	metrics     *prometheus.Metrics // nil: nobody looks
	tracing     *otel.Tracing       // nil: nobody looks
	operators   net.Listener        // listens on METRICS_ADDR; nil: not open
	backlog     *prometheus.Queue
	level       *slog.LevelVar
	clock       port.Clock
	closers     []func() error
	files       *disk.Files
	decisions   port.Decisions
}

// Environment is what the operating system gives; tests give something else.
type Environment struct {
	Log     io.Writer
	Clock   port.Clock    // nil: the real one
	Hashing argon2.Params // zero: argon2.Default()
}

// Build wires the service. Nothing is connected or listening yet.
func Build(c Config, env Environment) (_ *App, err error) {
	clock := env.Clock
	if clock == nil {
		clock = wallClock
	}
	level := &slog.LevelVar{}
	level.Set(c.LogLevel)
	app := &App{Config: c, Logger: newLogger(env.Log, c, transactionalLog, level), level: level, clock: clock}
	defer func() {
		if err != nil {
			err = errors.Join(err, app.Close())
		}
	}()
	if err := app.openObservers(); err != nil {
		return nil, err
	}
	if app.Store, err = openStore(c); err != nil {
		return nil, err
	}
	app.onClose(app.Store.Close)
	app.auditLogger = newLogger(env.Log, c, auditLog, slog.LevelInfo) // never silenced
	app.Store.Audited = logAudit(app.auditLogger)
	app.Store.Away = app.tellOfDatabase
	app.observeStore()
	app.files = disk.New(c.UploadDir)
	app.onClose(app.files.Close)
	if err := app.openQueue(); err != nil {
		return nil, err
	}
	app.observeQueue()
	app.activity = bunstore.NewActivity(app.Store, app.Logger)

	short, err := app.openShortLived(clock)
	if err != nil {
		return nil, err
	}
	secrets, err := fernet.New(c.SecretKey, c.SecretKeyFallbacks)
	if err != nil {
		return nil, err
	}
	app.SecretKeys = secrets
	if err := app.openKeys(); err != nil {
		return nil, err
	}
	access, err := jose.NewAccessTokens(app.keys.ring, c.Issuer, c.Audience)
	if err != nil {
		return nil, err
	}
	cursorKey, err := cursorKey(c.SecretKey)
	if err != nil {
		return nil, err
	}
	if app.decisions, err = decisions(c); err != nil {
		return nil, err
	}
	hasher := argon2.New(cmp.Or(env.Hashing, argon2.Default()), runtime.GOMAXPROCS(0), hashQueue)
	app.Seed = platform.Seed{Store: app.Store, Hasher: hasher, Clock: clock, NewID: newID, Limits: c.Limits()}
	app.Server = http.New(app.useCases(access, secrets, hasher, short), http.Options{
		Version: Version, PublicURL: c.PublicURL, MultiTenant: c.MultiTenant, DefaultOrg: c.DefaultOrgID, TenantDomain: c.TenantBaseDomain,
		ProxiesCount: c.ProxiesCount, TrustedProxies: c.TrustedProxies, AllowedOrigins: c.AllowedOrigins, EnableHSTS: c.EnableHSTS, Limits: c.Limits(),
		RequestsPerAddr: port.Rate{Max: c.RequestsPerMinute, Per: time.Minute},
		RequestTimeout:  requestTimeout, BodyLimit: bodyLimit, UploadLimit: c.MaxUploadBytes, Limiter: short.limiter, NewID: newID, Clock: clock, JWKS: app.keys.ring.JWKS, Logger: app.Logger,
		MaxRequests: c.MaxRequests, Observe: app.observeRequests(),
		CursorKey: cursorKey, Decisions: app.decisions,
		Checks: []http.Check{
			{Name: "database", Ask: app.Store.Ready},
			{Name: "cache", Optional: !c.RedisRequired, Ask: short.ping},
		},
	})
	app.observeLoad(hasher, short.client)
	return app, nil
}

const (
	requestTimeout     = 10 * time.Second
	bodyLimit          = 512 << 10
	decodesAtOnce      = 1  // images; the largest takes some 200 MiB for a second or two
	hashQueue          = 64 // callers waiting for a hash before the next is told to come back
	failuresPerNetwork = 20 // times the limit of one account
)

// useCases is the whole application on one screen.
func (app *App) useCases(access port.AccessTokens, secrets port.SecretBox, hasher *argon2.Hasher, short shortLived) http.UseCases {
	c, store, clock := app.Config, app.Store, app.clock
	issuer := auth.Issuer{Access: access, Refresh: opaque.RefreshTokens{}, NewID: newID, AccessTTL: c.AccessTTL, Limits: c.Limits()}
	guesses := proof.Guesses{
		Store: store, Limiter: short.limiter, Clock: clock, NewID: newID, Pause: pause, Limit: c.Attempts,
		PerNetwork: port.Rate{Max: failuresPerNetwork * c.Attempts.Max, Per: c.Attempts.Lockout}, Decisions: app.decisions,
	}
	wrong := proof.WrongTokens{Limiter: guesses.Limiter, PerNetwork: guesses.PerNetwork}
	flow := auth.Flow{
		Store: store, Challenges: short.challenges, ChallengeTokens: opaque.New("ch"),
		DeviceTokens: opaque.DeviceTokens{}, DeviceGrace: c.RefreshGrace,
		Guesses: guesses, Wrong: wrong, Issuer: issuer, Clock: clock, NewID: newID, BrowserName: useragent.Name,
	}
	codes := proof.Codes{Store: store, OneTime: totp.Codes{}, Recovery: totp.RecoveryCodes{}, Secrets: secrets}
	enrollment := proof.Enrollment{OneTime: totp.Codes{}, Recovery: totp.RecoveryCodes{}, Secrets: secrets}
	newPassword := proof.NewPassword{Hasher: hasher, Judge: zxcvbn.Judge{}, Limits: c.Limits()}
	stepUps := opaque.New("su")
	guard := proof.Guard{
		Store: store, StepUps: short.stepUps, Tokens: stepUps, Wrong: wrong, Clock: clock, NewID: newID, Limits: c.Limits(),
	}
	fresh := proof.FreshSignIn{Guard: guard, Guesses: guesses, Hasher: hasher}
	crossings := application.Crossings{Store: store, Clock: clock, NewID: newID}
	return http.UseCases{
		ResolveOrg:          auth.ResolveOrg{Store: store},
		Login:               auth.Login{Flow: flow, Hasher: hasher},
		CompleteMFA:         auth.CompleteMFA{Flow: flow, Codes: codes},
		StartEnrollment:     auth.StartEnrollment{Flow: flow, Enrollment: enrollment},
		ConfirmEnrollment:   auth.ConfirmEnrollment{Flow: flow, Enrollment: enrollment},
		ChangePassword:      auth.ChangePassword{Flow: flow, NewPassword: newPassword},
		PasswordStrength:    auth.PasswordStrength{Store: store, NewPassword: newPassword, Spare: hasher.Spare},
		Refresh:             auth.Refresh{Store: store, Clock: clock, NewID: newID, Issuer: issuer, Wrong: wrong, Grace: c.RefreshGrace},
		Logout:              auth.Logout{Store: store, Clock: clock, NewID: newID},
		LogoutAll:           auth.LogoutAll{Store: store, Clock: clock, NewID: newID},
		Authenticate:        auth.Authenticate{Store: store, Access: access, Activity: app.activity, Crossings: crossings, Clock: clock, Limits: c.Limits()},
		Permit:              auth.Permit{},
		Explain:             authz.Explain{Store: store, Decisions: app.decisions, Clock: clock},
		Foresee:             authz.Foresee{Store: store, Clock: clock},
		ForgotPassword:      auth.ForgotPassword{Store: store, Clock: clock},
		DiscoverOrgs:        auth.DiscoverOrgs{Store: store, Clock: clock},
		ResetPassword:       auth.ResetPassword{Store: store, Links: resetLinks, NewPassword: newPassword, Guesses: guesses, Wrong: wrong, Clock: clock, NewID: newID},
		StepUp:              auth.StepUp{Store: store, StepUps: short.stepUps, Tokens: stepUps, Guesses: guesses, Codes: codes, Clock: clock, NewID: newID},
		ChangeOwnPassword:   auth.ChangeOwnPassword{Store: store, Guesses: guesses, Hasher: hasher, NewPassword: newPassword, Issuer: issuer, Clock: clock, NewID: newID},
		ExportAccount:       account.Export{Store: store, Guard: guard, Clock: clock, NewID: newID},
		ListSessions:        account.ListSessions{Store: store, Clock: clock, Limits: c.Limits()},
		RevokeSession:       account.RevokeSession{Store: store, Clock: clock, NewID: newID},
		UpdateProfile:       account.UpdateProfile{Store: store, Guard: guard, Clock: clock, NewID: newID},
		ChangeEmail:         account.ChangeEmail{Store: store, Fresh: fresh, Links: emailLinks, Limiter: short.limiter, Clock: clock, NewID: newID, NoMail: c.sendsNoMail()},
		ConfirmEmail:        account.ConfirmEmail{Store: store, Links: emailLinks, Wrong: wrong, Clock: clock, NewID: newID},
		ListDevices:         account.ListDevices{Store: store, Clock: clock},
		RenameDevice:        account.RenameDevice{Store: store, Clock: clock, NewID: newID},
		ForgetDevice:        account.ForgetDevice{Store: store, Clock: clock, NewID: newID},
		ForgetDevices:       account.ForgetDevices{Store: store, Clock: clock, NewID: newID},
		MFAState:            mfa.State{Store: store, Clock: clock},
		BeginMFA:            mfa.Begin{Store: store, Fresh: fresh, Enrollment: enrollment, Clock: clock, NewID: newID},
		ConfirmMFA:          mfa.Confirm{Store: store, Guesses: guesses, Enrollment: enrollment, Clock: clock, NewID: newID},
		DisableMFA:          mfa.Disable{Store: store, Guard: guard, Clock: clock, NewID: newID},
		NewRecoveryCodes:    mfa.RegenerateRecoveryCodes{Store: store, Guard: guard, Enrollment: enrollment, Clock: clock, NewID: newID},
		PreviewSettings:     orgs.PreviewSettings{Store: store, Clock: clock, Limits: c.Limits()},
		UpdateSettings:      orgs.UpdateSettings{Store: store, Guard: guard, Clock: clock, NewID: newID, Limits: c.Limits()},
		ListMembers:         members.List{Store: store},
		GetMember:           members.Get{Store: store},
		CreateMember:        members.Create{Store: store, Guard: guard, Hasher: hasher, NewPassword: newTemporaryPassword, Invitations: c.invitations(), Clock: clock, NewID: newID},
		UpdateMember:        members.Update{Store: store, Guard: guard, Invitations: c.invitations(), Clock: clock, NewID: newID},
		ExportMembers:       members.Export{Store: store, Guard: guard, Clock: clock, NewID: newID},
		OrderImport:         members.OrderImport{Store: store, Guard: guard, Clock: clock, NewID: newID},
		GetImport:           members.GetImport{Store: store},
		ListImportRows:      members.ListImportRows{Store: store},
		RemoveMember:        members.Remove{Store: store, Guard: guard, Files: app.files, Clock: clock, NewID: newID},
		AssignRoles:         members.AssignRoles{Store: store, Guard: guard, Clock: clock, NewID: newID},
		InviteMember:        members.Invite{Store: store, Guard: guard, Invitations: c.invitations(), Clock: clock, NewID: newID},
		UninviteMember:      members.Uninvite{Store: store, Clock: clock, NewID: newID},
		ListRoles:           roles.List{Store: store},
		GetRole:             roles.Get{Store: store},
		CreateRole:          roles.Create{Store: store, Guard: guard, Clock: clock, NewID: newID},
		UpdateRole:          roles.Update{Store: store, Guard: guard, Clock: clock, NewID: newID},
		RemoveRole:          roles.Remove{Store: store, Guard: guard, Clock: clock, NewID: newID},
		ResetMemberMFA:      members.ResetMFA{Store: store, Guard: guard, Clock: clock, NewID: newID},
		ResetMemberPassword: members.ResetPassword{Store: store, Guard: guard, Hasher: hasher, NewPassword: newTemporaryPassword, Clock: clock, NewID: newID},
		SuspendMember:       members.Suspend{Store: store, Clock: clock, NewID: newID},
		ActivateMember:      members.Activate{Store: store, Clock: clock, NewID: newID},
		SignOutMember:       members.SignOut{Store: store, Clock: clock, NewID: newID},
		UpdateOrg:           orgs.Update{Store: store, Guard: guard, Crossings: crossings, Clock: clock, NewID: newID},
		ListOrgs:            platform.ListOrgs{Store: store},
		GetOrg:              platform.GetOrg{Store: store},
		CreateOrg:           platform.CreateOrg{Store: store, Guard: guard, Hasher: hasher, NewPassword: newTemporaryPassword, Crossings: crossings, Clock: clock, NewID: newID, Limits: c.Limits()},
		ChangeStanding:      platform.ChangeStanding{Store: store, Guard: guard, Crossings: crossings, Clock: clock, NewID: newID},
		ListEvents:          audit.List{Store: store, Clock: clock, NewID: newID},
		ExportEvents:        audit.Export{Store: store, Guard: guard, Clock: clock, NewID: newID},
		StoreFile:           files.Store{Store: store, Files: app.files, Media: media.Type, Quota: files.Quota(c.MaxOrgUploadBytes), Clock: clock, NewID: newID},
		GetFile:             files.Get{Store: store, Files: app.files},
		ListFiles:           files.List{Store: store, Quota: files.Quota(c.MaxOrgUploadBytes)},
		RemoveFile:          files.Remove{Store: store, Files: app.files, Clock: clock, NewID: newID},
		SetPicture:          files.SetPicture{Store: store, Files: app.files, Pictures: raster.New(decodesAtOnce), Quota: files.Quota(c.MaxOrgUploadBytes), Clock: clock, NewID: newID},
		GetPicture:          files.GetPicture{Store: store, Files: app.files},
		RemovePicture:       files.RemovePicture{Store: store, Files: app.files, Clock: clock, NewID: newID},
	}
}

func openStore(c Config) (*bunstore.Store, error) {
	if path, ok := sqlitePath(c.DatabaseURL); ok {
		return bunstore.OpenSQLite(path)
	}
	return bunstore.OpenPostgres(c.DatabaseURL, c.MigrationDatabaseURL)
}

// sqlitePath reads sqlite://relative/path and sqlite:///absolute/path.
func sqlitePath(dsn string) (string, bool) {
	path, ok := strings.CutPrefix(dsn, "sqlite:")
	if !ok {
		return "", false
	}
	path = strings.TrimPrefix(path, "//")
	if unescaped, err := url.PathUnescape(path); err == nil {
		path = unescaped
	}
	return path, true
}

// sqliteURL returns the URL of a file, from which sqlitePath returns the same path, whatever its characters.
func sqliteURL(path string) string {
	if !filepath.IsAbs(path) {
		path = "./" + path
	}
	return "sqlite://" + (&url.URL{Path: path}).EscapedPath()
}

// shortLived are the ports whose state may be lost.
type shortLived struct {
	challenges port.Challenges
	stepUps    port.StepUps
	limiter    port.Limiter
	ping       func(context.Context) error
	client     *redis.Client // nil in memory
}

func (app *App) openShortLived(clock port.Clock) (shortLived, error) {
	local := memory.NewLimiter(clock)
	if strings.HasPrefix(app.Config.RedisURL, "memory:") {
		return shortLived{memory.NewChallenges(clock), memory.NewStepUps(clock), app.limiter(local), func(context.Context) error { return nil }, nil}, nil
	}
	client, err := redis.Open(app.Config.RedisURL, app.Config.deployment())
	if err != nil {
		return shortLived{}, err
	}
	app.onClose(client.Close)
	app.observeCache(client)
	circuit := fallback.NewCircuit(client.Check, app.tellOfCache)
	return shortLived{
		challenges: fallback.NewChallenges(circuit, redis.NewChallenges(client), bunstore.NewChallenges(app.Store, clock)),
		stepUps:    fallback.NewStepUps(circuit, redis.NewStepUps(client), bunstore.NewStepUps(app.Store, clock)),
		limiter:    fallback.Limiter{First: app.limiter(circuit.Limiter(redis.NewLimiter(client))), Second: local},
		ping:       client.Check, client: client,
	}, nil
}

// tellOfCache logs why the cache is unavailable and when it is back, because requests do not fail then.
func (app *App) tellOfCache(why error) {
	if app.metrics != nil {
		app.metrics.Away("cache", why != nil)
	}
	if why != nil {
		app.Logger.Warn("the cache is away: sign-ins are kept in the database, limits per process, until it is back",
			slog.Any("error", why))
		return
	}
	app.Logger.Info("the cache is back")
}

// tellOfDatabase says the same of the database.
func (app *App) tellOfDatabase(why error) {
	if app.metrics != nil {
		app.metrics.Away("database", why != nil)
	}
	if why != nil {
		app.Logger.Error("the database is away: requests are refused until it is back", slog.Any("error", why))
		return
	}
	app.Logger.Info("the database is back")
}

// Close gives everything back, last opened first.
func (app *App) Close() error {
	var err error
	for i := len(app.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, app.closers[i]())
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
