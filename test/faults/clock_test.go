//go:build unix

package faults

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

type clock = harness.Clock

// onAJumpingClock runs a test on a service in this process, with a clock that the test moves.
func onAJumpingClock(t *testing.T, test func(t *testing.T, s *service, c *clock)) {
	for _, d := range inprocess.Deployments() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			database, redis := d.URLs(t)
			c := &clock{}
			ctx, end := context.WithCancel(context.Background())
			s := inProcess(ctx, t, stores{database: database, redis: redis}, c)
			t.Cleanup(func() { end(); <-s.ended })
			test(t, s, c)
		})
	}
}

// stores are the URLs of migrated stores.
type stores struct{ database, redis string }

// inProcess starts a service, which stops when ctx ends, and then closes the channel ended.
func inProcess(ctx context.Context, t *testing.T, on stores, c *clock) *service {
	t.Helper()
	config := inprocess.Config(t, on.database, on.redis)
	config.RequestsPerMinute, config.ProxiesCount, config.WebhookNetworks = 0, 0, loopbackNetworks
	config.SecretKey = "a secret key that every process of a test has"
	app, err := bootstrap.Build(config, bootstrap.Environment{Log: io.Discard, Clock: c.Now, Hashing: inprocess.Hashing})
	require.NoError(t, err)
	_, err = app.Store.Migrate(t.Context())
	require.NoError(t, err)
	_, err = app.Seed.Execute(t.Context(), platform.SeedInput{
		OrgID: config.DefaultOrgID, OrgName: "Default", OrgSlug: "default", Email: ownerEmail, FullName: "Owner",
		Password: domain.NewSecret(password),
	})
	require.NoError(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &service{t: t, url: "http://" + listener.Addr().String() + "/api/v1", ended: make(chan struct{}), database: on.database}
	go func() {
		defer close(s.ended)
		assert.NoError(t, app.Run(ctx, listener))
		assert.NoError(t, app.Close())
	}()
	return s
}

func (s *service) finish(challenge string, body map[string]any) answer {
	body["challenge_token"] = challenge
	return s.post("/auth/login/mfa", body)
}

func TestTheClockJumpsForward(t *testing.T) {
	onAJumpingClock(t, func(t *testing.T, s *service, c *clock) {
		who := s.enrol(t)
		challenge := s.login(ownerEmail).is(t, 200, "").text("challenge.token")
		c.Advance(20 * time.Minute)
		s.get("/me", who.access).is(t, 401, "token_expired")
		s.finish(challenge, map[string]any{"code": code(t, who.secret, c.Now())}).is(t, 401, "unauthenticated")
		who.refresh = s.post("/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(t, 200, "").text("refresh_token")
		c.Advance(40 * time.Minute)
		s.post("/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(t, 401, "session_expired")
		c.Advance(365 * 24 * time.Hour)
		challenge = s.login(ownerEmail).is(t, 200, "").text("challenge.token")
		s.finish(challenge, map[string]any{"code": code(t, who.secret, c.Now())}).is(t, 200, "")
	})
}

func TestTheClockJumpsBack(t *testing.T) {
	onAJumpingClock(t, func(t *testing.T, s *service, c *clock) {
		who := s.enrol(t)
		c.Advance(time.Hour)
		used := code(t, who.secret, c.Now())
		later := s.finish(s.login(ownerEmail).is(t, 200, "").text("challenge.token"), map[string]any{"code": used}).is(t, 200, "")
		s.post("/auth/logout", nil, "Authorization", "Bearer "+later.text("tokens.access_token")).is(t, 204, "")

		c.Advance(-time.Hour)
		s.get("/me", later.text("tokens.access_token")).is(t, 401, "unauthenticated") // issued in the future of the new time
		s.post("/auth/refresh", map[string]any{"refresh_token": later.text("tokens.refresh_token")}).is(t, 401, "token_revoked")
		s.get("/me", who.access).is(t, 200, "")
		for _, at := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			challenge := s.login(ownerEmail).is(t, 200, "").text("challenge.token")
			s.finish(challenge, map[string]any{"code": code(t, who.secret, c.Now().Add(at))}).is(t, 401, "invalid_code")
		}
		challenge := s.login(ownerEmail).is(t, 200, "").text("challenge.token")
		recoveryCode := who.recoveryCode()
		s.finish(challenge, map[string]any{"recovery_code": recoveryCode}).is(t, 200, "")
		s.finish(challenge, map[string]any{"recovery_code": recoveryCode}).is(t, 401, "unauthenticated")

		c.Advance(time.Hour) // back to the old time: used codes stay used
		challenge = s.login(ownerEmail).is(t, 200, "").text("challenge.token")
		s.finish(challenge, map[string]any{"code": used}).is(t, 401, "invalid_code")
		s.get("/me", later.text("tokens.access_token")).is(t, 401, "token_revoked")
	})
}

func TestALockSurvivesJumpsOfTheClock(t *testing.T) {
	onAJumpingClock(t, func(t *testing.T, s *service, c *clock) {
		for range 5 {
			s.post("/auth/login", map[string]any{"email": ownerEmail, "password": "wrong"}).is(t, 401, "invalid_credentials")
		}
		s.login(ownerEmail).is(t, 429, "account_locked")
		c.Advance(-24 * time.Hour)
		s.login(ownerEmail).is(t, 429, "account_locked")
		c.Advance(24*time.Hour + 15*time.Minute)
		s.login(ownerEmail).is(t, 200, "")
	})
}
