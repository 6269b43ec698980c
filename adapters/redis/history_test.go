package redis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// TestATokenIsNotUsedAgainOnAPromotedReplica takes a token on the primary while its replica hears nothing, and presents it to the
// replica once that is promoted.
func TestATokenIsNotUsedAgainOnAPromotedReplica(t *testing.T) {
	t.Parallel()
	primary, replica := harness.NewRedisServer(t), harness.NewRedisServer(t)
	old, promoted := openAt(t, primary.URL()), openAt(t, replica.URL())
	at, err := goredis.ParseURL(primary.URL())
	require.NoError(t, err)
	follow := []any{"REPLICAOF", "127.0.0.1", at.Addr[len("127.0.0.1:"):]}
	require.NoError(t, promoted.Do(t.Context(), follow...).Err())
	require.Eventually(t, func() bool { // the first replica of a server begins a new history of it
		return strings.Contains(promoted.Info(t.Context(), "replication").Val(), "master_link_status:up")
	}, 20*time.Second, 5*time.Millisecond)
	require.NoError(t, redis.NewStepUps(old).Put(t.Context(), "org", "before", domain.StepUp{Action: "mfa.disable"}, time.Minute))
	require.Eventually(t, func() bool { return promoted.DBSize(t.Context()).Val() == 1 }, 20*time.Second, 5*time.Millisecond)

	primary.Freeze(t) // its last write never reaches the replica
	require.NoError(t, promoted.Do(t.Context(), "REPLICAOF", "NO", "ONE").Err())
	primary.Thaw(t)
	_, err = redis.NewStepUps(old).Take(t.Context(), "org", "before")
	require.NoError(t, err, "on the old primary")
	_, err = redis.NewStepUps(promoted).Get(t.Context(), "org", "before")
	require.ErrorIs(t, err, domain.ErrStepUpLost)
	_, err = redis.NewStepUps(promoted).Take(t.Context(), "org", "before")
	require.ErrorIs(t, err, domain.ErrStepUpLost)

	require.NoError(t, redis.NewStepUps(promoted).Put(t.Context(), "org", "after", domain.StepUp{}, time.Minute))
	_, err = redis.NewStepUps(promoted).Take(t.Context(), "org", "after")
	require.NoError(t, err)
}

// TestTokensOfAnEarlierBuildAreFound: they name no history.
func TestTokensOfAnEarlierBuildAreFound(t *testing.T) {
	t.Parallel()
	prefix := uuid.NewString()
	client := openAs(t, prefix)
	require.NoError(t, client.Set(t.Context(), prefix+":step-up:3:org:4:hash", `{"Action":"mfa.disable"}`, time.Minute).Err())
	found, err := redis.NewStepUps(client).Take(t.Context(), "org", "hash")
	require.NoError(t, err)
	require.Equal(t, domain.Action("mfa.disable"), found.Action)
}

func openAt(t *testing.T, url string) *redis.Client {
	t.Helper()
	client, err := redis.Open(url, "sole")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}
