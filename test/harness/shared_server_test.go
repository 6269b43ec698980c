package harness

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheEnvironmentTakesPrecedence(t *testing.T) {
	t.Setenv("SOLE_TEST_STONE_URL", "stone://here")
	require.Equal(t, "stone://here", unreachable().URL(t))
}

func TestTheFirstWorkingServerIsUsedForAllTests(t *testing.T) {
	calls := 0
	server := unreachable()
	server.routes = append(server.routes, route{"binaries", func() (string, error) { calls++; return "stone://made", nil }})
	require.Equal(t, "stone://made", server.URL(t))
	require.Equal(t, "stone://made", server.URL(t))
	require.Equal(t, 1, calls)
}

func TestWithoutAServerATestIsSkippedWithAdvice(t *testing.T) {
	t.Setenv("SOLE_TEST_REQUIRE_SERVICES", "")
	verdict := tryURL(unreachable())
	require.Empty(t, verdict.failed)
	require.Equal(t, "no Stone: set SOLE_TEST_STONE_URL, start Docker, or install stone-server (Docker: no engine)", verdict.skipped)
}

func TestAPrivateServerIsNotTakenFromTheEnvironment(t *testing.T) {
	server := unreachable()
	server.env = ""
	require.Equal(t, "no Stone: start Docker, or install stone-server (Docker: no engine)", tryURL(server).skipped+tryURL(server).failed)
}

func TestContainerImagesMatchDockerCompose(t *testing.T) {
	compose, err := os.ReadFile("../../docker-compose.yml")
	require.NoError(t, err)
	for _, image := range []string{postgresImage, redisImage} {
		require.Contains(t, string(compose), "image: "+image+"\n")
	}
}

func TestAMissingServerIsAFailureIfServicesAreRequired(t *testing.T) {
	t.Setenv("SOLE_TEST_REQUIRE_SERVICES", "1")
	verdict := tryURL(unreachable())
	require.Empty(t, verdict.skipped)
	require.Contains(t, verdict.failed, "no Stone: set SOLE_TEST_STONE_URL")
}

func TestPostgresVersionsAreComparedAsNumbers(t *testing.T) {
	require.Greater(t, major("/usr/lib/postgresql/18/bin/initdb"), major("/usr/lib/postgresql/9.6/bin/initdb"))
}

func TestAServerThatEndsAtOnceIsReportedWithItsLog(t *testing.T) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server on the PATH")
	}
	folder, err := privateFolder()
	require.NoError(t, err)
	server := &PrivateServer{url: "redis://127.0.0.1:1/0", folder: folder, program: program, args: []string{"--nonsense"}, ping: pingRedis}
	_, err = started(server)
	require.ErrorIs(t, err, errEnded)
	require.ErrorContains(t, err, "nonsense")
	require.NoDirExists(t, folder)
}

func TestFoldersOfKilledTestProcessesAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	gone := exec.Command(os.Args[0], "-test.run=^$")
	require.NoError(t, gone.Run())
	left := filepath.Join(os.TempDir(), fmt.Sprintf("%s%d-1", folderPrefix, gone.Process.Pid))
	ours := filepath.Join(os.TempDir(), fmt.Sprintf("%s%d-1", folderPrefix, os.Getpid()))
	require.NoError(t, os.Mkdir(left, 0o700))
	require.NoError(t, os.Mkdir(ours, 0o700))
	removeLeftovers()
	require.NoDirExists(t, left)
	require.DirExists(t, ours)
}

// unreachable returns a kind of server that cannot be found.
func unreachable() *sharedServer {
	return &sharedServer{
		name: "Stone", env: "SOLE_TEST_STONE_URL", advice: "stone-server",
		routes: []route{{"Docker", func() (string, error) { return "", errors.New("no engine") }}},
	}
}

// verdict records how a test ended.
type verdict struct {
	testing.TB
	skipped, failed string
}

func (v *verdict) Helper() {}

func (v *verdict) Skip(args ...any) {
	v.skipped = fmt.Sprint(args...)
	runtime.Goexit()
}

func (v *verdict) Fatal(args ...any) {
	v.failed = fmt.Sprint(args...)
	runtime.Goexit()
}

func tryURL(server *sharedServer) *verdict {
	ended := &verdict{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.URL(ended)
	}()
	<-done
	return ended
}
