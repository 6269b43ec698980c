package redis_test

import (
	"bufio"
	"context"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/redis"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// TestAServerThatTakesNoWritesIsUnavailable although it answers a PING.
func TestAServerThatTakesNoWritesIsUnavailable(t *testing.T) {
	t.Parallel()
	server := harness.NewRedisServer(t)
	client, err := redis.Open(server.URL(), uuid.NewString())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	for _, fault := range []struct {
		cause       string
		begin, mend []any
	}{
		{"OOM", []any{"CONFIG", "SET", "maxmemory", "1"}, []any{"CONFIG", "SET", "maxmemory", "0"}},
		{"READONLY", []any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}},
		{"NOPERM", []any{"ACL", "SETUSER", "default", "-evalsha", "-eval"}, []any{"ACL", "SETUSER", "default", "+@all"}},
	} {
		require.NoError(t, client.Check(t.Context()))
		require.NoError(t, client.Do(t.Context(), fault.begin...).Err())
		require.NoError(t, client.Ping(t.Context()).Err())
		err := client.Check(t.Context())
		require.ErrorIs(t, err, domain.ErrUnavailable)
		require.ErrorContains(t, err, fault.cause)
		require.NoError(t, client.Do(t.Context(), fault.mend...).Err())
	}
	require.NoError(t, client.Check(t.Context()))
}

func TestErrorsOfTheServerAreReportedWithoutSecrets(t *testing.T) {
	t.Parallel()
	for reply, want := range map[string]string{
		"MOVED 3999 127.0.0.1:6381":                                       "add ?cluster=true",
		"ERR unknown command 'SET', with args beginning with: 'hunter2' ": "unknown command 'SET'",
		"NOAUTH Authentication required.":                                 "NOAUTH",
	} {
		client, err := redis.Open("redis://"+refusing(t, reply), "sole")
		require.NoError(t, err)
		err = client.Check(t.Context())
		require.ErrorIs(t, err, domain.ErrUnavailable)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hunter2")
		require.NoError(t, client.Close())
	}
}

// TestAnotherReplicaMayTakeTheKeyOfTheCheck: replicas of one deployment share their keys.
func TestAnotherReplicaMayTakeTheKeyOfTheCheck(t *testing.T) {
	t.Parallel()
	client, err := redis.Open(harness.NewRedisServer(t).URL(), uuid.NewString())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	client.AddHook(emptied{})
	require.NoError(t, client.Check(t.Context()))
}

// emptied has every GETDEL find nothing.
type emptied struct{}

func (emptied) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (emptied) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, command goredis.Cmder) error {
		err := next(ctx, command)
		if err == nil && slices.Contains(command.Args(), any("GETDEL")) {
			command.SetErr(goredis.Nil)
			return goredis.Nil
		}
		return err
	}
}

func (emptied) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

// refusing answers every command with an error.
func refusing(t *testing.T, reply string) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go refuse(conn, reply)
		}
	}()
	return listener.Addr().String()
}

// refuse reads commands as the protocol has them: *N, and then N times a length and a text.
func refuse(conn net.Conn, reply string) {
	defer func() { _ = conn.Close() }()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		parts, err := strconv.Atoi(strings.TrimPrefix(lines.Text(), "*"))
		if err != nil {
			return
		}
		for range 2 * parts {
			lines.Scan()
		}
		if _, err := conn.Write([]byte("-" + reply + "\r\n")); err != nil {
			return
		}
	}
}

// TestSentinelsMayRequireAPassword connects with the password of the Sentinels and without it.
func TestSentinelsMayRequireAPassword(t *testing.T) {
	t.Parallel()
	server := harness.NewRedisServer(t)
	sentinel := harness.NewRedisSentinel(t, server, "sesame")
	with, err := redis.Open("redis://"+sentinel+"?master=main&sentinel_password=sesame", uuid.NewString())
	require.NoError(t, err)
	t.Cleanup(func() { _ = with.Close() })
	require.NoError(t, with.Check(t.Context()))
	without, err := redis.Open("redis://"+sentinel+"?master=main", uuid.NewString())
	require.NoError(t, err)
	t.Cleanup(func() { _ = without.Close() })
	require.ErrorIs(t, without.Check(t.Context()), domain.ErrUnavailable)
}
