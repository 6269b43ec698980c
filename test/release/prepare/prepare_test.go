package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheSectionOfAReleaseIsFound(t *testing.T) {
	const changelog = "# Changelog\n\n## Unreleased\n\nNew.\n\n## 1.2.0 - 2027-01-31\n\n### Added\n\n- One.\n\n## 1.1.0 - 2026-12-24\n\n"
	for version, want := range map[string]string{"Unreleased": "New.\n", "v1.2.0": "### Added\n\n- One.\n"} {
		text, err := section(changelog, version)
		require.NoError(t, err)
		require.Equal(t, want, text)
	}
	_, err := section(changelog, "v1.3.0")
	require.ErrorContains(t, err, `rename "## Unreleased" to "## 1.3.0 - YYYY-MM-DD"`)
	_, err = section(changelog, "v1.1.0")
	require.ErrorContains(t, err, "is empty")
}

func TestTheLicencesOfAllModulesAreFound(t *testing.T) {
	t.Chdir("../../..")
	text, err := licences()
	require.NoError(t, err)
	for _, module := range []string{
		"the Go standard library", "modernc.org/sqlite v", "github.com/jackc/pgx/v5 v", "the list of common passwords",
	} {
		require.Contains(t, text, "\n"+module)
	}
}
