package cli

import "github.com/spf13/cobra"

// Nearest is the candidate that word most likely misspells or begins, or empty. It is cobra's
// rule for commands, applied to any names.
func Nearest(word string, candidates []string) string {
	if len(word) < 3 { // too short to tell
		return ""
	}
	names := &cobra.Command{}
	for _, candidate := range candidates {
		names.AddCommand(&cobra.Command{Use: candidate, Run: func(*cobra.Command, []string) {}})
	}
	for _, names.SuggestionsMinimumDistance = range []int{1, 2} {
		if near := names.SuggestionsFor(word); len(near) > 0 {
			return near[0]
		}
	}
	return ""
}
