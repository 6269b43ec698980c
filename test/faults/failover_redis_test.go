//go:build unix

package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// promoted is how long Redis may take to promote a replica, with the times of deploy/redis. It takes four seconds on an idle machine.
const promoted = 30 * time.Second

// TestSentinelPromotesAReplica loses a host with the primary and a Sentinel.
func TestSentinelPromotesAReplica(t *testing.T) {
	t.Parallel()
	redis := harness.NewSentinelRedis(t)
	onRedisAt(t, redis.URL, func(t *testing.T, c *cached) {
		c.mustSurviveAFailover(t, func() {
			redis.Sentinels[0].Kill(t)
			redis.Servers[0].Kill(t)
		})
		redis.Servers[0].Start(t) // it comes back as a replica
		mustBe(t, c.load.during(time.Second), fine...)
		c.mustBeShared(t)
	})
}

// TestAClusterLosesAPrimary whose replica takes over.
func TestAClusterLosesAPrimary(t *testing.T) {
	t.Parallel()
	redis := harness.NewClusterRedis(t)
	onRedisAt(t, redis.URL, func(t *testing.T, c *cached) {
		c.mustSurviveAFailover(t, func() { redis.Nodes[0].Kill(t) })
		redis.Nodes[0].Start(t)
		mustBe(t, c.load.during(time.Second), fine...)
		c.mustBeShared(t)
	})
}

// mustSurviveAFailover requires that no request fails but those that need a token of the lost server, that no token is used
// twice and no guess is added, and that Redis is used again.
func (c *cached) mustSurviveAFailover(t *testing.T, lose func()) {
	t.Helper()
	usedStepUp := c.stepUp(t)
	c.act(usedStepUp).is(t, 200, "")
	usedChallenge := c.challenge(t)
	c.finish(usedChallenge).is(t, 200, "")
	pending := c.stepUp(t)
	guesses := c.guess(t)

	fault := time.Now()
	lose()
	c.mustNotBeUsed(t, usedChallenge, usedStepUp)
	during := c.challengeSoon(t)
	away, back := "the cache is unavailable", "the cache is back"
	took := eventually(t, "Redis is used again, by both", func() bool {
		c.mustNotBeUsed(t, usedChallenge, usedStepUp)
		for _, replica := range []*service{c.one, c.two} {
			replica.login(ownerEmail) // asks for Redis
			if log := replica.log.String(); strings.Count(log, away) != strings.Count(log, back) {
				return false
			}
		}
		return time.Since(fault) > time.Second && strings.Contains(c.one.log.String()+c.two.log.String(), back)
	})
	require.Less(t, took, promoted)
	t.Logf("Redis is used again %s after the fault", time.Since(fault))

	used := 0
	for range 3 {
		a := c.act(pending)
		mustBe(t, []answer{a}, "200", "503 start_again", "401 step_up_required", "403 step_up_required")
		if a.status == 200 {
			used++
		}
	}
	require.LessOrEqual(t, used, 1, "a step-up is good for one use")
	c.finish(during).is(t, 200, "")
	mustBe(t, []answer{c.finish(during)}, "401 unauthenticated", "503 start_again")
	c.mustNotBeUsed(t, usedChallenge, usedStepUp)
	require.LessOrEqual(t, guesses(), 5, "LOGIN_ATTEMPT_LIMIT")
	mustBe(t, c.load.after(fault), fine...)
	require.Less(t, longest(c.load.after(fault)), soon)
}

// mustNotBeUsed requires that used tokens stay used.
func (c *cached) mustNotBeUsed(t *testing.T, challenge, stepUp string) {
	t.Helper()
	body := map[string]any{"challenge_token": challenge, "recovery_code": c.owner.recoveryCodes[0]}
	mustBe(t, []answer{c.two.post("/auth/login/mfa", body)}, "401 unauthenticated", "503 start_again", "503 unavailable")
	a := c.two.post("/me/mfa/recovery-codes", nil, "Authorization", "Bearer "+c.owner.access, "X-Step-Up-Token", stepUp)
	mustBe(t, []answer{a}, "401 step_up_required", "403 step_up_required", "503 start_again", "503 unavailable")
}

// challengeSoon begins a sign-in of the owner while Redis is away. The first attempt may be the one that notices.
func (c *cached) challengeSoon(t *testing.T) (challenge string) {
	t.Helper()
	eventually(t, "a sign-in begins", func() bool {
		a := c.one.login(ownerEmail)
		mustBe(t, []answer{a}, orAway...)
		challenge = a.text("challenge.token")
		return a.status == 200
	})
	return challenge
}

// guess tries passwords of an account until the function that it returns is called, which returns how many were looked at.
func (c *cached) guess(t *testing.T) (stop func() int) {
	t.Helper()
	over, counted := make(chan struct{}), make(chan int)
	go func() {
		looked, answers := 0, 0
		for ended := false; !ended || answers < 20; answers++ {
			a := []*service{c.one, c.two}[answers%2].post("/auth/login", map[string]any{"email": "nobody@example.org", "password": "wrong"})
			if a.status == 401 {
				looked++
			}
			select {
			case <-over:
				ended = true
			case <-time.After(20 * time.Millisecond):
			}
		}
		counted <- looked
	}()
	return func() int {
		close(over)
		return <-counted
	}
}

// mustBeShared requires that a sign-in that began at one replica ends at the other, through Redis.
func (c *cached) mustBeShared(t *testing.T) {
	t.Helper()
	before := c.oneTimeTokens(t)
	challenge := c.challenge(t)
	require.Equal(t, before, c.oneTimeTokens(t), "the database was used")
	c.finish(challenge).is(t, 200, "")
	c.finish(challenge).is(t, 401, "unauthenticated")
	require.Equal(t, "ok", c.two.get("/health/ready", "").is(t, 200, "").text("status"))
}
