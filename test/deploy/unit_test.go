//go:build linux

package deploy

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// unit is a file of systemd: the values of each key, by section.
type unit map[string]map[string][]string

func readUnit(t *testing.T, name string) unit {
	t.Helper()
	u, section := unit{}, ""
	for line := range strings.SplitSeq(deployed(t, "systemd/"+name), "\n") {
		key, value, found := strings.Cut(line, "=")
		switch {
		case strings.HasPrefix(line, "#"), line == "":
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]")
			u[section] = map[string][]string{}
		default:
			require.True(t, found, "%s: %s", name, line)
			u[section][key] = append(u[section][key], value)
		}
	}
	return u
}

// one returns the only value of a key.
func (u unit) one(t *testing.T, section, key string) string {
	t.Helper()
	require.Len(t, u[section][key], 1, "%s in [%s]", key, section)
	return u[section][key][0]
}
