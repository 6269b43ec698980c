package e2e

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// importFileOf writes a file of so many accounts in the format sole, and two rows that are refused.
func importFileOf(t *testing.T, folder string, accounts int) string {
	t.Helper()
	var text strings.Builder
	for i := range accounts {
		fmt.Fprintf(&text, `{"email":"person%d@example.org","full_name":"Person %d","password_hash":"%s"}`+"\n", i, i, movedHash)
	}
	text.WriteString(`{"email":"person0@example.org"}` + "\n" + `{"email":"last@example.org","pasword":"x"}` + "\n")
	path := filepath.Join(folder, "accounts.ndjson")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
	return path
}

// TestAnImportGoesOnAfterItsProcessWasKilled kills `sole import` while it creates accounts, and runs it again.
func TestAnImportGoesOnAfterItsProcessWasKilled(t *testing.T) {
	t.Parallel()
	const accounts = 3000
	path, folder := binary(t), t.TempDir()
	_, stop := dev(t, path, folder)
	require.Equal(t, 0, stop())
	file := importFileOf(t, folder, accounts)

	output, code := sole(t, path, folder, "import", "--format", "sole", "--dry-run", file)
	require.Equal(t, 1, code, output)
	require.Contains(t, output, "would become accounts and 2 would be refused")

	killed := exec.CommandContext(t.Context(), path, "import", "--format", "sole", file)
	killed.Dir, killed.Env = folder, []string{"HOME=" + folder}
	said, err := killed.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, killed.Start())
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "read 3002 rows") {
		continue
	}
	require.NoError(t, lines.Err())
	require.NoError(t, killed.Process.Kill())
	_ = killed.Wait()

	report := filepath.Join(folder, "result.csv")
	output, code = sole(t, path, folder, "import", "--format", "sole", "--report", report, file)
	require.Equal(t, 1, code, output)
	require.Contains(t, output, "an earlier run was interrupted after")
	require.Contains(t, output, "of 3002 rows 3000 became accounts and 2 were refused")
	result, err := os.ReadFile(report)
	require.NoError(t, err)
	require.Equal(t, accounts, strings.Count(string(result), ",created,"))
	require.Contains(t, string(result), `3001,person0@example.org,refused,,email is also the address in line 1: remove one of the two,`)
	require.Contains(t, string(result), `pasword is not a member of an account`)

	again, code := sole(t, path, folder, "import", "--format", "sole", file)
	require.Equal(t, 1, code, again)
	require.Contains(t, again, "of 3002 rows 0 became accounts and 3002 were refused")
	require.Contains(t, again, "and more: --report FILE lists them all")

	for says, args := range map[string][]string{
		"give --format": {"import", file}, "--format must be one of sole, ": {"import", "--format", "other", file},
		"cannot be opened":     {"import", "--format", "sole", "missing"},
		"--allow-weak must be": {"import", "--format", "sole", "--allow-weak", "soon", file},
		"--role must be":       {"import", "--format", "sole", "--role", "x", file},
		"with --org":           {"import", "--format", "sole", "--org", "none", file},
	} {
		refused, code := sole(t, path, folder, args...)
		require.NotEqual(t, 0, code)
		require.Contains(t, refused, says)
	}
	converted, _ := captured(t, path, folder, "import", "--format", "sole", "--convert", writeLine(t, folder))
	require.Equal(t, `{"email":"ada@example.org","full_name":"Ada","password_hash":"`+movedHash+`"}`, converted)
}

func writeLine(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "one.ndjson")
	require.NoError(t, os.WriteFile(path, []byte(`{"full_name":"Ada","email":"ada@example.org","password_hash":"`+movedHash+`"}`), 0o600))
	return path
}
