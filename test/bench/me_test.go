// Package bench measures the service against the least that its work could cost.
package bench

import (
	"context"
	"crypto/rsa"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/valyala/fasthttp"

	solejose "github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

const (
	clients  = 32
	accounts = 200
	round    = 2 * time.Second
)

// BenchmarkMe compares GET /api/v1/me on PostgreSQL and Redis with the floor: Fiber, one
// RS256 verification and one primary-key select through Bun on pgx. The two take turns
// in the same run, so that whatever else the machine does meets both.
func BenchmarkMe(b *testing.B) {
	config := configure(b)
	tokens := make([]string, accounts)
	me := startService(b, config, tokens)
	floor := startFloor(b, config)
	var served, least float64
	for b.Loop() {
		least += load(b, floor, tokens)
		served += load(b, me, tokens)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(least/float64(b.N), "floor-req/s")
	b.ReportMetric(served/float64(b.N), "me-req/s")
	b.ReportMetric(served/least, "of-floor")
}

func configure(b *testing.B) bootstrap.Config {
	b.Helper()
	config, err := bootstrap.Load(bootstrap.Source{Defaults: map[string]string{"DATA_DIR": b.TempDir()}})
	require.NoError(b, err)
	config.DatabaseURL, config.RedisURL = harness.Postgres(b), harness.Redis(b)+"?prefix="+uuid.NewString()
	config.RequestsPerMinute, config.ProxiesCount = 10_000_000, 0 // counted on every request, reached by none
	return config
}

// startService runs the product with accounts that are signed in, and fills in their tokens.
func startService(b *testing.B, config bootstrap.Config, tokens []string) string {
	b.Helper()
	ctx := b.Context()
	app, err := bootstrap.Build(config, bootstrap.Environment{Log: io.Discard})
	require.NoError(b, err)
	_, err = app.Store.Migrate(ctx)
	require.NoError(b, err)
	_, err = app.Seed.Execute(ctx, platform.SeedInput{
		OrgID: config.DefaultOrgID, OrgName: "Acme", OrgSlug: "acme", Email: "owner@example.org", FullName: "Owner", Password: domain.NewSecret("correct horse battery"),
	})
	require.NoError(b, err)
	signIn(b, app, config, tokens)
	listener := listen(b)
	running, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- app.Run(running, listener) }()
	b.Cleanup(func() {
		stop()
		require.NoError(b, <-done)
		require.NoError(b, app.Close())
	})
	return "http://" + listener.Addr().String() + "/api/v1/me"
}

// signIn writes accounts and their sessions as a sign-in would, without its hashing.
func signIn(b *testing.B, app *bootstrap.App, config bootstrap.Config, tokens []string) {
	b.Helper()
	access := accessTokens(b, config)
	now := time.Now().UTC().Truncate(time.Microsecond)
	require.NoError(b, app.Store.InOrg(b.Context(), config.DefaultOrgID, func(tx port.OrgTx) error {
		roles, err := tx.Roles().List(b.Context())
		require.NoError(b, err)
		for i := range tokens {
			user, err := domain.NewUser(domain.UserID(uuid.NewString()), domain.Email(fmt.Sprintf("m%d@example.org", i)), "Member", now)
			require.NoError(b, err)
			require.NoError(b, tx.Users().Insert(b.Context(), user))
			require.NoError(b, tx.Roles().Assign(b.Context(), user.ID, []domain.RoleID{roles[i%len(roles)].ID}))
			session := domain.Session{
				ID: domain.SessionID(uuid.NewString()), User: user.ID, AMR: []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode},
				AuthTime: now, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
			}
			require.NoError(b, tx.Sessions().Insert(b.Context(), session))
			tokens[i], err = access.Sign(port.AccessClaims{
				ID: uuid.NewString(), Subject: user.ID, Org: config.DefaultOrgID, Session: session.ID, AMR: session.AMR, ACR: session.ACR(),
				AuthTime: now, IssuedAt: now, Expires: now.Add(time.Hour),
			})
			require.NoError(b, err)
		}
		return nil
	}))
}

func accessTokens(b *testing.B, config bootstrap.Config) port.AccessTokens {
	b.Helper()
	keys, err := solejose.NewKeys(privateKey(b, config))
	require.NoError(b, err)
	access, err := solejose.NewAccessTokens(keys, config.Issuer, config.Audience)
	require.NoError(b, err)
	return access
}

func privateKey(b *testing.B, config bootstrap.Config) *rsa.PrivateKey {
	b.Helper()
	key, err := solejose.LoadPrivateKey([]byte(config.PrivateKeyPEM))
	require.NoError(b, err)
	return key
}

// startFloor serves the least that the question could cost.
func startFloor(b *testing.B, config bootstrap.Config) string {
	b.Helper()
	dsn, err := pgx.ParseConfig(config.DatabaseURL)
	require.NoError(b, err)
	dsn.DefaultQueryExecMode = pgx.QueryExecModeExec // the fastest for Bun, which writes values into the text
	pool := stdlib.OpenDB(*dsn)
	pool.SetMaxOpenConns(20)
	pool.SetMaxIdleConns(20)
	db := bun.NewDB(pool, pgdialect.New())
	public := &privateKey(b, config).PublicKey
	app := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
	app.Get("/me", func(c *fiber.Ctx) error {
		token, err := jwt.ParseSigned(c.Get("Authorization")[len("Bearer "):], []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			return err
		}
		var claims struct {
			Subject string `json:"sub"`
			Org     string `json:"org"`
		}
		if err := token.Claims(public, &claims); err != nil {
			return err
		}
		var user struct {
			bun.BaseModel `bun:"table:users"`
			ID            string `json:"id"`
			Email         string `json:"email"`
			FullName      string `json:"full_name"`
		}
		err = db.NewSelect().Model(&user).Where("org_id = ?", claims.Org).Where("id = ?", claims.Subject).Scan(c.Context())
		if err != nil {
			return err
		}
		return c.JSON(user)
	})
	listener := listen(b)
	go func() { _ = app.Listener(listener) }()
	b.Cleanup(func() {
		require.NoError(b, app.Shutdown())
		require.NoError(b, closeAll(db.DB))
	})
	return "http://" + listener.Addr().String() + "/me"
}

func closeAll(db *sql.DB) error { return db.Close() }

func listen(b *testing.B) net.Listener {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	return listener
}

// load asks url from a fixed number of keep-alive clients for one round and returns the
// requests answered per second; an answer other than 200 fails the benchmark.
func load(b *testing.B, url string, tokens []string) float64 {
	b.Helper()
	client := &fasthttp.Client{MaxConnsPerHost: clients}
	var answered, failed atomic.Int64
	started := time.Now()
	done := make(chan struct{}, clients)
	for worker := range clients {
		go func() {
			defer func() { done <- struct{}{} }()
			request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
			for i := worker; time.Since(started) < round; i += clients {
				request.SetRequestURI(url)
				request.Header.Set("Authorization", "Bearer "+tokens[i%len(tokens)])
				if err := client.Do(request, response); err != nil || response.StatusCode() != http.StatusOK {
					failed.Add(1)
					return
				}
				answered.Add(1)
			}
		}()
	}
	for range clients {
		<-done
	}
	require.Zero(b, failed.Load(), "requests failed")
	return float64(answered.Load()) / time.Since(started).Seconds()
}
