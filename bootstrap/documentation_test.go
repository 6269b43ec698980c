package bootstrap

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// UPDATE=1 go test ./bootstrap -run Generated regenerates both files from the table of settings.

func TestGeneratedEnvExampleListsEverySetting(t *testing.T) {
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile("../.env.example", []byte(envExample()), 0o644))
	}
	written, err := os.ReadFile("../.env.example")
	require.NoError(t, err)
	require.Equal(t, envExample(), string(written))
}

func TestGeneratedConfigurationListsEverySetting(t *testing.T) {
	const begin, end = "<!-- configuration: begin -->\n", "<!-- configuration: end -->"
	raw, err := os.ReadFile("../docs/configuration.md")
	require.NoError(t, err)
	head, rest, found := strings.Cut(string(raw), begin)
	require.True(t, found)
	table, tail, found := strings.Cut(rest, end)
	require.True(t, found)
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile("../docs/configuration.md", []byte(head+begin+configurationTable()+end+tail), 0o644))
		return
	}
	require.Equal(t, configurationTable(), table)
}

// envExample is .env.example: every key with its default, commented out.
func envExample() string {
	var b strings.Builder
	b.WriteString("# Every configuration key with its default. Copy to .env and uncomment what you change.\n")
	b.WriteString("# The environment wins over .env, .env over files in /run/secrets.\n")
	b.WriteString("# Put a value that contains $, or # after a blank, in single quotes.\n")
	for _, s := range settings {
		fmt.Fprintf(&b, "\n# %s\n#%s=%s\n", s.help, s.key, s.fallback)
	}
	return b.String()
}

// configurationTable is the table of docs/configuration.md.
func configurationTable() string {
	var b strings.Builder
	b.WriteString("| key | default | what |\n|---|---|---|\n")
	for _, s := range settings {
		fallback := "-"
		if s.fallback != "" {
			fallback = "`" + s.fallback + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.key, fallback, strings.ReplaceAll(s.help, "|", "\\|"))
	}
	return b.String()
}
