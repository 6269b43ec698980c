//go:build unix

package faults

import (
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestRedisRefusesWrites covers a Redis that answers reads only, because it is full or a replica.
// It counts as unavailable until it accepts writes again, and the log gives the reason once.
func TestRedisRefusesWrites(t *testing.T) {
	t.Parallel()
	redis := harness.NewRedisServer(t)
	options, err := goredis.ParseURL(redis.URL())
	require.NoError(t, err)
	client := goredis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	d := deploy(t, harness.Postgres(t), redis.URL())
	s, strict := d.serve(t), d.serve(t, "REDIS_REQUIRED=true")
	owner := s.enrol(t)
	for i, fault := range []struct {
		cause       string
		begin, mend []any
	}{
		{"OOM", []any{"CONFIG", "SET", "maxmemory", "1"}, []any{"CONFIG", "SET", "maxmemory", "0"}},
		{"READONLY", []any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}},
	} {
		require.Equal(t, "ok", s.get("/health/ready", "").is(t, 200, "").text("status"))
		require.NoError(t, client.Do(t.Context(), fault.begin...).Err())
		require.Equal(t, "degraded", s.get("/health/ready", "").is(t, 200, "").text("status"))
		strict.get("/health/ready", "").is(t, 503, "unavailable")
		for range 4 {
			time.Sleep(300 * time.Millisecond) // until the service has tried again
			challenge := s.login(ownerEmail).is(t, 200, "").text("challenge.token")
			s.post("/auth/login/mfa", map[string]any{"challenge_token": challenge, "recovery_code": owner.recoveryCode()}).is(t, 200, "")
		}
		require.Equal(t, i+1, strings.Count(s.log.String(), "the cache is unavailable"), "it comes and goes")
		require.Contains(t, s.log.String(), fault.cause)
		require.NoError(t, client.Do(t.Context(), fault.mend...).Err())
		eventually(t, "it is used again", func() bool {
			s.login(ownerEmail).is(t, 200, "")
			return strings.Count(s.log.String(), "the cache is back") == i+1
		})
	}
}
