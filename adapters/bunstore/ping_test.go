package bunstore

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// TestAPingSurvivesThatItsConnectionIsEnded ends the connection of the first ping as an administrator does.
func TestAPingSurvivesThatItsConnectionIsEnded(t *testing.T) {
	t.Parallel()
	admin, err := pgx.Connect(t.Context(), harness.Postgres(t))
	require.NoError(t, err)
	defer func() { _ = admin.Close(context.Background()) }()
	config := admin.Config().Copy()
	var pings atomic.Int32
	config.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if pings.Add(1) > 1 {
			return nil
		}
		_, err := admin.Exec(ctx, "SELECT pg_terminate_backend($1, 1000)", int32(conn.PID()))
		return err
	}
	require.NoError(t, pingPostgres(config)(t.Context()))
	require.EqualValues(t, 2, pings.Load())
}

func TestAPingFailsIfNoConnectionIsAccepted(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	config, err := pgx.ParseConfig("postgres://nobody@" + listener.Addr().String() + "/none")
	require.NoError(t, err)
	require.ErrorIs(t, pingPostgres(config)(t.Context()), domain.ErrUnavailable)
}
