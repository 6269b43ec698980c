package pages

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
)

// stepUpWith answers the form of a step-up in the tab with a code of the person.
func (o *org) stepUpWith(t *testing.T, b *browser.Tab, who *person) {
	t.Helper()
	b.WaitFor("#step_up_code")
	b.Type("#step_up_code", o.code(t, who))
	b.Click("text=Continue")
}

// guard makes the org demand a step-up for actions.
func (o *org) guard(t *testing.T, actions ...domain.Action) {
	t.Helper()
	o.settings(t, func(s *domain.OrgSettings) { s.MFARequiredActions = actions })
}

func TestAnInvitedPersonGetsAnAccount(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.guard(t, domain.ActionRoleAssign)
		owner := s.founder()
		b := s.tab(t, owner)
		b.WithoutScripts()
		b.Goto("/console/members")
		require.Contains(t, b.Text("main"), "You are the only member so far")
		b.Click("text=Invite someone")
		b.Type("#full_name", "Ada Lovelace")
		b.Type("#email", founderEmail)
		b.Click("text=Create account")
		require.Equal(t, http.StatusConflict, b.Document().Status)
		require.Contains(t, b.Text(".alert.bad"), "already")
		require.Equal(t, "Ada Lovelace", b.Field("#full_name"))

		b.Type("#email", "ada@example.org")
		b.Check("#role-auditor", true)
		b.Click("text=Create account")
		s.stepUpWith(t, b, owner)
		b.WaitForText("The invitation is on its way.")
		require.Contains(t, b.Text("main"), "Invited")
		require.Contains(t, b.Text("main"), "Auditor")
		require.Contains(t, s.emails(t, domain.EmailInvitation, 1)[0].to, "ada@example.org")

		b.Click("text=Withdraw")
		b.WaitForText("The invitation was withdrawn.")
		b.Click("text=Send invitation")
		s.stepUpWith(t, b, owner)
		b.WaitForText("The invitation was sent again.")
		s.emails(t, domain.EmailInvitation, 2)
	})
}

func TestATemporaryPasswordIsShownOnce(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	owner := s.founder()
	b := s.tab(t, owner)
	b.Goto("/console/members/new")
	b.Type("#full_name", "Ada Lovelace")
	b.Type("#email", "ada@example.org")
	b.Check("#how-password", true)
	b.Click("text=Create account")
	secret := b.Text("#temporary-password")
	require.Greater(t, len(secret), 10)
	b.Accessible()
	b.Click("text=I have written it down")
	require.NotContains(t, b.Text("main"), secret)
	signedIn := s.call(t, "POST", "/auth/login", map[string]any{"email": "ada@example.org", "password": secret})
	require.Equal(t, "password_change_required", signedIn.text("status"))

	b.Click("text=Reset password")
	b.WaitFor("#temporary-password")
	require.NotEqual(t, secret, b.Text("#temporary-password"))
}

func TestRolesChangeWithAStepUpAndShowAConflict(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.guard(t, domain.ActionRoleAssign)
		owner, ada := s.founder(), s.newPerson(t, "Ada Lovelace", domain.RoleMember)
		first := s.tab(t, owner)
		first.Goto("/console/members/" + ada.id)
		first.Click("text=Change roles")
		second := first.Another()
		second.Goto("/console/members/" + ada.id + "/roles")

		first.Check("#role-auditor", true)
		first.Click("text=Save")
		s.stepUpWith(t, first, owner)
		first.WaitForText("The roles were changed.")
		require.Contains(t, first.Text(".badges"), "Auditor")

		second.Check("#role-admin", true)
		second.Click("text=Save")
		s.stepUpWith(t, second, owner)
		require.Equal(t, http.StatusPreconditionFailed, second.Document().Status)
		require.Contains(t, second.Text(".alert table"), "Auditor")
		require.Contains(t, second.Text(".alert table"), "Administrator")
		second.Accessible()
		second.Click("text=Save my entries") // with the step-up that the refusal has left unused
		second.WaitForText("The roles were changed.")
		require.NotContains(t, second.Text(".badges"), "Auditor")
		require.Contains(t, second.Text(".badges"), "Administrator")
	})
}

func TestAConflictOfANameShowsBoth(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	ada := s.newPerson(t, "Ada Lovelace", domain.RoleMember)
	first := s.tab(t, s.founder())
	first.Goto("/console/members/" + ada.id + "/edit")
	second := first.Another()
	second.Goto("/console/members/" + ada.id + "/edit")
	first.Type("#full_name", "Ada Byron")
	first.Click("text=Save")
	first.WaitForText("The change was saved.")

	second.Type("#full_name", "Ada King")
	second.Click("text=Save")
	require.Contains(t, second.Text(".alert table"), "Ada Byron")
	require.Contains(t, second.Text(".alert table"), "Ada King")
	require.Equal(t, "Ada King", second.Field("#full_name"))
	second.Click("text=Discard my entries and take the saved values")
	require.Equal(t, "Ada Byron", second.Field("#full_name"))
}

func TestASuspensionEndsTheSessionOfTheMemberAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, person := s.founder(), s.newPerson(t, "Max Member", domain.RoleMember)
		member := s.tab(t, person)
		member.Goto("/account")
		b := s.tab(t, owner)
		b.Goto("/console/members?q=max")
		b.Click("text=Max Member")
		b.Click("text=Suspend")
		b.WaitForText("The account is suspended")
		require.Contains(t, b.Text(".badges"), "Suspended")
		member.Goto("/account")
		require.Contains(t, member.Path(), "/sign-in")
		b.Click("text=Activate")
		b.WaitForText("The account is active again.")
	})
}

func TestAMemberIsRemovedAfterTheirAddressIsTyped(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	person := s.newPerson(t, "Max Member", domain.RoleMember)
	b := s.tab(t, s.founder())
	b.Goto("/console/members/" + person.id)
	b.Click("text=Remove …")
	b.Type("#confirm", "somebody@example.org")
	b.Click("form button.danger")
	require.Equal(t, http.StatusUnprocessableEntity, b.Document().Status)
	b.Accessible()
	b.Type("#confirm", person.email)
	b.Click("form button.danger")
	b.WaitForText("The account was removed.")
	require.NotContains(t, b.Text("table"), "Max Member")
}

func TestAnImportKeepsGoodRowsAndExplainsBadOnes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.guard(t, domain.ActionRoleAssign)
		owner := s.founder()
		b := s.tab(t, owner)
		b.WithoutScripts()
		b.Goto("/console/members/import")
		b.Click("text=Paste rows instead")
		b.Type("#file", "email,full_name,roles\nada@example.org,Ada Lovelace,auditor\nnobody,Nobody,\n"+
			founderEmail+",Again,\ngrace@example.org,Grace,\n")
		b.Click("form:has(#file) button")
		b.WaitFor("#step_up_code")
		b.Type("#step_up_code", "000000")
		b.Click("text=Continue")
		s.stepUpWith(t, b, owner) // the rows are still there after the wrong code
		b.WaitForText("2 accounts were created.")
		b.WaitForText("2 rows were refused.")
		require.Contains(t, b.Text("table"), "nobody")
		require.NotContains(t, b.Text("table"), "Grace")
		b.Click("text=Created (2)")
		require.Contains(t, b.Text("table"), "Grace")
		c := s.client(t, owner)
		scripted := b.Another()
		scripted.Goto(b.Path())
		scripted.Accessible()
		refused := c.get(strings.SplitN(b.Path(), "?", 2)[0] + "/refused")
		require.Contains(t, refused.text, "nobody,Nobody,")
		require.Contains(t, refused.header.Get("Content-Disposition"), "refused-members.csv")
	})
}

func TestAnImportThatIsNoListOfMembersSaysWhy(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	b := s.tab(t, s.founder())
	b.Goto("/console/members/import")
	b.Accessible()
	b.Click("text=Paste rows instead")
	b.Type("#file", "one,two\n1,2\n")
	b.Click("form:has(#file) button")
	require.Equal(t, http.StatusUnprocessableEntity, b.Document().Status)
	require.Contains(t, b.Text(".alert.bad"), "Nothing was imported.")
	require.Equal(t, "one,two\n1,2\n", b.Field("#file"))
}

func TestADenialIsExplained(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, person := s.founder(), s.newPerson(t, "Max Member", domain.RoleMember)
		member := s.tab(t, person)
		member.Goto("/console/members")
		require.Equal(t, http.StatusForbidden, member.Document().Status)
		member.Click("text=Why?")
		require.Contains(t, member.Text(".verdict"), "See members")
		member.Accessible()

		b := s.tab(t, owner)
		b.Goto("/console/members/" + person.id)
		b.Click("text=Why is something denied to this account?")
		b.Choose("#permission", "member.read")
		b.Click("text=Answer")
		require.Contains(t, b.Text(".verdict"), "Denied")
		require.Contains(t, b.Text(".verdict"), "Give the account a role")
		require.Contains(t, b.Text(".verdict"), "Max Member")
		b.Accessible()
	})
}

func TestAnAuditorSeesMembersAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	auditor, person := s.newPerson(t, "Anna Auditor", domain.RoleAuditor), s.newPerson(t, "Max Member", domain.RoleMember)
	b := s.tab(t, auditor)
	b.Goto("/console/members")
	require.Contains(t, b.Text("table"), "Max Member")
	require.False(t, b.Shows("text=Invite someone"))
	b.Click("text=Max Member")
	require.False(t, b.Shows("main form button"))
	require.False(t, b.Shows("text=Change roles"))
	c := s.client(t, auditor)
	for _, path := range []string{
		"/suspend", "/activate", "/sign-out", "/factors", "/invite", "/uninvite", "/password", "/edit", "/roles", "/remove",
	} {
		require.Equal(t, http.StatusForbidden, c.post("/console/members/"+person.id+path, url.Values{}).status, path)
	}
	require.Equal(t, http.StatusForbidden, c.post("/console/members/new", url.Values{"email": {"x@example.org"}}).status)
}

func TestNobodyIsOfferedToActOnAccountsAboveTheirOwnOrOnTheLastOwner(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	admin, owner := s.newPerson(t, "Alma Admin", domain.RoleAdmin), s.founder()
	first := s.tab(t, owner)
	b := s.tab(t, admin)
	b.Goto("/console/members/" + owner.id)
	require.Contains(t, b.Text(".alert"), "permissions that yours lacks")
	require.False(t, b.Shows("main form button"))
	b.Goto("/console/members/new")
	require.Equal(t, true, b.Value(`document.getElementById("role-owner").disabled`))
	require.Contains(t, b.Text("#role-owner-text"), "Only owners can give this role.")

	first.Goto("/console/members/" + owner.id)
	require.Contains(t, first.Text(".alert"), "This is your own account.")
	require.False(t, first.Shows("text=Suspend"))
	first.Click("text=Change roles")
	require.Contains(t, first.Text(".alert.info"), "the last owner who can sign in")
	first.Check("#role-owner", false)
	first.Click("text=Save")
	require.Equal(t, http.StatusConflict, first.Document().Status)
	require.Contains(t, first.Text(".alert.bad"), "the last owner who can sign in")
	s.newPerson(t, "Olga Owner", domain.RoleOwner)
	first.Reload()
	require.False(t, first.Shows(".alert.info"))
}

func TestAPageOfMembersLeadsOnAndBackToTheStart(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	for i := range 60 {
		s.newPerson(t, fmt.Sprintf("Person Number%d", i), domain.RoleMember)
	}
	b := s.tab(t, s.founder())
	b.Goto("/console/members?q=person")
	require.EqualValues(t, 50, b.Value("document.querySelectorAll('tbody tr').length"))
	require.False(t, b.Shows("text=Back to the start"))
	b.Click("text=Next page")
	require.EqualValues(t, 10, b.Value("document.querySelectorAll('tbody tr').length"))
	require.False(t, b.Shows("text=Next page"))
	b.Click("text=Back to the start")
	require.Equal(t, "/console/members?q=person", b.Path())
	b.Goto("/console/members?q=nobody")
	require.Contains(t, b.Text("main"), "Nobody matches")
	b.Click(".empty a")
	require.EqualValues(t, 50, b.Value("document.querySelectorAll('tbody tr').length"))
	b.Goto("/console/members?q=...")
	require.Equal(t, http.StatusUnprocessableEntity, b.Document().Status)
	require.Contains(t, b.Text("#q-text"), "letter")
}
