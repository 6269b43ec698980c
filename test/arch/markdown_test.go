package arch

import (
	"os"
	"strings"
	"testing"
)

// maxReadmeLines keeps the README to the first minutes with the service. The rest belongs to docs/.
const maxReadmeLines = 200

func TestTheREADMEIsShort(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > maxReadmeLines {
		t.Errorf("README.md has %d lines, at most %d are allowed: move the rest to docs/", lines, maxReadmeLines)
	}
}
