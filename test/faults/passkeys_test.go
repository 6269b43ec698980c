//go:build unix

package faults

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/authenticator"
	"github.com/sole-platform/sole/test/harness"
)

// publicURL is where the pages of a deployment are, for all of its replicas.
const publicURL = "http://localhost:8000"

// options returns the options of a passkey ceremony.
func (a answer) options(t *testing.T) []byte {
	t.Helper()
	encoded, err := json.Marshal(a.is(t, 200, "").body["public_key"])
	require.NoError(t, err)
	return encoded
}

// addPasskey registers a passkey at one replica and confirms it at the other.
func addPasskey(t *testing.T, one, two *service, who account) *authenticator.Authenticator {
	t.Helper()
	phone := &authenticator.Authenticator{Origin: publicURL}
	credential, err := phone.Register(one.post("/me/passkeys/options", nil, "Authorization", "Bearer "+who.access).options(t))
	require.NoError(t, err)
	two.post("/me/passkeys", map[string]any{"credential": credential}, "Authorization", "Bearer "+who.access).is(t, 201, "")
	return phone
}

// ceremony begins a sign-in with a passkey and returns the body that completes it.
func (s *service) ceremony(t *testing.T, phone *authenticator.Authenticator) map[string]any {
	t.Helper()
	a := s.post("/auth/passkey/options", nil)
	credential, err := phone.Sign(a.options(t))
	require.NoError(t, err)
	return map[string]any{"challenge_token": a.text("challenge_token"), "credential": credential}
}

// TestRedisIsStoppedDuringAPasskeyCeremony: a ceremony that only Redis had is lost, which is no wrong answer. New ones are
// stored in the database, are good for one use, and outlast the outage.
func TestRedisIsStoppedDuringAPasskeyCeremony(t *testing.T) {
	onRedis(t, func(t *testing.T, c *cached) {
		phone := addPasskey(t, c.one, c.two, c.owner)
		lost := make([]map[string]any, 7) // more than the limit of wrong answers
		for i := range lost {
			lost[i] = c.one.ceremony(t, phone)
		}
		c.redis.Stop(t)
		for _, body := range lost {
			c.two.post("/auth/passkey", body).is(t, 503, "start_again")
		}
		body := c.one.ceremony(t, phone)
		answers := make([]answer, 8)
		var sent sync.WaitGroup
		for i := range answers {
			sent.Go(func() { answers[i] = c.two.post("/auth/passkey", body) })
		}
		sent.Wait()
		won := 0
		for _, a := range answers {
			if a.status == 200 {
				won++
			}
		}
		require.Equal(t, 1, won, "a ceremony is good for one use: %v", answers)
		mustBe(t, answers, "200", "503 start_again", "429 rate_limited")

		during := c.one.ceremony(t, phone)
		more := addPasskey(t, c.two, c.one, c.owner)
		c.redis.Start(t)
		eventually(t, "Redis is used again", func() bool {
			before := c.oneTimeTokens(t)
			for _, replica := range []*service{c.one, c.two} {
				replica.post("/auth/passkey", replica.ceremony(t, more)).is(t, 200, "")
			}
			c.one.ceremony(t, more) // stored and not answered
			return c.oneTimeTokens(t) == before
		})
		c.two.post("/auth/passkey", during).is(t, 200, "")
		c.one.post("/auth/passkey", c.one.ceremony(t, more)).is(t, 200, "")
	})
}

// TestAProcessIsRestartedDuringAPasskeyCeremony: what the stores hold goes on.
func TestAProcessIsRestartedDuringAPasskeyCeremony(t *testing.T) {
	t.Parallel()
	s := deploy(t, harness.Postgres(t), harness.Redis(t), "PUBLIC_URL="+publicURL).serve(t)
	owner := s.enrol(t)
	phone := addPasskey(t, s, s, owner)
	spare := &authenticator.Authenticator{Origin: publicURL}
	begun := s.post("/me/passkeys/options", nil, "Authorization", "Bearer "+owner.access).options(t)
	body := s.ceremony(t, phone)
	s.kill()
	s.start(t)
	s.post("/auth/passkey", body).is(t, 200, "")
	s.post("/auth/passkey", body).is(t, 401, "invalid_credentials")
	credential, err := spare.Register(begun)
	require.NoError(t, err)
	s.post("/me/passkeys", map[string]any{"credential": credential}, "Authorization", "Bearer "+owner.access).is(t, 201, "")
	s.post("/auth/passkey", s.ceremony(t, spare)).is(t, 200, "")
}
