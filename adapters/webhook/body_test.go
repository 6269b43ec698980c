package webhook

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestABodyHasTheNamesOfTheAPI(t *testing.T) {
	body := domain.WebhookBody{
		Type: domain.EventAccountSuspended, At: time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC),
		ID: "0192d7a0-0000-7000-8000-000000000000", Org: "0192d7a0-0000-7000-8000-0000000000aa", Outcome: domain.OutcomeSuccess,
		ResourceType: "account", ResourceID: "0192d7a0-0000-7000-8000-0000000000ee", Details: domain.Details{"sessions": "2"},
	}
	const rest = `"resource_type": "account", "resource_id": "0192d7a0-0000-7000-8000-0000000000ee", "details": {"sessions": "2"}}}`
	const head = `{"type": "account.suspended", "timestamp": "2026-03-01T12:00:00.5Z", "data": {
		"id": "0192d7a0-0000-7000-8000-000000000000", "org_id": "0192d7a0-0000-7000-8000-0000000000aa", "outcome": "success", `
	require.JSONEq(t, head+`"actor_id": null, "actor_type": null, `+rest, string(encoded(body)))
	body.Actor = "0192d7a0-0000-7000-8000-0000000000dd"
	require.JSONEq(t, head+`"actor_id": "0192d7a0-0000-7000-8000-0000000000dd", "actor_type": "account", `+rest, string(encoded(body)))
	body.ActorType = domain.ActorServiceAccount
	require.JSONEq(t, head+`"actor_id": "0192d7a0-0000-7000-8000-0000000000dd", "actor_type": "service_account", `+rest, string(encoded(body)))
}
