package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

const (
	member  = domain.UserID("0189abcd-ac96-774b-bcce-000000000001")
	another = domain.UserID("0189abcd-ac96-774b-bcce-000000000002")
)

func personalEvent(actor domain.UserID, resourceType string, resource domain.UserID) domain.AuditEvent {
	return domain.AuditEvent{
		Name: domain.EventAccountUpdated, Actor: actor, ResourceType: resourceType, ResourceID: string(resource),
		Details: map[string]string{"full_name": "A -> B", "reason": "r"}, Origin: domain.Origin{Address: "192.0.2.1", UserAgent: "Firefox"},
	}
}

func TestAnErasureKeepsTheDataOfAdministrators(t *testing.T) {
	for name, c := range map[string]struct {
		event  domain.AuditEvent
		erased []string
	}{
		"by the person, about the person":      {personalEvent(member, "account", member), []string{"ip", "user_agent", "details.full_name"}},
		"by an administrator":                  {personalEvent(another, "account", member), []string{"details.full_name"}},
		"by nobody known":                      {personalEvent("", "account", member), []string{"ip", "user_agent", "details.full_name"}},
		"by the person, about another account": {personalEvent(member, "account", another), []string{"ip", "user_agent"}},
		"by the person, about the org":         {personalEvent(member, "org", another), []string{"ip", "user_agent"}},
		"by the person, about a role":          {personalEvent(member, "role", another), []string{"ip", "user_agent"}},
		"by the person, about their device":    {personalEvent(member, "device", another), []string{"ip", "user_agent", "details.full_name"}},
	} {
		erased, names := c.event.Erase(member)
		require.Equal(t, c.erased, names, name)
		again, names := erased.Erase(member)
		require.Empty(t, names, name)
		require.Equal(t, erased, again, name)
	}
	kept, _ := personalEvent(another, "account", member).Erase(member)
	require.Equal(t, domain.Origin{Address: "192.0.2.1", UserAgent: "Firefox"}, kept.Origin)
}

func TestAMemberSeesNoAddressOfAnybodyElse(t *testing.T) {
	own := personalEvent(member, "account", member)
	require.Equal(t, own, own.ShownTo(member))
	for _, event := range []domain.AuditEvent{personalEvent(another, "account", member), personalEvent("", "account", member)} {
		shown := event.ShownTo(member)
		require.Equal(t, domain.Origin{}, shown.Origin)
		require.Equal(t, event.Details, shown.Details)
	}
	for _, name := range []domain.EventName{domain.EventSignInRefused, domain.EventSignInLocked} {
		guessed := own
		guessed.Name = name
		require.Equal(t, domain.Origin{}, guessed.ShownTo(member).Origin, "anybody may have tried")
	}
	others := personalEvent(member, "account", another).ShownTo(member)
	require.Equal(t, map[string]string{"reason": "r"}, others.Details)
	require.Equal(t, "192.0.2.1", others.Origin.Address)
}
