package disk_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/disk"
	"github.com/sole-platform/sole/test/harness"
)

func TestCopyCopiesOnlyRegularFiles(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "uploads")
	want := map[string]string{"a/b": "1", "c": "2"}
	require.NoError(t, os.Mkdir(filepath.Join(from, "a"), 0o700))
	for name, text := range want {
		require.NoError(t, os.WriteFile(filepath.Join(from, name), []byte(text), 0o644))
	}
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(from, "link")))
	require.NoError(t, os.Symlink("/etc", filepath.Join(from, "folder")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(from, "pipe"), 0o600))
	require.NoError(t, disk.Copy(t.Context(), from, to))
	require.Equal(t, want, harness.PrivateFiles(t, to))

	require.NoError(t, disk.Copy(t.Context(), filepath.Join(from, "nowhere"), to+"2"))
	require.NoDirExists(t, to+"2")
	elsewhere := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(from, elsewhere))
	require.NoError(t, disk.Copy(t.Context(), elsewhere, to+"3"))
	require.Equal(t, want, harness.PrivateFiles(t, to+"3"), "the folder itself may be a link")

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, disk.Copy(cancelled, from, to+"4"), context.Canceled)
}
