package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Binary builds the product once per test process and returns its path.
var Binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "sole-binary-")
	if err != nil {
		return "", err
	}
	AtEnd(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "sole")
	build := exec.Command("go", "build", "-ldflags=-w", "-o", path, "github.com/sole-platform/sole")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return path, nil
})
