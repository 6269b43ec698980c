package e2e

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBlanksAroundAnAddressAreIgnored covers every route that takes an address.
func TestBlanksAroundAnAddressAreIgnored(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	org := []string{"X-Org-Id", "default"}
	typed := func(email string) string { return "\u00a0" + email + " \n" }
	owner := s.enroll(t, org...)
	s.post(t, "/auth/login", credentials(typed(ownerEmail), ownerPassword), org...).is(200, "")
	s.post(t, "/auth/password/forgot", map[string]any{"email": typed(ownerEmail)}, org...).is(202, "")
	s.post(t, "/auth/org-discovery", map[string]any{"email": typed(ownerEmail)}).is(202, "")
	made := s.create(t, owner, typed("ada@example.org"), nil).is(201, "")
	require.Equal(t, "ada@example.org", made.text("email"))
	s.create(t, owner, "ada@example.org", nil).is(409, "conflict")
	changed := s.as(t, owner, "PATCH", "/members/"+made.text("id"), map[string]any{"email": typed("eve@example.org")}).is(200, "")
	require.Equal(t, "eve@example.org", changed.text("email"))
	founded := s.as(t, owner, "POST", "/orgs", map[string]any{
		"name": "Acme", "slug": "acme-inc", "owner": map[string]any{"email": typed("kim@example.org"), "full_name": "Kim"},
	}).is(201, "")
	require.Equal(t, "kim@example.org", founded.text("owner.email"))
}

// TestAnIDIsTheSameInAnyLetterCase covers paths, filters, bodies and headers, and slugs in headers.
func TestAnIDIsTheSameInAnyLetterCase(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], multi)
	acme := string(s.newOrg(t, "acme-inc"))
	owner := s.enroll(t, "X-Org-Id", strings.ToUpper(acme))
	require.Equal(t, acme, s.get(t, "/me", owner.access).is(200, "").text("org.id"))
	for _, headers := range [][]string{
		{"X-Org-Id", strings.ToUpper(acme)}, {"X-Org-Id", "ACME-Inc"}, {"X-Tenant-ID", strings.ToUpper(acme)},
	} {
		s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword), headers...).is(200, "")
	}
	require.Equal(t, acme, s.call(t, "GET", "/api/v1/auth/orgs/resolve?org="+strings.ToUpper(acme), nil).is(200, "").text("id"))

	ada := s.create(t, owner, "ada@example.org", nil).is(201, "").text("id")
	upper := strings.ToUpper(ada)
	require.Equal(t, ada, s.as(t, owner, "GET", "/members/"+upper, nil).is(200, "").text("id"))
	role := s.role(t, owner, "Help desk", "member.read").is(201, "").text("id")
	s.as(t, owner, "PUT", "/members/"+upper+"/roles", map[string]any{"roles": []string{strings.ToUpper(role)}}).is(200, "")
	require.Equal(t, []string{"ada@example.org"}, emails(s.as(t, owner, "GET", "/members?role="+strings.ToUpper(role), nil)))
	require.Len(t, s.as(t, owner, "GET", "/audit-events?action=account.created&resource_id="+upper, nil).is(200, "").at("items"), 1)
	s.as(t, owner, "GET", "/authz/explain?permission=member.read&account="+upper, nil).is(200, "")
	s.as(t, owner, "POST", "/members/"+strings.ToUpper(s.get(t, "/me", owner.access).text("id"))+"/suspend", nil).is(403, "forbidden")
}

// TestANameIsFoundInAnyUnicodeForm covers an accented letter as one character (NFC) and as a
// letter with a combining accent (NFD), which macOS sends.
func TestANameIsFoundInAnyUnicodeForm(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		const composed, decomposed = "Am\u00e9lie Nu\u00f1ez", "Ame\u0301lie Nun\u0303ez"
		owner := s.enroll(t)
		for email, name := range map[string]string{"a@example.org": composed, "b@example.org": decomposed} {
			require.Equal(t, composed, s.create(t, owner, email, map[string]any{"full_name": name}).is(201, "").text("full_name"))
		}
		for _, word := range []string{"am\u00e9", "ame\u0301", "AM\u00c9LIE NUN\u0303EZ"} {
			require.Len(t, emails(s.as(t, owner, "GET", "/members?q="+url.QueryEscape(word), nil)), 2, word)
		}
		role := map[string]any{"name": decomposed, "permissions": []string{}}
		require.Equal(t, composed, s.as(t, owner, "POST", "/roles", role).is(201, "").text("name"))
		s.as(t, owner, "POST", "/roles", map[string]any{"name": composed, "permissions": []string{}}).is(409, "conflict")
	})
}
