package harness_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	one, two := harness.Postgres(t), harness.Postgres(t)
	require.NotEqual(t, one, two)
	conn, err := pgx.Connect(t.Context(), one)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var tables int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").Scan(&tables))
	require.Zero(t, tables)
}

func TestRedisAnswers(t *testing.T) {
	options, err := goredis.ParseURL(harness.Redis(t))
	require.NoError(t, err)
	client := goredis.NewClient(options)
	defer func() { _ = client.Close() }()
	require.NoError(t, client.Ping(t.Context()).Err())
}
