package clients

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

const examples = "../../docs/examples"

// program is a command of an example: the file to run and its arguments.
type program []string

// command prepares the program with environment variables ("NAME=value") besides those of the test.
func (p program) command(ctx context.Context, environment ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, p[0], p[1:]...)
	command.Env = append(os.Environ(), environment...)
	return command
}

// run runs the program, requires that it succeeds and returns what it printed.
func (p program) run(t *testing.T, environment ...string) string {
	t.Helper()
	command := p.command(t.Context(), environment...)
	printed, err := command.Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		t.Fatalf("%v: %v\n%s\n%s", p, err, printed, ended.Stderr)
	}
	require.NoError(t, err)
	return string(printed)
}

// listen starts the program as a server on the port of its environment variable PORT, and returns its URL. It ends with the test.
func (p program) listen(t *testing.T, environment ...string) string {
	t.Helper()
	port, err := harness.FreePort()
	require.NoError(t, err)
	address := "127.0.0.1:" + strconv.Itoa(port)
	p.listenAt(t, address, append(environment, "PORT="+strconv.Itoa(port))...)
	return "http://" + address
}

// listenAt starts the program as a server that listens at an address. It ends with the test.
func (p program) listenAt(t *testing.T, address string, environment ...string) {
	t.Helper()
	printed := &harness.Output{}
	command := p.command(context.Background(), environment...)
	command.Stdout, command.Stderr = printed, printed
	ended, err := harness.Start(command)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("%v printed:\n%s", p, printed)
		}
	})
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(20 * time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("%v ended", p)
		default:
		}
		if response, err := http.Get("http://" + address); err == nil {
			require.NoError(t, response.Body.Close())
			return
		}
	}
	t.Fatalf("%v does not listen", p)
}

// goProgram builds a Go module of docs/examples: the package in the folder, such as "go-client" or "verify-go/jwx".
func goProgram(t *testing.T, folder string) program {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(examples, folder))
	require.NoError(t, err)
	return goBuild(t, path)
}

// goBuild builds the Go package in a folder.
func goBuild(t *testing.T, folder string) program {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		harness.Missing(t, err.Error())
	}
	if said, err := goCommand(folder, "mod", "download").CombinedOutput(); err != nil {
		harness.Missing(t, "the modules of "+folder+" cannot be had: "+string(said))
	}
	built := filepath.Join(t.TempDir(), filepath.Base(folder))
	said, err := goCommand(folder, "build", "-o", built, ".").CombinedOutput()
	require.NoError(t, err, "%s", said)
	return program{built}
}

// goCommand is the Go command in a folder. With -trimpath the place of the folder is not part of what is built, so that copies
// share the cache.
func goCommand(folder string, arguments ...string) *exec.Cmd {
	command := exec.Command("go", arguments...)
	command.Dir, command.Env = folder, append(os.Environ(), "GOFLAGS=-trimpath", "GOWORK=off")
	return command
}
