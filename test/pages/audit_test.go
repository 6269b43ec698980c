package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func TestAnAuditorFindsOutWhatHappenedToAnAccount(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		auditor := s.newPerson(t, "Ann Auditor", domain.RoleAuditor)
		member := s.newPerson(t, "Max Member", domain.RoleMember)
		owner := s.newPerson(t, "Olga Owner", domain.RoleOwner)
		s.signIn(t, owner)
		s.as(t, owner, "POST", "/members/"+member.id+"/suspend", nil)
		b := s.tab(t, auditor)
		b.Goto("/console/audit")
		b.WaitForText("Account suspended")
		require.Contains(t, b.Text(".log"), "Max Member")
		b.Accessible()

		b.Choose("#action", "account.suspended")
		b.Click("text=Show events")
		require.Contains(t, b.Path(), "action=account.suspended")
		require.Contains(t, b.Text(".log"), "Olga Owner")
		require.NotContains(t, b.Text(".log"), "Signed in")

		b.Click(".log tbody a")
		require.Equal(t, "Account suspended", b.Text("h1"))
		text := b.Text("main")
		for _, part := range []string{"Olga Owner", "Max Member", "Success", "127.0.0.1", "Seal"} {
			require.Contains(t, text, part)
		}
		b.Accessible()
		b.Click("text=What happened to the same thing")
		require.Contains(t, b.Text("main"), "What happened to Max Member.")

		b.Goto("/console/audit")
		b.Type("#actor", owner.email)
		b.Click("text=Show events")
		require.Contains(t, b.Text("main"), "What Olga Owner did.")
		require.NotContains(t, b.Text(".log"), "Ann Auditor")
		b.Type("#actor", "nobody@example.org")
		b.Click("text=Show events")
		require.Equal(t, http.StatusUnprocessableEntity, b.Document().Status)
		require.Contains(t, b.Text("#actor-text"), "email address or the id")
		require.Equal(t, "nobody@example.org", b.Field("#actor"))
		b.Click("text=Remove the filter")
		require.Equal(t, "/console/audit", b.Path())
	})
}

func TestTheAuditLogIsReadWithoutScripts(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	c := s.client(t, s.newPerson(t, "Ann Auditor", domain.RoleAuditor))
	long := strings.Repeat("nobody", 30)
	s.in(t, func(tx port.OrgTx) {
		for i := range 120 {
			event := domain.AuditEvent{
				ID: domain.EventID(uuid.Must(uuid.NewV7()).String()), At: s.clock.Now().Add(-time.Duration(i) * time.Minute),
				Name: domain.EventAccountUpdated, Outcome: domain.OutcomeSuccess, Actor: domain.UserID(uuid.NewString()),
				ResourceType: "account", ResourceID: long, Details: domain.Details{"full_name": "<b>Max</b> -> Maximilian", "size": "2048"},
			}
			require.NoError(t, tx.Audit().Append(t.Context(), event))
		}
	})
	seen := map[string]bool{}
	for path, pages := "/console/audit?action=account.updated", 0; path != ""; pages++ {
		require.Less(t, pages, 3)
		p := c.get(path)
		require.Equal(t, http.StatusOK, p.status, p.text)
		for _, id := range between(p.text, `href="/console/audit/`, `"`) {
			require.False(t, seen[id], "an event is on two pages")
			seen[id] = true
		}
		path = ""
		for _, next := range between(p.text, `href="/console/audit?`, `"`) {
			if strings.Contains(next, "cursor=") {
				path = "/console/audit?" + strings.ReplaceAll(next, "&amp;", "&")
			}
		}
	}
	require.Len(t, seen, 120)
	for id := range seen {
		p := c.get("/console/audit/" + id)
		require.Contains(t, p.text, "&lt;b&gt;Max&lt;/b&gt;")
		require.NotContains(t, p.text, "<b>Max")
		require.Contains(t, p.text, "2 KB")
		break
	}

	day := s.clock.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	require.NotContains(t, c.get("/console/audit?from="+day).text, `<table`)
	for _, wrong := range []string{
		"from=yesterday", "to=2026-13-01", "resource_id=%01", "action=" + strings.Repeat("a", 300), "cursor=forged",
	} {
		require.Equal(t, http.StatusUnprocessableEntity, c.get("/console/audit?"+wrong).status, wrong)
	}
	require.Equal(t, http.StatusNotFound, c.get("/console/audit/"+uuid.NewString()).status)
}

// changedSettings records that somebody changed settings of the org.
func (o *org) changedSettings(t *testing.T, who *person) domain.EventID {
	t.Helper()
	event := domain.AuditEvent{
		ID: domain.EventID(uuid.Must(uuid.NewV7()).String()), At: o.service.clock.Now(), Name: domain.EventOrgSettingsUpdated,
		Outcome: domain.OutcomeSuccess, Actor: domain.UserID(who.id), ResourceType: "org", ResourceID: string(o.id),
		Details: domain.Details{
			"mfa_required_actions": " -> login org_settings.update account.update role.assign role.manage member.mfa_reset",
			"require_two_factor":   "false -> true",
		},
		Origin: domain.Origin{
			Address: "2001:db8:1111:2222:3333:4444:5555:6666", UserAgent: strings.Repeat("Mozilla/5.0 ", 20), RequestID: uuid.NewString(),
		},
	}
	o.in(t, func(tx port.OrgTx) { require.NoError(t, tx.Audit().Append(t.Context(), event)) })
	return event.ID
}

// between returns the texts between two others.
func between(text, before, after string) (found []string) {
	for _, part := range strings.Split(text, before)[1:] {
		inner, _, _ := strings.Cut(part, after)
		found = append(found, inner)
	}
	return found
}

func TestAnExportHasTheEventsOfTheFilter(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	auditor := s.newPerson(t, "Olga Owner", domain.RoleOwner)
	c := s.client(t, auditor)
	p := c.post("/console/audit/export", url.Values{"format": {"ndjson"}, "action": {"session.signed_in"}})
	require.Equal(t, http.StatusOK, p.status)
	require.Equal(t, "application/x-ndjson", p.header.Get("Content-Type"))
	require.Contains(t, p.header.Get("Content-Disposition"), "attachment")
	require.Contains(t, p.text, auditor.id)
	require.NotContains(t, p.text, "mfa.enrolled")
	p = c.post("/console/audit/export", url.Values{"format": {"csv"}, "actor": {auditor.id}})
	require.Equal(t, 13, len(strings.Split(strings.SplitN(p.text, "\r\n", 2)[0], ",")))
	require.Equal(t, http.StatusUnprocessableEntity, c.post("/console/audit/export", url.Values{"format": {"exe"}}).status)

	s.settings(t, func(settings *domain.OrgSettings) {
		settings.MFARequiredActions = []domain.Action{domain.ActionDataExport}
	})
	form := url.Values{"format": {"csv"}, "action": {"session.signed_in"}}
	p = c.post("/console/audit/export", form)
	require.Contains(t, p.text, "step_up_code", "the step-up is in place")
	require.Contains(t, p.text, `value="session.signed_in"`)
	form.Set("step_up_action", "data.export")
	form.Set("step_up_code", s.code(t, auditor))
	p = c.post("/console/audit/export", form)
	require.Contains(t, p.header.Get("Content-Disposition"), "audit-events.csv")
}

func TestWhoMayNotReadTheLogSeesNoneOfIt(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	s.newRole(t, "log", domain.PermAuditRead)
	member := s.newPerson(t, "Max Member", domain.RoleMember)
	c := s.client(t, member)
	for _, path := range []string{"/console/audit", "/console/audit/" + uuid.NewString(), "/console/seals"} {
		require.Equal(t, http.StatusForbidden, c.get(path).status)
	}
	require.Equal(t, http.StatusForbidden, c.post("/console/audit/export", url.Values{"format": {"csv"}}).status)

	reader := s.client(t, s.newPerson(t, "Rita Reader", "log"))
	p := reader.get("/console/audit")
	require.Equal(t, http.StatusOK, p.status)
	require.NotContains(t, p.text, "Max Member", "names are for who may see accounts")
	require.Contains(t, p.text, member.id)
	require.Equal(t, http.StatusUnprocessableEntity, reader.get("/console/audit?actor="+member.email).status)
}

func TestTheSealsOfTheLogAreShown(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	b := s.tab(t, s.newPerson(t, "Ann Auditor", domain.RoleAuditor))
	_, err := s.app.Sealing().Execute(t.Context())
	require.NoError(t, err)
	b.Goto("/console/seals")
	require.Contains(t, b.Text(".alert.good"), "unchanged")
	require.Contains(t, b.Text("main"), "Number 1, just now")
	require.Contains(t, b.Text("main"), "sole audit verify --org "+string(s.id))
	b.Accessible()
}
