// Package embedded gives tests of use cases a real store that needs no server.
package embedded

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/harness"
)

// Store opens an empty, migrated SQLite store in a folder of the test and closes it at the end.
func Store(t *testing.T) *bunstore.Store {
	t.Helper()
	return StoreWith(t, harness.Hooks())
}

// StoreWith is Store with hooks of the test.
func StoreWith(t *testing.T, hooks port.DatabaseHooks) *bunstore.Store {
	t.Helper()
	store, err := bunstore.OpenSQLite(filepath.Join(t.TempDir(), "sole.db"), hooks)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	_, err = store.Migrate(t.Context())
	require.NoError(t, err)
	return store
}
