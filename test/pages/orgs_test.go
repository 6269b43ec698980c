package pages

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAnOperatorCreatesSuspendsAndRenamesAnOrg(t *testing.T) {
	t.Parallel()
	onEachWith(t, multi, func(t *testing.T, s *service) {
		operator := s.founder()
		b := s.tab(t, operator)
		b.Goto("/console/orgs")
		require.Contains(t, b.Text(".alert.info"), "operator")
		b.Accessible()
		b.Click("text=Create an org")
		b.Type("#name", "Acme Inc.")
		b.Type("#slug", "Not A Slug")
		b.Type("#owner_full_name", "Wilma Owner")
		b.Type("#owner_email", "wilma@example.org")
		b.Click("button[type=submit]:not(.quiet)")
		require.Equal(t, http.StatusUnprocessableEntity, b.Document().Status)
		require.NotEmpty(t, b.Text("#slug-text"))
		require.Equal(t, "Wilma Owner", b.Field("#owner_full_name"))
		b.Accessible()
		b.Type("#slug", "acme-inc")
		b.Click("button[type=submit]:not(.quiet)")
		require.Equal(t, "Acme Inc. is ready", b.Text("h1"))
		secret := b.Text("#password")
		require.Greater(t, len(secret), 11)
		b.Accessible()

		b.Click("text=Open the org")
		require.Equal(t, "Acme Inc.", b.Text("h1"))
		org := b.Value("location.pathname").(string)
		b.Accessible()
		b.Click("summary")
		b.Click("text=Suspend Acme Inc. now")
		b.WaitForText("The org is suspended.")
		b.Goto("/console/orgs?status=suspended")
		require.Contains(t, b.Text("table"), "Acme Inc.")
		b.Goto(org)
		b.Click("text=Activate the org")
		b.WaitForText("The org is active again.")

		other := b.Another()
		other.Goto(org)
		b.Type("#name", "Acme Corporation")
		b.Click("text=Save")
		b.WaitForText("The org was changed.")
		other.Type("#name", "Acme Limited")
		other.Click("text=Save")
		require.Equal(t, http.StatusPreconditionFailed, other.Document().Status)
		require.Contains(t, other.Text(".alert.warn"), "Acme Corporation")
		require.Contains(t, other.Text(".alert.warn"), "Acme Limited")
		require.Equal(t, "Acme Limited", other.Field("#name"))
		other.Accessible()
		other.Click("text=Save")
		other.WaitForText("The org was changed.")
		require.Equal(t, "Acme Limited", other.Text("h1"))
		b.Goto("/console/audit?action=platform.crossed")
		require.Contains(t, b.Text(".log"), "another org")
	})
}

func TestActionsOnOrgsStepUpInPlace(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, multi)
	operator := s.founder()
	c := s.client(t, operator)
	s.settings(t, func(settings *domain.OrgSettings) {
		settings.MFARequiredActions = []domain.Action{domain.ActionOrgManage}
	})
	form := url.Values{"name": {"Acme"}, "slug": {"acme"}, "owner_email": {"o@example.org"}, "owner_full_name": {"Olga Owner"}}
	p := c.post("/console/orgs", form)
	require.Contains(t, p.text, "step_up_code")
	require.Contains(t, p.text, `value="o@example.org"`)
	form.Set("step_up_action", "org.manage")
	form.Set("step_up_code", s.code(t, operator))
	form.Set("slug", "default") // taken
	p = c.post("/console/orgs", form)
	require.Equal(t, http.StatusConflict, p.status)
	tokens := between(p.text, `name="step_up_token" value="`, `"`)
	require.NotEmpty(t, tokens, "the refused action leaves the step-up unused")
	form.Del("step_up_action")
	form.Del("step_up_code")
	form.Set("step_up_token", tokens[0])
	form.Set("slug", "acme")
	require.Equal(t, http.StatusCreated, c.post("/console/orgs", form).status)
}

func TestOrgsAreForOperatorsOfSeveral(t *testing.T) {
	t.Parallel()
	single := embedded(t)
	c := single.client(t, single.founder())
	require.NotContains(t, c.get("/console/audit").text, `href="/console/orgs"`)
	for _, path := range []string{"/console/orgs", "/console/orgs/new", "/console/orgs/" + string(single.id)} {
		require.Equal(t, http.StatusNotFound, c.get(path).status, path)
	}
	s := embeddedWith(t, multi)
	o := s.newOrg(t, "Acme", "acme-inc")
	admin := o.client(t, o.newPerson(t, "Ada Admin", domain.RoleAdmin))
	require.NotContains(t, admin.get("/console/audit").text, `href="/console/orgs"`)
	require.Equal(t, http.StatusForbidden, admin.get("/console/orgs").status)
	require.Equal(t, http.StatusForbidden, admin.post("/console/orgs/"+string(s.id)+"/suspend", nil).status)
	operator := s.client(t, s.founder())
	require.Equal(t, http.StatusConflict, operator.post("/console/orgs/"+string(s.id)+"/suspend", nil).status)
	require.Equal(t, http.StatusNotFound, operator.get("/console/orgs/"+uuid.NewString()).status)
	require.Equal(t, http.StatusUnprocessableEntity, operator.get("/console/orgs?status=odd").status)
}
