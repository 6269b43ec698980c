package e2e

import (
	"io"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestThePrintedCommandsWorkWhenPasted runs what `sole dev` prints: the first sign-in in bash, a
// later one in zsh if it is installed.
func TestThePrintedCommandsWorkWhenPasted(t *testing.T) {
	t.Parallel()
	for _, needed := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skip("this machine has no " + needed)
		}
	}
	running, stop := dev(t, binary(t), t.TempDir())
	require.NotContains(t, running.greeting, "#", "zsh takes no comments at its prompt")
	password := regexp.MustCompile(`Password\s+(\S+)`).FindStringSubmatch(running.greeting)[1]

	first := paste(t, "bash", running.greeting, "first_sign_in")
	secret := first.until(`secret (\w+)\n`)
	require.Contains(t, first.out.String(), "▀", "a QR code")
	first.types(running.code(t, secret, 0))
	said := first.end()
	for _, want := range []string{`"status":"authenticated"`, `"recovery_codes":[`, `"email":"owner@example.org"`, "signed out: 204"} {
		require.Contains(t, said, want)
	}

	shell := "zsh"
	if _, err := exec.LookPath(shell); err != nil {
		shell = "bash"
	}
	refused := paste(t, shell, running.greeting, "sign_in")
	refused.types("wrong")
	require.Error(t, refused.command.Wait())
	require.Contains(t, refused.out.String(), `"code":"invalid_credentials"`)
	require.NotContains(t, refused.out.String(), "Six digits", "a refused sign-in asks for no code")

	later := paste(t, shell, running.greeting, "sign_in")
	later.types(password)
	later.types(running.code(t, secret, 1))
	require.Contains(t, later.end(), `"status":"authenticated"`, shell)
	require.Equal(t, 0, stop())
}

// pasted is a shell that runs a function printed by `sole dev`.
type pasted struct {
	t       *testing.T
	command *exec.Cmd
	in      io.WriteCloser
	out     *syncedBuffer
}

func paste(t *testing.T, shell, greeting, function string) pasted {
	t.Helper()
	script := regexp.MustCompile(`(?ms)^` + function + `\(\) \{$.*?^` + function + `$`).FindString(greeting)
	require.NotEmpty(t, script, greeting)
	p := pasted{t: t, command: exec.Command(shell, "-c", script), out: &syncedBuffer{}}
	p.command.Stdout, p.command.Stderr = p.out, p.out
	in, err := p.command.StdinPipe()
	require.NoError(t, err)
	p.in = in
	require.NoError(t, p.command.Start())
	t.Cleanup(func() { _ = p.command.Process.Kill() })
	return p
}

// until waits for text and returns the first group of the match.
func (p pasted) until(text string) (found string) {
	p.t.Helper()
	pattern := regexp.MustCompile(text)
	require.Eventually(p.t, func() bool {
		match := pattern.FindStringSubmatch(p.out.String())
		if match != nil {
			found = match[1]
		}
		return match != nil
	}, 30*time.Second, 10*time.Millisecond)
	return found
}

func (p pasted) types(line string) {
	p.t.Helper()
	_, err := io.WriteString(p.in, line+"\n")
	require.NoError(p.t, err)
}

func (p pasted) end() string {
	p.t.Helper()
	require.NoError(p.t, p.in.Close())
	require.NoError(p.t, p.command.Wait(), p.out.String())
	return p.out.String()
}
