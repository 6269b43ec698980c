//go:build linux

package deploy

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

const root = "../.."

func TestMain(m *testing.M) {
	if calls := os.Getenv(confinedCalls); calls != "" {
		becomeConfined(strings.Fields(calls), os.Args[1:])
	}
	harness.Parallel(8)
	harness.Main(m)
}

// deployed returns a file of deploy/ with texts replaced: each pair is a text, which must be in the file, and what replaces it.
func deployed(t *testing.T, name string, pairs ...string) string {
	t.Helper()
	return harness.Deployed(t, name, pairs...)
}

// write writes a file that only its owner can read.
func write(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// launch starts a program that ends with the test, and returns what it writes.
func launch(t *testing.T, command *exec.Cmd) *harness.Output {
	t.Helper()
	output := &harness.Output{}
	command.Stdout, command.Stderr = output, output
	ended, err := harness.Start(command)
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("%s wrote\n%s", command.Path, last(output.String(), 10))
		}
	})
	return output
}

// last returns the last lines of a text.
func last(text string, lines int) string {
	all := strings.Split(text, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// soon waits until holds returns true.
func soon(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 30*time.Second, 20*time.Millisecond, what)
}
