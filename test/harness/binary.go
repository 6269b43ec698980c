package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Binary builds the product once per test process and returns its path.
var Binary = sync.OnceValues(func() (string, error) { return build(nil, "-ldflags=-w") })

// ReleaseBinary builds the product with the flags of a release, for measurements. The first build takes a minute longer than Binary.
var ReleaseBinary = sync.OnceValues(func() (string, error) {
	return build([]string{"CGO_ENABLED=0"}, "-trimpath", "-tags=nethttpomithttp2", "-ldflags=-s -w")
})

func build(env []string, flags ...string) (string, error) {
	folder, err := os.MkdirTemp("", "sole-binary-")
	if err != nil {
		return "", err
	}
	AtEnd(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "sole")
	build := exec.Command("go", append([]string{"build", "-o", path}, append(flags, "github.com/sole-platform/sole")...)...)
	build.Env = append(os.Environ(), env...)
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return path, nil
}
