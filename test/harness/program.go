package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Program returns the path of an installed program, which is in the Debian package pkg. Without it the test is skipped, or fails if
// servers are required.
func Program(t testing.TB, name, pkg string) string {
	t.Helper()
	path, err := lookPath(name)
	if err != nil {
		Missing(t, "no "+name+": install "+pkg)
	}
	return path
}

// lookPath also finds servers, whose folder is not on every PATH.
func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
	}
	return path, err
}

// Missing skips a test that needs something that this machine does not have, or fails it if SOLE_TEST_REQUIRE_SERVICES is set.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("SOLE_TEST_REQUIRE_SERVICES") != "" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
