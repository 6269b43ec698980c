package domain_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

const webhookOrg = domain.OrgID("0192d7a0-0000-7000-8000-0000000000aa")

// TestAWebhookSendsNothingPrivate fills every event with private values under the names that events use for them.
func TestAWebhookSendsNothingPrivate(t *testing.T) {
	private := domain.Details{}
	for _, name := range []string{
		"email", "full_name", "description", "networks", "token_id", "token", "secret", "address", "user_agent", "service_account",
		"resource_id", "resource_type", "actor_id", "from", "to", "granted_by", "unknown",
	} {
		private[name] = "private-" + name
	}
	resources := []domain.Resource{
		domain.OnAccount(""), domain.OnOrg(""), domain.OnSession(""), domain.OnDevice(""), domain.OnPasskey(""), domain.OnRole(""),
		domain.OnFile(""), domain.OnImport(""), domain.OnServiceAccount(""), domain.OnAPIKey(""), domain.OnWebhook(""),
		domain.OnAccounts(), domain.OnAuditLog(), {Type: "of a later version"},
	}
	for _, name := range domain.EventNames() {
		for _, on := range resources {
			on.ID = "private-address@example.org"
			actor := domain.Actor{Origin: domain.Origin{Address: "private-address", UserAgent: "private-agent", RequestID: "private-request"}}
			event := actor.Did(name, on, private).Stamp("0192d7a0-0000-7000-8000-000000000001", time.Now())
			body := event.WebhookBody(webhookOrg)
			text, err := json.Marshal(body)
			require.NoError(t, err)
			require.NotContains(t, string(text), "private", "%s on %s", name, on.Type)
			require.Equal(t, []any{name, event.ID, event.At, webhookOrg}, []any{body.Type, body.ID, body.At, body.Org})
		}
	}
}

func TestOnlyTheNamesOfOrgsAndRolesAreSent(t *testing.T) {
	for on, sent := range map[domain.Resource]bool{
		domain.OnOrg(""): true, domain.OnRole(""): true, domain.OnAccount(""): false, domain.OnDevice(""): false,
		domain.OnPasskey(""): false, domain.OnServiceAccount(""): false, domain.OnAPIKey(""): false, domain.OnFile(""): false,
	} {
		event := domain.Actor{}.Did(domain.EventOrgUpdated, on, domain.Details{"name": "Acme"}).Stamp("", time.Now())
		require.Equal(t, sent, event.WebhookBody(webhookOrg).Details["name"] == "Acme", on.Type)
	}
}

// TestWhatSomebodySearchedForIsNotSent: the audit log can be searched for the address of a person.
func TestWhatSomebodySearchedForIsNotSent(t *testing.T) {
	filter := domain.AuditFilter{
		Action: "ada@example.org", Actor: "0192d7a0-0000-7000-8000-000000000002", ResourceType: "ada@example.org", ResourceID: "ada@example.org",
	}
	require.NoError(t, filter.Check())
	event := domain.Actor{}.Did(domain.EventAuditRead, domain.OnAuditLog(), filter.Details()).Stamp("", time.Now())
	require.Empty(t, event.WebhookBody(webhookOrg).Details)
	stepped := domain.Actor{}.Did(domain.EventSteppedUp, domain.OnSession(""), domain.Details{"action": "mfa.disable"}).Stamp("", time.Now())
	require.Equal(t, domain.Details{"action": "mfa.disable"}, stepped.WebhookBody(webhookOrg).Details)
}

func TestTheIDOfASigningKeyIsSent(t *testing.T) {
	event := domain.Actor{}.Did(domain.EventKeyRotated, domain.OnSigningKey("k-2026"), nil).Stamp("", time.Now())
	require.Equal(t, "k-2026", event.WebhookBody(webhookOrg).ResourceID)
	const id = "0192d7a0-0000-7000-8000-000000000003"
	account := domain.Actor{}.Did(domain.EventSignInRefused, domain.OnAccount(id), nil).Stamp("", time.Now())
	require.Equal(t, id, account.WebhookBody(webhookOrg).ResourceID)
}

func TestABodyStaysSmallWhateverTheDetails(t *testing.T) {
	for _, letter := range []string{"a", "<", "\x01", "é", "\U0001F600", "\xff"} {
		details := domain.Details{}
		for _, name := range []string{"by", "call", "events", "host", "name", "permissions", "reason", "roles", "status", "url"} {
			details[name] = strings.Repeat(letter, 2500/len(letter))
		}
		event := domain.Actor{}.Did(domain.EventRoleUpdated, domain.OnRole(""), details).Stamp("", time.Now())
		body := event.WebhookBody(webhookOrg)
		require.Len(t, body.Details, 1, "the first that fits, in the order of the names")
		require.Equal(t, details["by"], body.Details["by"])
		text, err := json.Marshal(body)
		require.NoError(t, err)
		require.Less(t, len(text), 20_000, "%q", letter)
	}
	long := domain.Details{"by": strings.Repeat("a", 50_000), "status": "active -> suspended"}
	event := domain.Actor{}.Did(domain.EventOrgSuspended, domain.OnOrg(webhookOrg), long).Stamp("", time.Now())
	require.Equal(t, domain.Details{"status": "active -> suspended"}, event.WebhookBody(webhookOrg).Details)
	require.Len(t, event.Details, 2, "the event itself keeps all")
}

// TestEveryEventCanBeChosen also chooses all of them at once.
func TestEveryEventCanBeChosen(t *testing.T) {
	names := domain.EventNames()
	require.Equal(t, len(names), len(slices.Compact(slices.Sorted(slices.Values(names)))))
	for _, name := range names {
		_, err := domain.NewWebhook("w", domain.WebhookDraft{URL: "https://example.com", Events: []domain.EventName{name}},
			domain.WebhookRules{}, time.Now())
		require.NoError(t, err, name)
	}
	_, err := domain.NewWebhook("w", domain.WebhookDraft{URL: "https://example.com", Events: names}, domain.WebhookRules{}, time.Now())
	require.NoError(t, err)
}
