package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAnOrgMovesBetweenTwoFolders runs the commands of docs/moving-orgs.md in the folders of two deployments.
func TestAnOrgMovesBetweenTwoFolders(t *testing.T) {
	t.Parallel()
	path, sender, receiver := binary(t), t.TempDir(), t.TempDir()
	const owner = "SEED_ADMIN_EMAIL=owner@example.org\n"
	require.NoError(t, os.WriteFile(filepath.Join(sender, ".env"), []byte(owner), 0o600))
	seeded, code := sole(t, path, sender, "seed")
	require.Equal(t, 0, code, seeded)
	settings := "TENANCY_MODE=multi\nDEFAULT_ORG_ID=00000000-0000-4000-8000-0000000000aa\n" + owner
	require.NoError(t, os.WriteFile(filepath.Join(receiver, ".env"), []byte(settings), 0o600))
	output, code := sole(t, path, receiver, "seed")
	require.Equal(t, 0, code, output)

	blocks := shellBlocks(t, "../../docs/moving-orgs.md")
	require.Len(t, blocks, 3)
	run(t, path, receiver, blocks[0], 0)
	copyFile(t, receiver, sender, "receiver.key")
	exported := run(t, path, sender, blocks[1], 0)
	by := regexp.MustCompile(`signed by the key (\S{43})`).FindStringSubmatch(exported)
	require.NotNil(t, by, exported)
	copyFile(t, sender, receiver, "acme.soleorg")

	lines := strings.Split(strings.TrimSpace(blocks[2]), "\n")
	require.Len(t, lines, 3)
	planned := run(t, path, receiver, lines[0], 1)
	require.Contains(t, planned, "signed by  "+by[1])
	require.Contains(t, planned, "run the command again with --yes")
	require.Contains(t, run(t, path, receiver, lines[1]+" --from "+by[1][:42]+"x", 1), "not signed by the key of --from")
	run(t, path, receiver, "sole audit verify --org acme", 1)
	imported := run(t, path, receiver, lines[1]+" --from "+by[1], 0)
	require.Contains(t, imported, "imported the org acme")
	require.Contains(t, run(t, path, receiver, lines[2], 0), "ok ")
	require.Contains(t, run(t, path, receiver, lines[1], 1), "--new-id")
	require.Contains(t, run(t, path, sender, lines[0], 1), "encrypted to another key")
	require.Contains(t, run(t, path, sender, `sole org export default --suspend --to "$(cat receiver.key)"`, 1), "cannot be suspended")
	require.Contains(t, run(t, path, sender, "sole org export default", 2), "--to")
	require.Contains(t, run(t, path, sender, "sole org export default --to age1x", 1), "no public key")
	require.Contains(t, run(t, path, sender, `sole org export other --to "$(cat receiver.key)"`, 1), "no org with this id or slug")
}

// shellBlocks returns the blocks of commands of a document.
func shellBlocks(t *testing.T, document string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	for _, found := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, strings.ReplaceAll(found[1], "\n   ", "\n"))
	}
	return blocks
}

// run runs commands in a shell in which sole is the binary, and requires the exit code of the last one.
func run(t *testing.T, path, folder, commands string, code int) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "sh", "-ec", `sole() { "`+path+`" "$@"; }`+"\n"+commands)
	command.Dir, command.Env = folder, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder}
	out, _ := command.CombinedOutput()
	require.Equal(t, code, command.ProcessState.ExitCode(), "%s\n%s", commands, out)
	return string(out)
}

func copyFile(t *testing.T, from, to, name string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(from, name))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(to, name), content, 0o600))
}
