package faults

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// disk is a separate file system, small enough to be filled.
type disk struct{ path, ballast string }

// mount mounts a disk of some MiB. It skips the test if the process may not mount file systems, even if
// services are required.
func mount(t *testing.T, size string) disk {
	t.Helper()
	path, err := os.MkdirTemp("", "sole-faults-disk-") //nolint:usetesting // the account of the servers cannot read t.TempDir
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "mode=777,size="+size); err != nil {
		t.Skipf("no small disk: mounting a tmpfs is not permitted (%v)", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(path, 0)) })
	return disk{path, filepath.Join(path, "ballast")}
}

// fill uses every free byte of the disk.
func (d disk) fill(t *testing.T) {
	t.Helper()
	file, err := os.Create(d.ballast)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	for _, size := range []int{64 << 10, 1} {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
		require.ErrorIs(t, err, syscall.ENOSPC)
	}
}

func (d disk) free(t *testing.T) {
	t.Helper()
	require.NoError(t, os.Remove(d.ballast))
}

// mustReadOnly requires that a service whose database has no space left answers reads, and refuses writes as
// unavailable.
func mustReadOnly(t *testing.T, s *service, l *load) {
	t.Helper()
	var answers []answer
	eventually(t, "a write is refused", func() bool {
		answers = append(answers, l.during(100*time.Millisecond)...)
		return first(answers, writes, 5) != nil
	})
	answers = l.during(2 * time.Second)
	mustBe(t, answers, orAway...)
	for _, kind := range []string{reads, lists} {
		require.NotNil(t, first(answers, kind, 2), kind)
		require.Nil(t, first(answers, kind, 5), kind)
	}
	s.get("/health/ready", "").is(t, 200, "")
}

func TestTheDiskOfSQLiteIsFull(t *testing.T) {
	t.Parallel()
	disk := mount(t, "16m")
	database := "sqlite://" + filepath.Join(disk.path, "sole.db")
	s := deploy(t, database, "memory://").serve(t)
	l := begin(t, s.enrol(t).access, s)
	for range 2 {
		disk.fill(t)
		mustReadOnly(t, s, l)
		disk.free(t)
		mustRecover(t, s, l)
	}
	l.nothingLost(t, s, database)
	var verdict string
	require.NoError(t, look(t, database).QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict))
	require.Equal(t, "ok", verdict)
}

func TestTheDiskOfPostgresIsFull(t *testing.T) {
	_, err := harness.Binary() // before TMPDIR changes
	require.NoError(t, err)
	disk := mount(t, "160m")
	t.Setenv("TMPDIR", disk.path)
	server := harness.NewPostgresServer(t)
	s := deploy(t, server.URL(), "memory://").serve(t)
	l := begin(t, s.enrol(t).access, s)
	disk.fill(t)
	fault := time.Now()
	answers := l.during(3 * time.Second)
	mustBe(t, answers, orAway...)
	t.Logf("writes refused: %v", slices.ContainsFunc(answers, func(a answer) bool { return a.status == 503 }))
	disk.free(t)
	mustRecover(t, s, l)
	mustBe(t, l.after(fault), orAway...)
	l.nothingLost(t, s, server.URL())
}
