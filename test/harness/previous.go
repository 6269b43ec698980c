package harness

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

var errNoHistory = errors.New("the source has no history up to the previous release: run `git fetch --unshallow --tags` in a clone")

// PreviousRelease returns the commit of the newest tag before this commit or, before the first tag, the one that
// test/upgrade/previous names.
func PreviousRelease() (commit string, err error) {
	if _, err := git("rev-parse", "HEAD^"); err != nil {
		return "", errNoHistory
	}
	named, err := git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^")
	if err != nil {
		text, err := os.ReadFile(filepath.Join(root(), "test", "upgrade", "previous"))
		if err != nil {
			return "", err
		}
		lines := strings.Fields(string(text))
		named = lines[len(lines)-1]
	}
	if commit, err = git("rev-parse", "--verify", "--quiet", named+"^{commit}"); err != nil {
		return "", errNoHistory
	}
	return commit, nil
}

func git(args ...string) (string, error) {
	output, err := exec.Command("git", append([]string{"-C", root()}, args...)...).Output()
	return strings.TrimSpace(string(output)), err
}
