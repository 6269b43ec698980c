package documents

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCodeInClientsIsQuotedFromTheExamples finds each block of code of docs/clients.md in a file of docs/examples, which test/clients
// runs.
func TestCodeInClientsIsQuotedFromTheExamples(t *testing.T) {
	t.Parallel()
	var files strings.Builder
	err := filepath.WalkDir(filepath.Join(root, "docs/examples"), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Name() == "node_modules":
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		text, err := os.ReadFile(path)
		files.WriteString("\n" + string(text))
		return err
	})
	require.NoError(t, err)
	quoted := 0
	for _, b := range find(t, "docs/clients.md").blocks {
		if b.language == "sh" {
			continue
		}
		quoted++
		if !strings.Contains(files.String(), "\n"+b.text) {
			t.Errorf("docs/clients.md:%d: no file of docs/examples contains this block", b.line)
		}
	}
	require.Greater(t, quoted, 5)
}
