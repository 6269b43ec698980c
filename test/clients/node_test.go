package clients

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/harness"
)

// document is the OpenAPI document that `sole openapi` prints.
var document = sync.OnceValues(func() ([]byte, error) {
	var printed bytes.Buffer
	if code := bootstrap.Main([]string{"openapi"}, &printed, io.Discard); code != 0 {
		return nil, fmt.Errorf("sole openapi ends with exit code %d", code)
	}
	return printed.Bytes(), nil
})

// errNoPackages is wrapped by errors that say why the packages of the examples cannot be had.
var errNoPackages = errors.New("the npm packages of docs/examples/node cannot be had")

// nodeFolder returns a copy of docs/examples/node with its packages, the types of the API and the compiled programs. Both the packages
// and the compiled programs are kept in the cache folder of the account, and are made again when what they are made of changes.
var nodeFolder = sync.OnceValues(func() (string, error) {
	text, err := document()
	if err != nil {
		return "", err
	}
	files := map[string][]byte{"openapi.json": text}
	for _, pattern := range []string{"*.json", "*.ts", ".npmrc"} {
		paths, err := filepath.Glob(filepath.Join(examples, "node", pattern))
		if err != nil {
			return "", err
		}
		for _, path := range paths {
			if name := filepath.Base(path); !strings.HasPrefix(name, "openapi.") {
				if files[name], err = os.ReadFile(path); err != nil {
					return "", err
				}
			}
		}
	}
	listed := map[string][]byte{}
	for _, name := range []string{"package.json", "package-lock.json", ".npmrc"} {
		listed[name] = files[name]
	}
	packages, err := kept("packages", listed, install)
	if err != nil {
		return "", err
	}
	return kept("programs", files, func(folder string) error {
		if err := os.Symlink(filepath.Join(packages, "node_modules"), filepath.Join(folder, "node_modules")); err != nil {
			return err
		}
		if err := in(folder, "npm", "run", "--silent", "types"); err != nil {
			return err
		}
		return in(folder, "npm", "run", "--silent", "build")
	})
})

func install(folder string) error {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w: %w", errNoPackages, err)
		}
	}
	if err := in(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
		return fmt.Errorf("%w: %w", errNoPackages, err)
	}
	return nil
}

// kept returns a folder of the cache that holds the files and what complete added to them. It makes the folder once for the same files and
// the same version of Node.js.
func kept(name string, files map[string][]byte, complete func(folder string) error) (string, error) {
	version, err := exec.Command("node", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoPackages, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	parent := filepath.Join(cache, "sole-test-clients")
	folder := filepath.Join(parent, name+"-"+digest(files, version))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", err
	}
	making, err := os.MkdirTemp(parent, "making-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(making) }()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(making, name), text, 0o600); err != nil {
			return "", err
		}
	}
	if err := complete(making); err != nil {
		return "", err
	}
	if err := os.Rename(making, folder); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return folder, nil
}

// digest returns a name for files and the program that they are for.
func digest(files map[string][]byte, version []byte) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", name, len(files[name]), files[name])
	}
	_, _ = sum.Write(version)
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// in runs a command in a folder.
func in(folder, name string, arguments ...string) error {
	command := exec.Command(name, arguments...)
	command.Dir = folder
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", command, err, said)
	}
	return nil
}

// requireNode returns the folder of the compiled examples, or skips the test with the reason.
func requireNode(t *testing.T) string {
	t.Helper()
	folder, err := nodeFolder()
	if errors.Is(err, errNoPackages) {
		harness.Missing(t, err.Error())
	}
	require.NoError(t, err)
	return folder
}

// nodeProgram returns a program of docs/examples/node, such as "client".
func nodeProgram(t *testing.T, name string) program {
	t.Helper()
	return program{"node", filepath.Join(requireNode(t), "dist", name+".js")}
}
