package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

// BackupFiles checks every promise of port.BackupFiles.
func BackupFiles(t *testing.T, open func(t *testing.T) port.BackupFiles) {
	t.Run("creates a new file from what the folder holds", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "backup")
		_, err := open(t).Create(t.Context(), path, fillWith("one"))
		require.NoError(t, err)
		require.Equal(t, []string{"backup"}, namesIn(t, filepath.Dir(path)))
		restored := t.TempDir()
		_, err = open(t).Unpack(t.Context(), path, func(string) (string, error) { return restored, nil })
		require.NoError(t, err)
		require.NotEmpty(t, namesIn(t, restored))
	})
	t.Run("never replaces a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "backup")
		require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
		_, err := open(t).Create(t.Context(), path, fillWith("one"))
		require.Error(t, err)
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "mine", string(kept))
		require.Equal(t, []string{"backup"}, namesIn(t, filepath.Dir(path)))
	})
	t.Run("leaves nothing behind after an error", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "backup")
		_, err := open(t).Create(t.Context(), path, func(folder string) (port.Backup, error) {
			require.NoError(t, os.WriteFile(filepath.Join(folder, "half"), []byte("half"), 0o600))
			return port.Backup{}, errGivenUp
		})
		require.ErrorIs(t, err, errGivenUp)
		require.Empty(t, namesIn(t, filepath.Dir(path)))
		_, err = open(t).Create(cancelled(t), path, fillWith("one"))
		require.Error(t, err)
		require.Empty(t, namesIn(t, filepath.Dir(path)))
	})
}

// fillWith returns a function that puts a file with this content into a backup.
func fillWith(content string) func(folder string) (port.Backup, error) {
	return func(folder string) (port.Backup, error) {
		if err := os.MkdirAll(filepath.Join(folder, "files"), 0o700); err != nil {
			return port.Backup{}, err
		}
		err := os.WriteFile(filepath.Join(folder, "files", "file"), []byte(content), 0o600)
		return port.Backup{Version: "test", CreatedAt: storeNow, Schema: 1}, err
	}
}

func namesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
