package redis_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

func TestTheURLSelectsTheKindOfServer(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]any{
		"redis://localhost": &goredis.Client{},
		"redis://user:password@localhost:6380/3?prefix=other":            &goredis.Client{},
		"rediss://localhost:6379/0":                                      &goredis.Client{},
		"redis://one:26379/2?master=main":                                &goredis.Client{}, // finds its server through Sentinels
		"redis://:password@one:26379?master=main&addr=two:26379":         &goredis.Client{},
		"redis://one:6379?cluster=true":                                  &goredis.ClusterClient{},
		"rediss://one:6379?cluster=true&addr=two:6379&addr=[::1]:6379":   &goredis.ClusterClient{},
		"redis://one:6379/0?cluster=true&prefix=a%3Ab&addr=192.0.2.1:17": &goredis.ClusterClient{},
	} {
		client, err := redis.Open(url, "sole")
		require.NoError(t, err, url)
		require.IsType(t, want, client.UniversalClient, url)
		require.NoError(t, client.Close())
	}
}

func TestAURLThatCannotBeReadIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "localhost:6379", "http://:hunter2@localhost", "unix:///run/redis.sock", "redis://:hunter2@localhost:port",
		"redis://:hunter2@localhost/database", "redis://:hunter2@local host/%zz", "redis://localhost?prefix=%zz",
		"redis://localhost?mastr=hunter2", "redis://localhost?db=hunter2", "redis://localhost?cluster=yes",
		"redis://localhost?addr=two:6379", "redis://localhost?cluster=true&master=main", "redis://localhost/1?cluster=true",
		"redis://localhost?cluster=true&addr=two", "redis://localhost?sentinel_password=hunter2",
	} {
		_, err := redis.Open(url, "sole")
		require.Error(t, err, url)
		require.ErrorContains(t, err, "REDIS_URL: ", url)
		require.NotContains(t, err.Error(), "hunter2", url)
	}
}

func TestCheckSucceedsOnAWorkingServer(t *testing.T) {
	t.Parallel()
	require.NoError(t, open(t).Check(t.Context()))
}

func TestNothingListeningIsUnavailableAtOnce(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	mustBeUnavailable(t, listener.Addr().String(), 500*time.Millisecond)
}

func TestAServerThatAcceptsAndNeverAnswersIsUnavailableSoon(t *testing.T) {
	t.Parallel()
	mustBeUnavailable(t, silentServer(t), time.Second)
}

func TestTheCallersDeadlineIsRespected(t *testing.T) {
	t.Parallel()
	client, err := redis.Open("redis://"+silentServer(t), "sole")
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	started := time.Now()
	require.ErrorIs(t, client.Check(ctx), domain.ErrUnavailable)
	require.Less(t, time.Since(started), 200*time.Millisecond, "that is the client's own limit")
}

// silentServer has connections accepted, by the kernel, and never says a word.
func silentServer(t *testing.T) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

// mustBeUnavailable calls every method on a server that is away.
func mustBeUnavailable(t *testing.T, addr string, within time.Duration) {
	t.Helper()
	client, err := redis.Open("redis://:hunter2@"+addr, "sole")
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	challenges, limiter := redis.NewChallenges(client), redis.NewLimiter(client)
	rate := port.Rate{Max: 1, Per: time.Minute}
	for name, call := range map[string]func(context.Context) error{
		"Check": client.Check,
		"Put": func(ctx context.Context) error {
			return challenges.Put(ctx, "org", "hash", domain.Challenge{}, time.Minute)
		},
		"Put without time":  func(ctx context.Context) error { return challenges.Put(ctx, "org", "hash", domain.Challenge{}, 0) },
		"Get":               func(ctx context.Context) error { _, err := challenges.Get(ctx, "org", "hash"); return err },
		"Take":              func(ctx context.Context) error { _, err := challenges.Take(ctx, "org", "hash"); return err },
		"Take of the limit": func(ctx context.Context) error { _, err := limiter.Take(ctx, "key", rate); return err },
		"Peek":              func(ctx context.Context) error { _, err := limiter.Peek(ctx, "key", rate); return err },
	} {
		started := time.Now()
		err := call(t.Context())
		require.ErrorIs(t, err, domain.ErrUnavailable, name)
		require.NotContains(t, err.Error(), "hunter2", name)
		require.Less(t, time.Since(started), within, name)
	}
}

func TestAPrefixOfTheURLComesBeforeTheDeployment(t *testing.T) {
	t.Parallel()
	prefix := uuid.NewString()
	named := openAs(t, prefix)
	other, err := redis.Open(harness.Redis(t)+"?prefix="+prefix, "another")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	require.NoError(t, redis.NewChallenges(named).Put(t.Context(), "org", "hash", domain.Challenge{}, time.Minute))
	_, err = redis.NewChallenges(other).Get(t.Context(), "org", "hash")
	require.NoError(t, err)
}

func TestPrefixesKeepDeploymentsApart(t *testing.T) {
	t.Parallel()
	one, two := redis.NewChallenges(open(t)), redis.NewChallenges(open(t))
	require.NoError(t, one.Put(t.Context(), "org", "hash", domain.Challenge{}, time.Minute))
	_, err := two.Get(t.Context(), "org", "hash")
	require.ErrorIs(t, err, domain.ErrChallengeGone)
}

func TestEveryKeyHasThePrefixAndAnExpiry(t *testing.T) {
	t.Parallel()
	prefix := uuid.NewString()
	client := openAs(t, prefix)
	require.NoError(t, redis.NewChallenges(client).Put(t.Context(), "org", "hash", domain.Challenge{}, time.Minute))
	_, err := redis.NewLimiter(client).Take(t.Context(), "a:b", port.Rate{Max: 1, Per: time.Minute})
	require.NoError(t, err)
	for _, key := range []string{prefix + ":challenge:3:org:4:hash", prefix + ":limit:3:a:b"} {
		left, err := client.PTTL(t.Context(), key).Result()
		require.NoError(t, err)
		require.Greater(t, left, 50*time.Second, key)
	}
}

func TestAWindowThatLostItsEndGetsOne(t *testing.T) {
	t.Parallel()
	prefix := uuid.NewString()
	client, rate := openAs(t, prefix), port.Rate{Max: 1, Per: time.Minute}
	limiter := redis.NewLimiter(client)
	_, err := limiter.Take(t.Context(), "key", rate)
	require.NoError(t, err)
	require.True(t, client.Persist(t.Context(), prefix+":limit:3:key").Val())
	verdict, err := limiter.Take(t.Context(), "key", rate)
	require.NoError(t, err)
	require.Equal(t, rate.Per, verdict.Reset)
}

func TestAForeignValueIsNoChallenge(t *testing.T) {
	t.Parallel()
	prefix := uuid.NewString()
	client := openAs(t, prefix)
	require.NoError(t, client.Set(t.Context(), prefix+":challenge:3:org:4:hash", "not JSON", time.Minute).Err())
	_, err := redis.NewChallenges(client).Take(t.Context(), "org", "hash")
	require.ErrorIs(t, err, domain.ErrChallengeGone)
}
