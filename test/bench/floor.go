package main

import (
	"context"
	"crypto"
	"database/sql"
	"errors"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/sole-platform/sole/adapters/argon2"
	solejose "github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// readyPath is where a server says that it is ready.
const readyPath = "/api/v1/health/ready"

// floor answers the requests of the cases and does only the work that no answer can do without. Its paths, and the parts of the
// answers that the load generator reads, are those of the service.
type floor struct {
	config bootstrap.Config
	db     *bun.DB
	public crypto.PublicKey
	access port.AccessTokens
	hasher *argon2.Hasher
	hash   domain.PasswordHash // of memberPassword
}

// serveFloor serves the floor until the process is told to end. Its configuration is that of the service.
func serveFloor(config bootstrap.Config) error {
	f, err := newFloor(config)
	if err != nil {
		return err
	}
	app := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
	api := app.Group("/api/v1")
	api.Get("/me", f.me)
	api.Get("/members", f.members)
	api.Post("/auth/login", f.signIn)
	api.Post("/auth/login/mfa", f.code)
	api.Post("/auth/refresh", f.refresh)
	api.Post("/auth/step-up", f.stepUp)
	for _, path := range []string{"/.well-known/jwks.json", readyPath} {
		if err := f.copyAnswer(app, path); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(config.Host, strconv.Itoa(config.Port)))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, func() { _ = app.Shutdown() })
	return errors.Join(app.Listener(listener), f.db.Close())
}

func newFloor(config bootstrap.Config) (*floor, error) {
	db, err := openBun(config.DatabaseURL)
	if err != nil {
		return nil, err
	}
	key, err := solejose.LoadPrivateKey([]byte(config.PrivateKeyPEM))
	if err != nil {
		return nil, err
	}
	access, err := accessTokens(config)
	if err != nil {
		return nil, err
	}
	hasher := argon2.New(argon2.Default(), runtime.GOMAXPROCS(0), 1024)
	hash, err := hasher.Hash(context.Background(), domain.NewSecret(memberPassword))
	return &floor{config: config, db: db, public: key.Public(), access: access, hasher: hasher, hash: hash}, err
}

// openBun opens a database with Bun alone.
func openBun(url string) (*bun.DB, error) {
	if path, file := strings.CutPrefix(url, "sqlite://"); file {
		pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
		return bun.NewDB(pool, sqlitedialect.New()), err
	}
	dsn, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	dsn.DefaultQueryExecMode = pgx.QueryExecModeExec // the fastest for Bun, which writes values into the text
	pool := stdlib.OpenDB(*dsn)
	pool.SetMaxOpenConns(20)
	pool.SetMaxIdleConns(20)
	return bun.NewDB(pool, pgdialect.New()), nil
}

// caller is what the floor reads of an access token.
type caller struct {
	Subject string `json:"sub"`
	Org     string `json:"org"`
}

// verify checks the RS256 signature of the access token.
func (f *floor) verify(c *fiber.Ctx) (claims caller, err error) {
	token, err := jwt.ParseSigned(strings.TrimPrefix(c.Get("Authorization"), "Bearer "), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return claims, err
	}
	return claims, token.Claims(f.public, &claims)
}
