package disk_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/disk"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

func TestFilesAreAFileStore(t *testing.T) {
	conformance.FileStore(t, func(t *testing.T) port.FileStore { return open(t, filepath.Join(t.TempDir(), "a", "b")) })
}

func open(t *testing.T, path string) *disk.Files {
	t.Helper()
	files := disk.New(path)
	t.Cleanup(func() { require.NoError(t, files.Close()) })
	return files
}

func newOrg() domain.OrgID { return domain.OrgID(uuid.NewString()) }
func newID() domain.FileID { return domain.FileID(uuid.NewString()) }

func TestAFullDiskIsReportedAndLeavesNoFile(t *testing.T) {
	path := t.TempDir()
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(path, 0)) })
	files, org, id := disk.New(path), newOrg(), newID()
	defer func() { require.NoError(t, files.Close()) }()
	_, err := files.Put(t.Context(), org, id, bytes.NewReader(make([]byte, 4<<20)))
	require.ErrorIs(t, err, domain.ErrStorageFull)
	entries, err := os.ReadDir(filepath.Join(path, string(org)))
	require.NoError(t, err)
	require.Empty(t, entries)
	_, err = files.Put(t.Context(), org, id, bytes.NewReader(make([]byte, 512<<10)))
	require.NoError(t, err, "there is room for a smaller one")
}

func TestFilesAreReadableByTheOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "uploads")
	files, org, id := open(t, path), newOrg(), newID()
	_, err := files.Put(t.Context(), org, id, bytes.NewReader(nil))
	require.NoError(t, err)
	for name, mode := range map[string]os.FileMode{path: 0o700, filepath.Join(path, string(org)): 0o700,
		filepath.Join(path, string(org), string(id)): 0o600} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode().Perm(), name)
	}
}

func TestLinksAreNotFollowed(t *testing.T) {
	path, outside := t.TempDir(), t.TempDir()
	org, id := newOrg(), newID()
	require.NoError(t, os.WriteFile(filepath.Join(outside, string(id)), []byte("secret"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(path, string(org))))
	files := open(t, path)
	_, err := files.Open(t.Context(), org, id)
	require.Error(t, err)
	require.Error(t, files.Remove(t.Context(), org, id))
	_, err = files.Put(t.Context(), org, newID(), bytes.NewReader(nil))
	require.Error(t, err)
	require.FileExists(t, filepath.Join(outside, string(id)))
}

func TestFilesOfAnInterruptedPutAreListedAndRemoved(t *testing.T) {
	path := t.TempDir()
	files, org, id := open(t, path), newOrg(), newID()
	require.NoError(t, os.Mkdir(filepath.Join(path, string(org)), 0o700))
	left := filepath.Join(path, string(org), string(id)+".part")
	require.NoError(t, os.WriteFile(left, []byte("ha"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(path, string(org), "notes.txt"), nil, 0o600))
	_, err := files.Open(t.Context(), org, id)
	require.ErrorIs(t, err, domain.ErrNotFound)
	require.NoError(t, files.Stored(t.Context(), org, time.Now().Add(time.Hour), func(ids []domain.FileID) error {
		require.Equal(t, []domain.FileID{id}, ids)
		return nil
	}))
	require.NoError(t, files.Remove(t.Context(), org, id))
	require.NoFileExists(t, left)
	require.FileExists(t, filepath.Join(path, string(org), "notes.txt"), "what is not ours is left alone")
}

func TestAnIncompleteFileCannotBeOpened(t *testing.T) {
	files, org, id := open(t, t.TempDir()), newOrg(), newID()
	content, writer := io.Pipe()
	stored := make(chan error, 1)
	go func() {
		_, err := files.Put(t.Context(), org, id, content)
		stored <- err
	}()
	_, err := writer.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	_, err = files.Open(t.Context(), org, id)
	require.ErrorIs(t, err, domain.ErrNotFound)
	require.NoError(t, errors.Join(writer.Close(), <-stored))
	file, err := files.Open(t.Context(), org, id)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func TestCheckFailsIfNoFileCanBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "uploads")
	require.NoError(t, open(t, path).Check(t.Context()))
	entries, err := os.ReadDir(path)
	require.NoError(t, err)
	require.Empty(t, entries)
	blocked := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	require.Error(t, open(t, blocked).Check(t.Context()))
}

// TestOnlyRegularFilesAreOpened also checks that this is fast: opening a pipe blocks until another
// process writes to it.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	path, org, other := t.TempDir(), newOrg(), newOrg()
	files := open(t, path)
	target := newID()
	_, err := files.Put(t.Context(), other, target, bytes.NewReader([]byte("of another org")))
	require.NoError(t, err)
	_, err = files.Put(t.Context(), org, newID(), bytes.NewReader(nil))
	require.NoError(t, err)
	for kind, place := range map[string]func(name string) error{
		"pipe":   func(name string) error { return syscall.Mkfifo(name, 0o600) },
		"folder": func(name string) error { return os.Mkdir(name, 0o700) },
		"link":   func(name string) error { return os.Symlink(filepath.Join("..", string(other), string(target)), name) },
		"socket": func(name string) error {
			return bind(t, name)
		},
	} {
		t.Run(kind, func(t *testing.T) {
			id := newID()
			name := filepath.Join(path, string(org), string(id))
			require.NoError(t, place(name))
			atOnce(t, func() {
				_, err := files.Open(t.Context(), org, id)
				require.ErrorContains(t, err, "not a regular file")
				require.NotErrorIs(t, err, domain.ErrNotFound)
			})
			atOnce(t, func() {
				require.NoError(t, files.Stored(t.Context(), org, time.Now().Add(time.Hour), func(ids []domain.FileID) error {
					require.NotContains(t, ids, id, "the sweep leaves it alone")
					return nil
				}))
			})
			atOnce(t, func() { require.NoError(t, files.Remove(t.Context(), org, id)) })
			require.NoFileExists(t, name)
		})
	}
	got, err := files.Open(t.Context(), other, target)
	require.NoError(t, err)
	require.NoError(t, got.Close())
}

// bind makes a socket. Its path may be too long for one, so it makes it elsewhere and moves it.
func bind(t *testing.T, name string) error {
	t.Helper()
	folder := t.TempDir()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(folder, "s"), Net: "unix"})
	require.NoError(t, err)
	listener.SetUnlinkOnClose(false)
	return errors.Join(listener.Close(), os.Rename(filepath.Join(folder, "s"), name))
}

func TestAPipeInPlaceOfAFolderDoesNotBlock(t *testing.T) {
	path, org := t.TempDir(), newOrg()
	files := open(t, path)
	for _, name := range []string{string(org), "check.part"} {
		require.NoError(t, syscall.Mkfifo(filepath.Join(path, name), 0o600))
	}
	atOnce(t, func() {
		_, err := files.Open(t.Context(), org, newID())
		require.Error(t, err)
		_, err = files.Put(t.Context(), org, newID(), bytes.NewReader(nil))
		require.Error(t, err)
		orgs, err := files.Orgs(t.Context())
		require.NoError(t, err)
		require.Empty(t, orgs)
		require.Error(t, files.Stored(t.Context(), org, time.Now(), func([]domain.FileID) error { return nil }))
		require.Error(t, files.Check(t.Context()))
	})
}

// atOnce fails the test when do blocks.
func atOnce(t *testing.T, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it blocks")
	}
}
