package main

import (
	"fmt"
	"regexp"
	"strings"
)

// section returns the text below the heading of a version, such as "## 1.2.3 - 2027-01-31" for v1.2.3, or "## Unreleased".
func section(changelog, version string) (string, error) {
	heading := regexp.MustCompile(`(?m)^## ` + regexp.QuoteMeta(strings.TrimPrefix(version, "v")) + `( - \d{4}-\d{2}-\d{2})?$`)
	found := heading.FindStringIndex(changelog)
	if found == nil {
		return "", fmt.Errorf("CHANGELOG.md has no section for %s: rename \"## Unreleased\" to \"## %s - YYYY-MM-DD\" "+
			"and commit that before the tag", version, strings.TrimPrefix(version, "v"))
	}
	text := changelog[found[1]:]
	if next := strings.Index(text, "\n## "); next >= 0 {
		text = text[:next]
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return "", fmt.Errorf("the section for %s in CHANGELOG.md is empty", version)
	}
	return text + "\n", nil
}
