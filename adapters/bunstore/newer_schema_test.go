package bunstore_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/migrations"
)

// TestABuildServesWithLaterMigrationsOfItsGenerationOnly records migrations that this build does not know, as a newer build does.
func TestABuildServesWithLaterMigrationsOfItsGenerationOnly(t *testing.T) {
	t.Parallel()
	newest := migrations.Newest()
	next := (newest/1000 + 1) * 1000
	require.True(t, migrations.Serves(next-1))
	require.False(t, migrations.Serves(next))
	onEachDatabase(t, func(t *testing.T, store *bunstore.Store, db *sql.DB) {
		known, err := store.Migrations(t.Context())
		require.NoError(t, err)
		record := func(version int64) {
			execute(t, db, fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, true)", version))
		}

		record(newest + 1)
		require.NoError(t, store.Ready(t.Context()))
		applied, err := store.Migrate(t.Context())
		require.NoError(t, err)
		require.Empty(t, applied)
		list, err := store.Migrations(t.Context())
		require.NoError(t, err)
		require.Equal(t, append(known, port.Migration{Version: newest + 1}), list)

		record(next + 1)
		require.ErrorIs(t, store.Ready(t.Context()), port.ErrSchemaAhead)
		_, err = store.Migrate(t.Context())
		require.ErrorIs(t, err, port.ErrSchemaAhead)
		require.ErrorContains(t, err, "install the version that migrated it")
	})
}
