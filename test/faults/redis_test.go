//go:build unix

package faults

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// cached is two replicas with one database and a private Redis, under load.
type cached struct {
	database string
	redis    *harness.PrivateServer
	one, two *service
	owner    account
	load     *load
}

func onRedis(t *testing.T, test func(t *testing.T, c *cached)) {
	t.Parallel()
	redis := harness.NewRedisServer(t)
	onRedisAt(t, redis.URL(), func(t *testing.T, c *cached) {
		c.redis = redis
		test(t, c)
	})
}

// onRedisAt runs a test on a Redis of any kind.
func onRedisAt(t *testing.T, redis string, test func(t *testing.T, c *cached)) {
	c := &cached{database: harness.Postgres(t)}
	d := deploy(t, c.database, redis, "PUBLIC_URL="+publicURL)
	c.one, c.two = d.serve(t), d.serve(t)
	c.owner = c.one.enrol(t)
	c.load = begin(t, c.owner.access, c.one, c.two)
	test(t, c)
	c.load.nothingLost(t, c.one, c.database)
}

// challenge begins a sign-in of the owner at one replica and returns the challenge token.
func (c *cached) challenge(t *testing.T) string {
	t.Helper()
	return c.one.login(ownerEmail).is(t, 200, "").text("challenge.token")
}

// finish completes a sign-in at the other replica.
func (c *cached) finish(challenge string) answer {
	return c.two.post("/auth/login/mfa", map[string]any{"challenge_token": challenge, "recovery_code": c.owner.recoveryCode()})
}

func (c *cached) stepUp(t *testing.T) string {
	t.Helper()
	return c.one.post("/auth/step-up", map[string]any{"action": "recovery_codes.regenerate", "recovery_code": c.owner.recoveryCode()},
		"Authorization", "Bearer "+c.owner.access).is(t, 200, "").text("step_up_token")
}

// act uses a step-up token at the other replica.
func (c *cached) act(token string) answer {
	a := c.two.post("/me/mfa/recovery-codes", nil, "Authorization", "Bearer "+c.owner.access, "X-Step-Up-Token", token)
	if codes, ok := a.body["recovery_codes"].([]any); ok {
		c.owner.recoveryCodes = nil
		for _, code := range codes {
			c.owner.recoveryCodes = append(c.owner.recoveryCodes, code.(string))
		}
	}
	return a
}

// oneTimeTokens returns the number of unfinished sign-ins and step-ups in the database.
func (c *cached) oneTimeTokens(t *testing.T) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM tickets").Scan(&n))
	return n
}

// mustServe requires that everything works without Redis, except challenges and step-ups that only Redis had.
func (c *cached) mustServe(t *testing.T, challenge, stepUp string) {
	t.Helper()
	c.finish(challenge).is(t, 503, "start_again")
	c.act(stepUp).is(t, 503, "start_again")
	require.Zero(t, c.oneTimeTokens(t))

	challenge = c.challenge(t)
	require.Equal(t, "authenticated", c.finish(challenge).is(t, 200, "").text("status"))
	c.finish(challenge).is(t, 503, "start_again")
	stepUp = c.stepUp(t)
	var acted sync.WaitGroup
	answers := make([]answer, 20)
	for i := range answers {
		acted.Go(func() {
			answers[i] = c.two.post("/me/mfa/recovery-codes", nil, "Authorization", "Bearer "+c.owner.access, "X-Step-Up-Token", stepUp)
		})
	}
	acted.Wait()
	mustBe(t, answers, "200", "503 start_again", "429 rate_limited")
	won := slices.DeleteFunc(answers, func(a answer) bool { return a.status != 200 })
	require.Len(t, won, 1, "a step-up is good for one use")
	c.owner.recoveryCodes = nil
	for _, code := range won[0].body["recovery_codes"].([]any) {
		c.owner.recoveryCodes = append(c.owner.recoveryCodes, code.(string))
	}
	require.Equal(t, "degraded", c.one.get("/health/ready", "").is(t, 200, "").text("status"))
}

// mustUseRedis requires that Redis is used again soon, and that no token of the outage is lost.
func (c *cached) mustUseRedis(t *testing.T, challenge string) {
	t.Helper()
	kept := c.oneTimeTokens(t)
	require.NotZero(t, kept)
	took := eventually(t, "Redis is used again, by both", func() bool {
		before := c.oneTimeTokens(t)
		for _, replica := range []*service{c.one, c.two} {
			replica.login(ownerEmail).is(t, 200, "")
		}
		return c.oneTimeTokens(t) == before
	})
	require.Less(t, took, soon)
	t.Logf("Redis is used again after %s", took)
	c.finish(challenge).is(t, 200, "")
	c.finish(challenge).is(t, 401, "unauthenticated")
	require.Equal(t, "ok", c.two.get("/health/ready", "").is(t, 200, "").text("status"))
}

func TestRedisIsStopped(t *testing.T) {
	onRedis(t, func(t *testing.T, c *cached) {
		challenge, stepUp := c.challenge(t), c.stepUp(t)
		fault := time.Now()
		c.redis.Stop(t)
		c.mustServe(t, challenge, stepUp)
		during := c.challenge(t)
		c.redis.Start(t)
		c.mustUseRedis(t, during)
		mustBe(t, c.load.after(fault), fine...)
		require.Less(t, longest(c.load.after(fault)), soon)
	})
}

func TestRedisHangs(t *testing.T) {
	onRedis(t, func(t *testing.T, c *cached) {
		challenge, stepUp := c.challenge(t), c.stepUp(t)
		usual := median(c.load.during(time.Second))
		fault := time.Now()
		c.redis.Freeze(t)
		c.mustServe(t, challenge, stepUp)
		require.Less(t, median(c.load.during(time.Second)), usual+atOnce/2, "each request waits")
		during := c.challenge(t)
		c.redis.Thaw(t)
		c.mustUseRedis(t, during)
		mustBe(t, c.load.after(fault), fine...)
		require.Less(t, longest(c.load.after(fault)), soon)
	})
}

// TestRedisIsFlushedUnderAttack empties Redis repeatedly during guesses. The counters of guesses and
// the used codes are in the database.
func TestRedisIsFlushedUnderAttack(t *testing.T) {
	onRedis(t, func(t *testing.T, c *cached) {
		options, err := goredis.ParseURL(c.redis.URL())
		require.NoError(t, err)
		client := goredis.NewClient(options)
		defer func() { _ = client.Close() }()
		over, flushed := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(flushed)
			for {
				select {
				case <-over:
					return
				case <-time.After(10 * time.Millisecond):
					_ = client.FlushAll(t.Context())
				}
			}
		}()
		wrong := 0
		for i := range 20 {
			a := []*service{c.one, c.two}[i%2].post("/auth/login", map[string]any{"email": ownerEmail, "password": "wrong"})
			mustBe(t, []answer{a}, "401 invalid_credentials", "429 account_locked")
			if a.status == 401 {
				wrong++
			}
		}
		require.Equal(t, 5, wrong, "LOGIN_ATTEMPT_LIMIT")
		c.one.login(ownerEmail).is(t, 429, "account_locked")

		used := c.owner.recoveryCode()
		useUp := func() answer {
			return c.two.post("/auth/step-up", map[string]any{"action": "mfa.disable", "recovery_code": used}, "Authorization",
				"Bearer "+c.owner.access)
		}
		useUp().is(t, 200, "")
		useUp().is(t, 401, "invalid_code")
		close(over)
		<-flushed
		mustBe(t, c.load.during(500*time.Millisecond), fine...)
	})
}

// TestTheRequestLimitHoldsWithoutRedis checks that each process counts requests without Redis.
func TestTheRequestLimitHoldsWithoutRedis(t *testing.T) {
	t.Parallel()
	redis := harness.NewRedisServer(t)
	s := deploy(t, harness.Postgres(t), redis.URL()).serve(t, "RATE_LIMIT_PER_MINUTE=20", "PROXIES_COUNT=1")
	redis.Stop(t)
	var answers []answer
	for range 50 { // from another address than the requests for the OpenAPI document
		answers = append(answers, s.ask("GET", "/auth/orgs/resolve?org=default", nil, "X-Forwarded-For", "203.0.113.7"))
	}
	mustBe(t, answers, "200", "429 rate_limited")
	require.Len(t, slices.DeleteFunc(answers, func(a answer) bool { return a.status != 200 }), 20)
}
