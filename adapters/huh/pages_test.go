package huh

import (
	"strings"
	"testing"

	"charm.land/huh/v2"
	"github.com/stretchr/testify/require"
)

func TestEachPageFitsOnATerminalOf24Lines(t *testing.T) {
	help := strings.Repeat("what the setting does ", 9) // three lines
	fields := make([]huh.Field, 10)
	for i := range fields {
		fields[i] = Question{Title: "SETTING", Help: help}.field(new(string))
	}
	groups := pages(fields)
	require.Len(t, groups, 4)
	for _, group := range groups {
		form := huh.NewForm(group).WithWidth(80)
		form.Init()
		shown := form.View()
		require.Contains(t, shown, "SETTING")
		require.LessOrEqual(t, strings.Count(shown, "\n")+1, 20, "four lines are left for an error")
	}
}
