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

// disk is a file system of its own, small enough to be filled.
type disk struct{ path, ballast string }

// mount makes a disk of some MiB. Where that is not permitted, as it is to root alone, the
// test cannot be had, whatever else is required.
func mount(t *testing.T, size string) disk {
	t.Helper()
	path, err := os.MkdirTemp("", "sole-faults-disk-") //nolint:usetesting // t.TempDir lies where the servers' account cannot go
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, "mode=777,size="+size); err != nil {
		t.Skipf("no small disk: mounting a tmpfs is not permitted (%v)", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(path, 0)) })
	return disk{path, filepath.Join(path, "ballast")}
}

// fill leaves not a byte.
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

// mustReadOnly demands of a service whose database has no room that it reads, and says of
// the rest that it cannot be done now.
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
	_, err := harness.Binary() // before the temporary folder is elsewhere
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
