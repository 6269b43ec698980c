package chart

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
)

// TestHelmLintHasNothingToSay is helm lint --strict.
func TestHelmLintHasNothingToSay(t *testing.T) {
	for _, name := range cases(t) {
		for _, message := range lint.RunAll(folder, given(t, name), release.Namespace).Messages {
			require.Contains(t, message.Error(), "icon is recommended", name)
		}
	}
}

// TestTheRulesAreThoseOfTheRepository compares the copy in the chart, which Helm can read, with the file that promtool checks.
func TestTheRulesAreThoseOfTheRepository(t *testing.T) {
	want, err := os.ReadFile("../../deploy/prometheus/sole.rules.yml")
	require.NoError(t, err)
	copied, err := os.ReadFile(folder + "/files/sole.rules.yml")
	require.NoError(t, err)
	require.Equal(t, string(want), string(copied), "run: cp deploy/prometheus/sole.rules.yml deploy/helm/sole/files/")
}
