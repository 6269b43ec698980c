package console

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/domain"
)

func TestTheLogIsFilteredByEveryEvent(t *testing.T) {
	raw, err := os.ReadFile("../locale/texts/en/event.json")
	require.NoError(t, err)
	texts := map[string]string{}
	require.NoError(t, json.Unmarshal(raw, &texts))
	offered := map[string]string{}
	for _, group := range eventGroups {
		for _, event := range group.events {
			offered["event."+string(event)] = texts["event."+string(event)]
		}
	}
	require.NotEmpty(t, offered["event."+string(domain.EventFirstRunCompleted)])
	require.Equal(t, texts, offered)
}

func TestTheLogNamesValuesOfSettingsAsTheirFormDoes(t *testing.T) {
	event := domain.AuditEvent{Details: domain.Details{"by_owner": "true", "require_two_factor": "false -> true"}}
	require.Equal(t, []detail{
		{label: "by_owner", value: "yes"}, {label: "Second factor for everyone", before: "Off", value: "On"},
	}, detailsOf(locale.Match("en", "", ""), event))
}
