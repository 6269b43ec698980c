package bootstrap

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheChartTakesSecretsByReferenceOnly compares the schema of the Helm chart with the settings; test/chart tests the chart itself.
func TestTheChartTakesSecretsByReferenceOnly(t *testing.T) {
	text, err := os.ReadFile("../deploy/helm/sole/values.schema.json")
	require.NoError(t, err)
	type keys map[string]struct{ Description string }
	var schema struct {
		Properties struct {
			Config  struct{ Properties keys }
			Secrets struct {
				Properties struct {
					Keys struct{ Items struct{ Enum []string } }
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	for _, s := range settings {
		config, known := schema.Properties.Config.Properties[s.key]
		require.True(t, known, "the chart does not know %s", s.key)
		if s.secret {
			require.Equal(t, "refused: a secret, see secrets", config.Description, s.key)
			require.Contains(t, schema.Properties.Secrets.Properties.Keys.Items.Enum, s.key)
			continue
		}
		require.NotContains(t, schema.Properties.Secrets.Properties.Keys.Items.Enum, s.key)
	}
}
