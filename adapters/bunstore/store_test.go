package bunstore_test

import (
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/conformance"
	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) {
	harness.Parallel(4)
	harness.Main(m)
}

func TestSQLiteIsAStore(t *testing.T) {
	t.Parallel()
	conformance.Store(t, func(t *testing.T) port.Store { return sqlite(t, filepath.Join(t.TempDir(), "sole.db")) })
}

func TestPostgresIsAStore(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	conformance.Store(t, func(t *testing.T) port.Store {
		store := postgres(t, dsn)
		conn, err := pgx.Connect(t.Context(), dsn)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), "TRUNCATE orgs, canaries, signing_keys CASCADE") // quicker than a database for each case
		require.NoError(t, err)
		require.NoError(t, conn.Close(t.Context()))
		return store
	})
}

func TestReplicasOfSQLiteSeeChangesAtOnce(t *testing.T) {
	t.Parallel()
	conformance.StoreReplicas(t, func(t *testing.T) (here, there port.Store) {
		path := filepath.Join(t.TempDir(), "sole.db")
		return sqlite(t, path), sqlite(t, path)
	})
}

func TestReplicasOnPostgresSeeChangesAtOnce(t *testing.T) {
	t.Parallel()
	conformance.StoreReplicas(t, func(t *testing.T) (here, there port.Store) {
		dsn := harness.Postgres(t)
		return postgres(t, dsn), postgres(t, dsn)
	})
}

func sqlite(t testing.TB, path string) *bunstore.Store {
	t.Helper()
	store, err := bunstore.OpenSQLite(path, harness.Hooks())
	require.NoError(t, err)
	return migrated(t, store)
}

func postgres(t testing.TB, dsn string) *bunstore.Store {
	t.Helper()
	store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: dsn}, harness.Hooks())
	require.NoError(t, err)
	return migrated(t, store)
}

func migrated(t testing.TB, store *bunstore.Store) *bunstore.Store {
	t.Helper()
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	_, err := store.Migrate(t.Context())
	require.NoError(t, err)
	return store
}
