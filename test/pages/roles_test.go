package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAnOwnerCreatesARoleGivesItAndRemovesIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, person := s.founder(), s.newPerson(t, "Max Member", domain.RoleMember)
		b := s.tab(t, owner)
		b.WithoutScripts()
		b.Goto("/console/roles")
		b.Click("text=New role")
		b.Type("#name", "Owner")
		b.Type("#description", "Answers the phone.")
		b.Check("#permission-file\\.read", true)
		b.Click("text=Create the role")
		require.Equal(t, http.StatusConflict, b.Document().Status)
		require.Contains(t, b.Text(".alert.bad"), "Another role")
		require.Equal(t, "Answers the phone.", b.Field("#description"))
		require.Equal(t, true, b.Value(`document.getElementById("permission-file.read").checked`))
		require.False(t, b.Shows(".becomes-admin"))

		b.Type("#name", "Help desk")
		b.Check("#permission-member\\.read", true)
		require.True(t, b.Shows(".becomes-admin"), "said before it is saved")
		b.Check("#permission-member\\.read", false)
		b.Click("text=Create the role")
		b.WaitForText("The role was created.")
		role := b.Path()[strings.LastIndex(b.Path(), "/")+1 : strings.Index(b.Path(), "?")]

		s.as(t, owner, "PUT", "/members/"+person.id+"/roles", map[string]any{"roles": []string{domain.RoleMember, role}})
		b.Goto("/console/roles/" + role)
		require.Contains(t, b.Text("main"), "One member still has this role.")
		b.Check("#permission-member\\.read", true)
		b.Click("text=Save the role")
		require.Contains(t, b.Text(".alert.warn"), "One member has it and will need a second factor")
		b.Click("text=Save as an admin role")
		b.WaitForText("The role was saved.")
		require.Contains(t, b.Text(".badges"), "Admin role")
		b.Click("text=See who has this role")
		require.Contains(t, b.Text("main"), "Max Member")

		s.as(t, owner, "PUT", "/members/"+person.id+"/roles", map[string]any{"roles": []string{domain.RoleMember}})
		b.Goto("/console/roles/" + role)
		b.Click("text=Remove the role")
		b.WaitForText("The role was removed.")
		require.NotContains(t, b.Text("table"), "Help desk")
	})
}

func TestAConflictOfARoleShowsBothVersions(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	first := s.tab(t, s.founder())
	first.Goto("/console/roles/new")
	first.Type("#name", "Help desk")
	first.Click("text=Create the role")
	role, _, _ := strings.Cut(first.Path(), "?")
	second := first.Another()
	second.Goto(role)
	first.Type("#name", "Support")
	first.Check("#permission-file\\.read", true)
	first.Click("text=Save the role")
	first.WaitForText("The role was saved.")

	second.Type("#name", "Reception")
	second.Click("text=Save the role")
	require.Equal(t, http.StatusPreconditionFailed, second.Document().Status)
	require.Contains(t, second.Text(".alert table"), "Support")
	require.Contains(t, second.Text(".alert table"), "Reception")
	require.Contains(t, second.Text(".alert table"), "Read files")
	require.Equal(t, "Reception", second.Field("#name"))
	second.Accessible()
	second.Click("text=Save my entries")
	second.WaitForText("The role was saved.")
	require.Equal(t, "Reception", second.Text("h1"))

	first.Type("#name", "Front desk")
	first.Click("text=Save the role")
	first.Click("text=Discard my entries and take the saved values")
	require.Equal(t, "Reception", first.Field("#name"))
}

func TestAStepUpInPlaceGoesOnWithTheSameForm(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.founder()
		s.settings(t, func(set *domain.OrgSettings) { set.MFARequiredActions = []domain.Action{domain.ActionRoleManage} })
		b := s.tab(t, owner)
		b.Goto("/console/roles/new")
		b.Type("#name", "Owner")
		b.Check("#permission-file\\.read", true)
		b.Check("#permission-file\\.write", true)
		b.Click("text=Create the role")
		require.Equal(t, "Confirm that it is you", b.Text("h1"))
		b.Accessible()
		b.Type("#step_up_code", "000000")
		b.Click("text=Continue")
		require.Contains(t, b.Text(".alert.bad"), "code")
		b.Type("#step_up_code", s.code(t, owner))
		b.Click("text=Continue")
		require.Contains(t, b.Text(".alert.bad"), "Another role", "the name is taken")
		b.Type("#name", "Keeper of files")
		b.Click("text=Create the role")
		b.WaitForText("The role was created.")
		require.Equal(t, "Keeper of files", b.Text("h1"))
		require.Equal(t, 2.0, b.Value(`document.querySelectorAll("[name=permission]:checked").length`))
	})
}

func TestNobodyGrantsWhatTheyLack(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	s.newRole(t, "Keeper of roles", domain.PermRoleRead, domain.PermRoleManage)
	s.newRole(t, "Reader", domain.PermAuditRead)
	keeper := s.newPerson(t, "Kim Keeper", "Keeper of roles")
	c := s.client(t, keeper)
	p := c.get("/console/roles/new")
	require.Equal(t, http.StatusOK, p.status)
	require.Regexp(t, `value="audit.read"[^>]* disabled`, p.text)
	require.NotRegexp(t, `value="role.read"[^>]* disabled`, p.text)
	require.Contains(t, p.text, "Your account lacks this permission")
	p = c.post("/console/roles/new", url.Values{"name": {"Mine"}, "permission": {"audit.read", "role.read"}})
	require.Equal(t, http.StatusForbidden, p.status)
	require.Contains(t, p.text, `value="Mine"`, "nothing typed is lost")
	require.Contains(t, p.text, "can grant only permissions that you have")

	list := c.get("/console/roles").text
	for name, reason := range map[string]string{"Reader": "permissions that your account lacks", "Auditor": "system role"} {
		_, before, _ := strings.Cut(list, "<tbody>")
		before, _, _ = strings.Cut(before, ">"+name+"</a>")
		path := before[strings.LastIndex(before, `href="`)+len(`href="`):]
		path = path[:strings.Index(path, `"`)]
		p = c.get(path)
		require.Equal(t, http.StatusOK, p.status, name)
		require.Contains(t, p.text, reason)
		require.NotContains(t, p.text, `name="permission"`)
		for _, to := range []string{path, path + "/remove"} {
			p = c.post(to, url.Values{"name": {"Other"}, "version": {"1"}})
			require.Equal(t, http.StatusForbidden, p.status, to)
			require.Contains(t, p.text, `role="alert"`)
		}
	}
	require.Equal(t, http.StatusNotFound, c.get("/console/roles/00000000-0000-4000-8000-00000000dead").status)
}
