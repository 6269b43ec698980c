package documents

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// session is a shell in which the commands of one document run, in their order.
type session struct {
	folder string
	env    []string          // besides PATH and HOME
	actual map[string]string // what a document writes, and what to put in its place
}

// commandDocuments are the documents whose commands run, and how their sessions begin. In every
// other document each block of commands must say how it was checked.
var commandDocuments = map[string]func(t *testing.T) session{
	"README.md":          developed,
	"docs/api.md":        developed,
	"docs/machines.md":   developed,
	"docs/operations.md": operated,
	"docs/backup.md":     operated,
	"docs/moving-up.md":  stopped,
}

// checked matches the comment before a block that does not run here.
var checked = regexp.MustCompile(`^(?:run by hand: .+|tested by: (Test\w+))$`)

// TestEveryBlockOfCommandsIsRunOrSaysWhyNot keeps commands that nobody ever ran out of the documents.
func TestEveryBlockOfCommandsIsRunOrSaysWhyNot(t *testing.T) {
	tests := sources(t)["tests"]
	for _, d := range readAll(t) {
		for _, b := range d.blocks {
			switch {
			case strings.HasPrefix(b.mark, "generated: "):
			case b.mark != "":
				mark := checked.FindStringSubmatch(b.mark)
				require.NotNil(t, mark, "%s:%d: want <!-- run by hand: HOW --> or <!-- tested by: TEST -->", d.path, b.line)
				require.True(t, strings.Contains(tests, "func "+mark[1]), "%s:%d: there is no %s", d.path, b.line, mark[1])
			case b.language == "sh":
				require.Contains(t, commandDocuments, d.path, "%s:%d: nobody says how this was run", d.path, b.line)
			case b.language == "console" || b.language == "sql" || b.language == "ini":
				require.Fail(t, fmt.Sprintf("%s:%d: nobody says how this was checked", d.path, b.line))
			}
		}
	}
}

// TestCommandsInTheDocumentsWork runs the commands. No request may fail, except where the block says that it
// does, and what a line "# prints TEXT" says must be printed; "..." stands for anything.
func TestCommandsInTheDocumentsWork(t *testing.T) {
	for path, begin := range commandDocuments {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			for _, b := range find(t, path).blocks {
				if b.language == "sh" && b.mark == "" {
					s.run(t, fmt.Sprintf("%s:%d", path, b.line), b.text)
				}
			}
		})
	}
}

var (
	prints = regexp.MustCompile(`(?m)^\s*# prints (.*)$`)
	status = regexp.MustCompile(`(?m)^HTTP ([45]\d\d) .*$`)
)

// keep prints the variables and functions of a shell as commands, except those of bash itself.
const keep = `{ declare -p | grep -vE '^declare -[a-zA-Z-]*[rA-Z]|^declare -[a-z-]* (BASH|_)'; declare -f; }`

// run runs one block in bash. Its variables and functions are there in the next one.
func (s session) run(t *testing.T, where, text string) {
	t.Helper()
	for written, actual := range s.actual {
		text = strings.ReplaceAll(text, written, actual)
	}
	kept := filepath.Join(s.folder, ".session")
	script := "set -euo pipefail\n[ ! -e " + kept + " ] || . " + kept + "\n" + text + "\n" + keep + " >" + kept + "\n"
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", "-c", script)
	command.Dir, command.Env = s.folder, append(s.env, "HOME="+s.folder)
	var out, said bytes.Buffer
	command.Stdout, command.Stderr = &out, &said
	err := command.Run()
	require.NoError(t, err, "%s\n%s\n%s\n%s", where, text, &out, &said)
	for _, want := range prints.FindAllStringSubmatch(text, -1) {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want[1])), `\.\.\.`, `.*`)
		require.Regexp(t, pattern, out.String()+said.String(), where)
	}
	if failed := status.FindString(said.String()); failed != "" {
		require.Contains(t, text, `"status":`, "%s: %s\n%s", where, failed, &out)
	}
}

// tools returns a folder for PATH with the product, a curl that reports the status of each response,
// and an oathtool.
func tools(t *testing.T, sole string) string {
	t.Helper()
	folder := t.TempDir()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("this machine has no curl")
	}
	for _, needed := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skip("this machine has no " + needed)
		}
	}
	require.NoError(t, os.Symlink(sole, filepath.Join(folder, "sole")))
	executable(t, filepath.Join(folder, "curl"), "exec "+curl+` -w '%{stderr}HTTP %{http_code} %{url_effective}\n' "$@"`+"\n")
	self, err := os.Executable()
	require.NoError(t, err)
	executable(t, filepath.Join(folder, "oathtool"), "SOLE_TEST_CODE_OF=\"${@: -1}\" exec "+self+"\n")
	return folder
}

func executable(t *testing.T, path, script string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte("#!/usr/bin/env bash\n"+script), 0o700))
}
