package documents

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sole-platform/sole/application/earlier"
)

// earlierPermissions lists what a role of the earlier service needs for each permission.
func earlierPermissions(*testing.T) string {
	var b strings.Builder
	b.WriteString("| permission here | what the role must have there |\n|---|---|\n")
	for _, counterpart := range earlier.Counterparts() {
		var ways []string
		for _, all := range counterpart.AnyOf {
			ways = append(ways, "`"+strings.Join(all, "` and `")+"`")
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", counterpart.Permission, strings.Join(ways, ", or "))
	}
	return b.String()
}

// earlierActions lists the actions that have another name here.
func earlierActions(*testing.T) string {
	var b strings.Builder
	b.WriteString("| action there | here |\n|---|---|\n")
	names := earlier.ActionNames()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&b, "| `%s` | `%s` |\n", name, names[name])
	}
	return b.String()
}
