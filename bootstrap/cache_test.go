package bootstrap

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// TestReplicasShareTheirDeploymentName also when their settings differ in details such as the
// database login.
func TestReplicasShareTheirDeploymentName(t *testing.T) {
	one := Config{Issuer: "https://id.example.org", DatabaseURL: "postgres://sole:one@db:5432/sole"}
	require.Regexp(t, `^sole-[0-9a-f]{12}$`, one.deployment())
	replica := Config{Issuer: "https://id.example.org", DatabaseURL: "postgresql://other:two@db:5432/sole?pool_max_conns=3"}
	require.Equal(t, one.deployment(), replica.deployment())
	names := map[string]bool{one.deployment(): true}
	others := []Config{
		{Issuer: "https://login.example.org", DatabaseURL: one.DatabaseURL},
		{Issuer: one.Issuer, DatabaseURL: "postgres://sole:one@db:5432/another"},
		{Issuer: one.Issuer, DatabaseURL: "postgres://sole:one@other:5432/sole"},
		{Issuer: one.Issuer, DatabaseURL: "sqlite://./data/sole.db"},
		{Issuer: one.Issuer, DatabaseURL: "sqlite:///var/sole.db"},
	}
	for _, other := range others {
		names[other.deployment()] = true
	}
	require.Len(t, names, 1+len(others))
}

// TestDeploymentsOnOneRedisHaveSeparateLimits also checks that replicas of one deployment share
// their limits.
func TestDeploymentsOnOneRedisHaveSeparateLimits(t *testing.T) {
	issuer := "https://" + uuid.NewString()
	store, err := bunstore.OpenSQLite(filepath.Join(t.TempDir(), "sole.db"), harness.Hooks())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	open := func(path string) shortLived {
		app := &App{
			Config: Config{Issuer: issuer, DatabaseURL: "sqlite://" + path, RedisURL: harness.Redis(t), RequestsPerMinute: 2},
			Store:  store,
			clock:  time.Now,
			Logger: slog.New(slog.DiscardHandler),
		}
		short, err := app.openShortLived()
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, app.Close()) })
		return short
	}
	one, replica, other := open("/one.db"), open("/one.db"), open("/other.db")
	once := port.Rate{Max: 1, Per: time.Minute}
	for _, step := range []struct {
		shortLived
		allowed bool
	}{{one, true}, {replica, false}, {other, true}} {
		verdict, err := step.limiter.Take(t.Context(), "key", once)
		require.NoError(t, err)
		require.Equal(t, step.allowed, verdict.Allowed)

		step.requests.Take("network")
		require.NoError(t, step.requests.Exchange(t.Context()))
		require.Equal(t, step.allowed, step.requests.Take("network").Allowed)
	}
}
