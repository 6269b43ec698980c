//go:build unix

package upgrade

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

const root = "../.."

// program is the path of a binary.
type program string

// programs returns the previous release and this build. It skips the test where the history of the source is missing.
func programs(t *testing.T) (previous, current program) {
	t.Helper()
	commit, err := harness.PreviousRelease()
	if err != nil {
		harness.Missing(t, "the previous release cannot be built: "+err.Error())
	}
	path, err := buildPrevious(commit)
	require.NoError(t, err)
	binary, err := harness.Binary()
	require.NoError(t, err)
	return program(path), program(binary)
}

// building lets one test build while the others wait.
var building sync.Mutex

// buildPrevious returns the program of a commit. It keeps the program in the cache folder of the account.
func buildPrevious(commit string) (path string, err error) {
	building.Lock()
	defer building.Unlock()
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	path = filepath.Join(cache, "sole-previous", commit+"-"+runtime.Version(), "sole")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	source, err := os.MkdirTemp("", "sole-previous-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(source)) }()
	if err := export(commit, source); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	made := fmt.Sprintf("%s-%d", path, os.Getpid())
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-w", "-o", made, ".")
	build.Dir = source
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return path, os.Rename(made, path)
}

// export writes the files of a commit into a folder.
func export(commit, folder string) error {
	packed, err := exec.Command("git", "-C", root, "archive", "--format=tar", commit).Output()
	if err != nil {
		return err
	}
	for files := tar.NewReader(bytes.NewReader(packed)); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		path := filepath.Join(folder, filepath.FromSlash(header.Name))
		text, err := io.ReadAll(files)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644)); err != nil {
			return err
		}
	}
}
