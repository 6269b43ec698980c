package harness_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func TestEachCallReturnsANewEmptyDatabase(t *testing.T) {
	one, two := harness.Postgres(t), harness.Postgres(t)
	require.NotEqual(t, one, two)
	query(t, one, "CREATE TABLE mark (id int)")
	require.Zero(t, query(t, two, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
}

func TestADatabaseIsDroppedAfterItsTest(t *testing.T) {
	var name, seen string
	t.Run("open", func(t *testing.T) {
		dsn := harness.Postgres(t)
		conn, err := pgx.Connect(t.Context(), dsn) // and never closed: DROP must not wait for it
		require.NoError(t, err)
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&name))
	})
	conn, err := pgx.Connect(t.Context(), harness.Postgres(t))
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	err = conn.QueryRow(t.Context(), "SELECT datname FROM pg_database WHERE datname = $1", name).Scan(&seen)
	require.ErrorIs(t, err, pgx.ErrNoRows)
}

func TestRedisAnswers(t *testing.T) {
	require.NoError(t, ping(t, harness.Redis(t)))
}

func TestAPrivatePostgresKeepsItsAddressAndData(t *testing.T) {
	server := harness.NewPostgresServer(t)
	query(t, server.URL(), "CREATE TABLE mark (id int)")
	server.Stop(t)
	_, err := pgx.Connect(t.Context(), server.URL())
	require.Error(t, err)
	server.Start(t)
	require.Equal(t, 1, query(t, server.URL(), "SELECT count(*) FROM pg_tables WHERE tablename = 'mark'"))
}

func TestAPrivateRedisKeepsItsAddress(t *testing.T) {
	server := harness.NewRedisServer(t)
	require.NoError(t, ping(t, server.URL()))
	server.Stop(t)
	require.Error(t, ping(t, server.URL()))
	server.Start(t)
	require.NoError(t, ping(t, server.URL()))
}

// query runs one statement and returns the number it answers with, if any.
func query(t *testing.T, dsn, statement string) (number int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), statement)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		require.NoError(t, rows.Scan(&number))
	}
	require.NoError(t, rows.Err())
	return number
}

func ping(t *testing.T, url string) error {
	t.Helper()
	options, err := goredis.ParseURL(url)
	require.NoError(t, err)
	options.MaxRetries, options.DialerRetries = -1, 1
	client := goredis.NewClient(options)
	defer func() { _ = client.Close() }()
	return client.Ping(t.Context()).Err()
}
