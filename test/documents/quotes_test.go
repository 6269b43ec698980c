package documents

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	row    = regexp.MustCompile(`(?m)^\| (.+?) \|`)
	split  = regexp.MustCompile(`\.\.\.|"|\d+`)               // a quoted message leaves out what only a run knows
	joined = regexp.MustCompile("[\"`]\\s*\\+\\s*[\"`]|\\\\") // a message that the source writes in parts
)

// TestMessagesInTroubleshootingExist looks for the longest constant part of each quoted message in the
// source.
func TestMessagesInTroubleshootingExist(t *testing.T) {
	var source strings.Builder
	for folder, text := range sources(t) {
		if folder != "tests" {
			source.WriteString(joined.ReplaceAllString(text, ""))
		}
	}
	_, section, found := strings.Cut(find(t, "docs/operations.md").prose, "\n## Troubleshooting\n")
	require.True(t, found)
	checked := 0
	for _, line := range row.FindAllStringSubmatch(section, -1) {
		for _, message := range span.FindAllStringSubmatch(line[1], -1) {
			longest := ""
			for _, part := range split.Split(message[1], -1) {
				if part = strings.Trim(part, " :.,"); len(part) > len(longest) {
					longest = part
				}
			}
			if strings.Count(longest, " ") < 2 {
				continue // a code, such as unavailable
			}
			checked++
			if !strings.Contains(source.String(), longest) {
				t.Errorf("docs/operations.md quotes %q, which no source contains", longest)
			}
		}
	}
	require.Greater(t, checked, 10)
}
