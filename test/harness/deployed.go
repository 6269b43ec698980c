package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Deployed returns the text of a file of deploy/, with pairs of texts replaced: each first one by the second. It fails the
// test if a text to replace is not in the file, because the test would then run something else than what is deployed.
func Deployed(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root(), "deploy", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("deploy/%s does not contain %q", name, pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// root returns the folder of the module, which is this folder or one above it.
func root() string {
	folder := "."
	for range 6 {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			break
		}
		folder = filepath.Join("..", folder)
	}
	return folder
}

// place is where a server of deploy/ runs in a test.
type place struct {
	port   int
	folder string
}

func newPlaces(t testing.TB, n int) []place {
	t.Helper()
	places := make([]place, n)
	for i := range places {
		port, folder, err := newPlace()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		places[i] = place{port, folder}
	}
	return places
}

// write writes a file that the server may change.
func (p place) write(t testing.TB, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(p.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := handOver(path); err != nil {
		t.Fatal(err)
	}
	return path
}
