package e2e

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
)

// parallel runs n calls at once and returns their answers.
func parallel(n int, call func(i int) answer) []answer {
	answers := make([]answer, n)
	var started, done sync.WaitGroup
	started.Add(1)
	for i := range n {
		done.Go(func() {
			started.Wait()
			answers[i] = call(i)
		})
	}
	started.Done()
	done.Wait()
	return answers
}

// oneByOne makes calls in sequence. Many parallel calls that hash a password would be refused.
func oneByOne(n int, call func() answer) []answer {
	answers := make([]answer, n)
	for i := range answers {
		answers[i] = call()
	}
	return answers
}

func count(answers []answer, status int) (n int) {
	for _, a := range answers {
		if a.status == status {
			n++
		}
	}
	return n
}

// twoReplicas starts two services on the same stores.
func twoReplicas(t *testing.T, adjust func(*bootstrap.Config)) (*service, *service) {
	t.Helper()
	database, redis := onServers.URLs(t)
	config := configure(t, database, redis)
	if adjust != nil {
		adjust(&config)
	}
	shared := &clock{}
	return replica(t, config, shared), replica(t, config, shared)
}

func TestFiftyParallelUsesOfACodeSignInOnce(t *testing.T) {
	t.Parallel()
	one, two := twoReplicas(t, func(c *bootstrap.Config) { c.Attempts.Max = 100 })
	owner := one.enroll(t)
	one.clock.Advance(31e9)
	code := one.code(t, owner.secret, 0)
	challenges := oneByOne(50, func() answer { return one.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)) })
	answers := parallel(50, func(i int) answer {
		s := []*service{one, two}[i%2]
		return s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": challenges[i].text("challenge.token"), "code": code})
	})
	require.Equal(t, 1, count(answers, http.StatusOK))
	require.Equal(t, 49, count(answers, http.StatusUnauthorized))
}

func TestAChallengeSignsInOnceDespiteSeveralValidCodes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		challenge := s.challenge(t, "mfa_required")
		answers := parallel(4, func(i int) answer {
			return s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": challenge, "recovery_code": owner.recoveryCodes[i]})
		})
		require.Equal(t, 1, count(answers, http.StatusOK))
		require.Equal(t, 3, count(answers, http.StatusUnauthorized))
	})
}

func TestParallelUsesOfARecoveryCodeSignInOnce(t *testing.T) {
	t.Parallel()
	one, two := twoReplicas(t, func(c *bootstrap.Config) { c.Attempts.Max = 100 })
	owner := one.enroll(t)
	challenges := oneByOne(30, func() answer { return one.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)) })
	answers := parallel(30, func(i int) answer {
		return []*service{one, two}[i%2].post(t, "/auth/login/mfa", map[string]any{
			"challenge_token": challenges[i].text("challenge.token"), "recovery_code": owner.recoveryCodes[0],
		})
	})
	require.Equal(t, 1, count(answers, http.StatusOK))
}

func TestParallelRefreshesAgreeOnOneSuccessor(t *testing.T) {
	t.Parallel()
	one, two := twoReplicas(t, nil)
	owner := one.enroll(t)
	answers := parallel(50, func(i int) answer {
		return []*service{one, two}[i%2].post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh})
	})
	successors := map[string]bool{}
	for _, a := range answers {
		successors[a.is(200, "").text("refresh_token")] = true
	}
	require.Len(t, successors, 1)
}

func TestParallelGuessesNeverExceedTheLimit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		answers := parallel(40, func(int) answer { return s.post(t, "/auth/login", credentials(ownerEmail, "wrong password")) })
		require.Equal(t, 5, count(answers, http.StatusUnauthorized), "the password was checked")
		require.Equal(t, 35, count(answers, http.StatusTooManyRequests), "locked")
		s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)).is(429, "account_locked")
	})
}

func TestParallelSignInsWithTheRightPasswordAllSucceed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		answers := parallel(10, func(int) answer { return s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)) })
		require.Equal(t, 10, count(answers, http.StatusOK))
	})
}

func TestAnEndedSessionIsRefusedByEveryReplicaAtOnce(t *testing.T) {
	t.Parallel()
	one, two := twoReplicas(t, nil)
	owner := one.enroll(t)
	two.get(t, "/me", owner.access).is(200, "")
	one.post(t, "/auth/logout", nil, "Authorization", "Bearer "+owner.access).is(204, "")
	one.get(t, "/me", owner.access).is(401, "token_revoked")
	two.get(t, "/me", owner.access).is(401, "token_revoked")
}
