package harness

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// folderPrefix is followed by the id of the test process that the folder belongs to.
const folderPrefix = "sole-test-"

// privateFolder creates a temporary folder that belongs to the servers' account.
func privateFolder() (string, error) {
	removeLeftovers()
	folder, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", folderPrefix, os.Getpid()))
	if err != nil {
		return "", err
	}
	if err := handOver(folder); err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	return folder, nil
}

// newPlace returns a free port and a private folder for a new server.
func newPlace() (port int, folder string, err error) {
	if port, err = FreePort(); err != nil {
		return 0, "", err
	}
	folder, err = privateFolder()
	return port, folder, err
}

// removeLeftovers removes the folders of test processes that were killed before they could.
func removeLeftovers() {
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	for _, folder := range folders {
		id, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), folderPrefix), "-")
		if pid, err := strconv.Atoi(id); err == nil && !alive(pid) {
			_ = os.RemoveAll(folder)
		}
	}
}

func alive(pid int) bool {
	found, err := os.FindProcess(pid)
	return err == nil && !errors.Is(found.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// PrivateFiles returns the text of each file below a folder, by its path with slashes, and fails the test if somebody else
// may read one (mode 0600).
func PrivateFiles(t testing.TB, folder string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, not 0600", path, info.Mode())
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		texts[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
