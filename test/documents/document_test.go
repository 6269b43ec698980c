package documents

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// document is one Markdown file of the repository.
type document struct {
	path   string // relative to the root of the repository, such as docs/api.md
	prose  string // the text without its code blocks
	blocks []block
}

// block is a fenced code block.
type block struct {
	language string // after the opening fence
	text     string
	line     int    // of the opening fence, counted from 1
	mark     string // the HTML comment on the line before, without <!-- and -->
}

var comment = regexp.MustCompile(`^<!-- (.*) -->$`)

// readAll reads every document.
func readAll(t *testing.T) []document {
	t.Helper()
	var all []document
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			require.NoError(t, err)
			name, err := filepath.Rel(root, path)
			require.NoError(t, err)
			all = append(all, parse(filepath.ToSlash(name), string(raw)))
		}
	}
	require.Greater(t, len(all), 10, "the documents are not where they were")
	return all
}

func parse(path, text string) document {
	d := document{path: path}
	var (
		prose  strings.Builder
		inside *block
		before string
	)
	for i, line := range strings.Split(text, "\n") {
		language, fence := strings.CutPrefix(strings.TrimLeft(line, " "), "```")
		switch {
		case fence && inside == nil:
			inside = &block{language: language, line: i + 1}
			if mark := comment.FindStringSubmatch(before); mark != nil {
				inside.mark = mark[1]
			}
		case fence:
			d.blocks = append(d.blocks, *inside)
			inside = nil
		case inside != nil:
			inside.text += line + "\n"
		default:
			prose.WriteString(line + "\n")
		}
		before = strings.TrimSpace(line)
	}
	d.prose = prose.String()
	return d
}

// find returns the document at a path.
func find(t *testing.T, path string) document {
	t.Helper()
	for _, d := range readAll(t) {
		if d.path == path {
			return d
		}
	}
	require.FailNow(t, "there is no document "+path)
	return document{}
}
