package documents

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
)

// TestLinksBetweenDocumentsHaveTargets looks for the file and the heading of every link that
// stays in the repository.
func TestLinksBetweenDocumentsHaveTargets(t *testing.T) {
	all := readAll(t)
	anchors := map[string]map[string]bool{}
	for _, d := range all {
		anchors[d.path] = anchorsOf(d.prose)
	}
	for _, d := range all {
		for _, found := range link.FindAllStringSubmatch(d.prose, -1) {
			target := found[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			at := d.path
			if file != "" {
				at = path.Join(path.Dir(d.path), file)
			}
			_, err := os.Stat(filepath.Join(root, at))
			require.NoError(t, err, "%s links to %s", d.path, target)
			if anchor != "" {
				require.Contains(t, anchors[at], anchor, "%s links to %s", d.path, target)
			}
		}
	}
}

// TestEveryDocumentIsLinkedFromTheReadme finds documents that a newcomer would never see.
func TestEveryDocumentIsLinkedFromTheReadme(t *testing.T) {
	readme := find(t, "README.md").prose
	for _, d := range readAll(t) {
		if d.path != "README.md" {
			require.Contains(t, readme, "]("+d.path, "README.md does not link to %s", d.path)
		}
	}
}

// anchorsOf returns the anchors that GitHub gives to the headings of a text.
func anchorsOf(prose string) map[string]bool {
	anchors := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(prose, -1) {
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, found[1])
		for n, name := 1, anchor; anchors[anchor]; n++ {
			anchor = fmt.Sprint(name, "-", n)
		}
		anchors[anchor] = true
	}
	return anchors
}

func TestAnchorsMatchThoseOfGitHub(t *testing.T) {
	anchors := anchorsOf("# Change `SECRET_KEY`, now\n## Same\n## Same\n")
	require.Equal(t, map[string]bool{"change-secret_key-now": true, "same": true, "same-1": true}, anchors)
}
