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

// TestClusterConformance runs every suite on a Cluster of three primaries: no script or pipeline may need two keys of
// different nodes.
func TestClusterConformance(t *testing.T) {
	t.Parallel()
	cluster := harness.NewClusterRedis(t)
	openAs := func(t *testing.T, prefix string) *redis.Client {
		t.Helper()
		client, err := redis.Open(cluster.URL+"&prefix="+prefix, "sole")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, client.Close()) })
		return client
	}
	open := func(t *testing.T) *redis.Client {
		t.Helper()
		return openAs(t, uuid.NewString())
	}
	require.NoError(t, open(t).Check(t.Context()))
	conformance.Limiter(t, func(t *testing.T) port.Limiter { return redis.NewLimiter(open(t)) })
	conformance.Challenges(t, func(t *testing.T) (port.Challenges, domain.OrgID, domain.OrgID) {
		return redis.NewChallenges(open(t)), "one", "another"
	})
	conformance.StepUps(t, func(t *testing.T) (port.StepUps, domain.OrgID, domain.OrgID) {
		return redis.NewStepUps(open(t)), "one", "another"
	})
	conformance.Ceremonies(t, func(t *testing.T) (port.Ceremonies, domain.OrgID, domain.OrgID) {
		return redis.NewCeremonies(open(t)), "one", "another"
	})
	conformance.RequestCounts(t, func(t *testing.T) (one, another port.RequestCounts) {
		prefix := uuid.NewString()
		return redis.NewRequestCounts(openAs(t, prefix)), redis.NewRequestCounts(openAs(t, prefix))
	})
}
