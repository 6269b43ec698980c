// Package embedded gives tests of use cases a real store that needs no server.
package embedded

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
)

// Store opens an empty, migrated SQLite store in a folder of the test and closes it at the end.
func Store(t *testing.T) *bunstore.Store {
	t.Helper()
	store, err := bunstore.OpenSQLite(filepath.Join(t.TempDir(), "sole.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	_, err = store.Migrate(t.Context())
	require.NoError(t, err)
	return store
}
