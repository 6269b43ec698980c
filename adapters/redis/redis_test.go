package redis_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// open connects to the shared server under a prefix of its own.
func open(t *testing.T) *redis.Client {
	t.Helper()
	return openAs(t, uuid.NewString())
}

func openAs(t *testing.T, prefix string) *redis.Client {
	t.Helper()
	client, err := redis.Open(harness.Redis(t), prefix)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

func TestChallengesConformance(t *testing.T) {
	t.Parallel()
	conformance.Challenges(t, func(t *testing.T) (port.Challenges, domain.OrgID, domain.OrgID) {
		return redis.NewChallenges(open(t)), "one", "another"
	})
	conformance.StepUps(t, func(t *testing.T) (port.StepUps, domain.OrgID, domain.OrgID) {
		return redis.NewStepUps(open(t)), "one", "another"
	})
	conformance.Ceremonies(t, func(t *testing.T) (port.Ceremonies, domain.OrgID, domain.OrgID) {
		return redis.NewCeremonies(open(t)), "one", "another"
	})
}

func TestLimiterConformance(t *testing.T) {
	t.Parallel()
	conformance.Limiter(t, func(t *testing.T) port.Limiter { return redis.NewLimiter(open(t)) })
}
