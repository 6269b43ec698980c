package disk_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/disk"
)

func TestFoldersAreComparedByNameAndContent(t *testing.T) {
	t.Parallel()
	one, other := t.TempDir(), t.TempDir()
	write := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	compared := func(says string) {
		t.Helper()
		_, err := disk.CompareFolders(t.Context(), one, other)
		require.ErrorContains(t, err, says)
	}
	n, err := disk.CompareFolders(t.Context(), one, filepath.Join(other, "nowhere"))
	require.NoError(t, err)
	require.Zero(t, n)
	write(one+"/a/b", "1")
	compared("a/b is missing in")
	write(other+"/a/b", "2")
	compared("a/b differs from the one in")
	write(other+"/a/b", "1")
	write(other+"/c", "")
	compared("c is not in")
	require.NoError(t, os.Remove(other+"/c"))
	require.NoError(t, os.Symlink("/etc/passwd", other+"/link"))
	n, err = disk.CompareFolders(t.Context(), one, other)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = disk.CompareFolders(cancelled, one, other)
	require.ErrorIs(t, err, context.Canceled)
}
