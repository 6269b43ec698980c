package pages

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
)

// shown is a page that somebody opens.
type shown struct {
	route string // its path in the route table
	as    string // a role, visitor or operator
	// path returns the path with its ids and query; nil: that of the route.
	path func(w *world) string
	// then leads to the page that is checked, which has no path of its own; nil: the page at the path is checked.
	then   func(w *world, b *browser.Tab)
	status int // of the page; 0: 200
}

const (
	visitor  = "visitor"
	operator = "operator"
)

// list has every page, as the role that sees most of it, and again as another role that sees it differently.
var list = []shown{
	{route: "/sign-in", as: visitor},
	{route: "/sign-in", as: visitor, status: 422, then: func(_ *world, b *browser.Tab) { signInWith(b, "nobody@example.org") }},
	{route: "/sign-in", as: visitor, then: func(w *world, b *browser.Tab) { signInWith(b, w.people[domain.RoleOwner].email) }},
	{route: "/sign-in", as: visitor, then: func(w *world, b *browser.Tab) { signInWith(b, w.newcomer.email) }},
	{route: "/sign-in", as: visitor, then: func(w *world, b *browser.Tab) {
		signInWith(b, w.newcomer.email)
		b.Click("button[value=totp]")
	}},
	{route: "/forgot-password", as: visitor},
	{route: "/forgot-password", as: visitor, then: func(_ *world, b *browser.Tab) {
		b.Type("[name=email]", "nobody@example.org")
		b.Click("main button[type=submit]")
	}},
	{route: "/org-discovery", as: visitor},
	{route: "/reset-password", as: visitor},
	{route: "/reset-password", as: visitor, path: at("/reset-password?token=pr_damaged"), status: 422},
	{route: "/accept-invitation", as: visitor},
	{route: "/confirm-email", as: visitor},
	{route: "/account", as: visitor, path: at("/nowhere"), status: 404},
	{route: "/account", as: domain.RoleMember},
	{route: "/account", as: domain.RoleOwner},
	{route: "/account/security", as: domain.RoleOwner},
	{route: "/account/security", as: domain.RoleMember},
	{route: "/account/security/password", as: domain.RoleMember},
	{route: "/account/devices", as: domain.RoleOwner},
	{route: "/account/devices", as: domain.RoleMember},
	{route: "/account/org", as: domain.RoleOwner},
	{route: "/account/org", as: domain.RoleMember},
	{route: "/console/members", as: domain.RoleOwner},
	{route: "/console/members", as: domain.RoleAuditor},
	{route: "/console/members", as: domain.RoleAdmin, path: at("/console/members?q=nobody")},
	{route: "/console/members/:id", as: domain.RoleOwner, path: func(w *world) string {
		return "/console/members/" + w.people[domain.RoleAdmin].id
	}},
	{route: "/console/members/:id", as: domain.RoleAuditor, path: func(w *world) string {
		return "/console/members/" + w.newcomer.id
	}},
	{route: "/console/members/:id/roles", as: domain.RoleOwner, path: func(w *world) string {
		return "/console/members/" + w.newcomer.id + "/roles"
	}},
	{route: "/console/members/:id/remove", as: domain.RoleOwner, path: func(w *world) string {
		return "/console/members/" + w.newcomer.id + "/remove"
	}},
	{route: "/console/members/:id/edit", as: domain.RoleOwner, path: func(w *world) string {
		return "/console/members/" + w.newcomer.id + "/edit"
	}},
	{route: "/console/members/new", as: domain.RoleAdmin},
	{route: "/console/members/import", as: domain.RoleAdmin},
	{route: "/console/members/imports/:id", as: domain.RoleOwner, path: func(w *world) string {
		return "/console/members/imports/" + w.imported
	}},
	{route: "/console/explain", as: domain.RoleAuditor},
	{route: "/console/seals", as: domain.RoleAuditor},
	{route: "/console/files", as: domain.RoleAdmin},
	{route: "/console/audit", as: domain.RoleAuditor},
	{route: "/console/audit/:id", as: domain.RoleAuditor, path: func(w *world) string { return "/console/audit/" + string(w.event) }},
	{route: "/console/orgs", as: operator},
	{route: "/console/orgs/new", as: operator},
	{route: "/console/orgs/:id", as: operator, path: func(w *world) string { return "/console/orgs/" + string(w.acme.id) }},
	{route: "/console/roles", as: domain.RoleOwner},
	{route: "/console/roles", as: domain.RoleAuditor},
	{route: "/console/roles/new", as: domain.RoleAdmin},
	{route: "/console/roles/:id", as: domain.RoleOwner, path: func(w *world) string { return "/console/roles/" + w.roles[domain.RoleOwner] }},
	{route: "/console/roles/:id", as: domain.RoleAdmin, path: func(w *world) string { return "/console/roles/" + w.roles[ownRole] }},
	{route: "/console/settings", as: domain.RoleOwner},
	{route: "/console/settings", as: domain.RoleAuditor},
	{route: "/console/org", as: domain.RoleOwner},
}

// at returns a path for every world.
func at(path string) func(*world) string { return func(*world) string { return path } }

// notPages are routes that answer with something else than a page.
var notPages = []string{
	"/",             // leads on
	"/assets/:file", // stylesheet, scripts, icon
	"/favicon.ico",  // leads to the icon
	"/console",      // leads to the first section
	"/logo",
	"/account/picture",
	"/sign-in/done", // leads on
	"/sign-in/*",    // leads to the first step
	"/first-run",    // leads on, because there is an owner
	"/console/members/:id/avatar",
	"/console/members/import/template",
	"/console/members/imports/:id/refused",
	"/console/files/:id",
}

func TestTheListOfPagesIsComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, p := range list {
		listed[p.route] = true
	}
	for _, path := range notPages {
		require.False(t, listed[path], path)
		listed[path] = true
	}
	known := map[string]bool{}
	for _, r := range routes() {
		if r.method == http.MethodGet {
			known[r.path] = true
			require.True(t, listed[r.path], "%s is not checked like the other pages: add it to list or notPages", r.path)
		}
	}
	for path := range listed {
		require.True(t, known[path], "%s is no route", path)
	}
}

// world is a multi-tenant service with an org that has people of every role and something on every page.
type world struct {
	*service

	acme     *org
	people   map[string]*person // by role
	newcomer *person            // who has to enrol
	roles    map[string]string  // ids by name
	imported string             // id of an import of members
	event    domain.EventID     // of a change of settings
}

// signInWith sends the first form of a sign-in.
func signInWith(b *browser.Tab, email string) {
	b.Type("[name=email]", email)
	b.Type("[name=password]", password)
	b.Click("form[action='/sign-in'] button[type=submit]")
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{service: embeddedWith(t, multi), people: map[string]*person{}}
	w.acme = w.newOrg(t, "Acme Incorporated of the Northern Territories", "acme-inc")
	for role, name := range map[string]string{
		domain.RoleOwner:   "Olga Owner",
		domain.RoleAdmin:   "Adalbert-Maximilian Freiherr von und zu Hohenlohe-Waldenburg-Schillingsfürst",
		domain.RoleAuditor: "Ali",
		domain.RoleMember:  "Max Member",
	} {
		w.people[role] = w.acme.newPerson(t, name, role)
		w.acme.signIn(t, w.people[role])
	}
	w.event = w.acme.changedSettings(t, w.people[domain.RoleOwner])
	w.acme.newRole(t, ownRole, domain.PermMemberRead, domain.PermFileWrite)
	w.roles = map[string]string{}
	w.acme.in(t, func(tx port.OrgTx) {
		roles, err := tx.Roles().List(t.Context())
		require.NoError(t, err)
		for _, role := range roles {
			w.roles[role.Name] = string(role.ID)
		}
	})
	w.newcomer = w.acme.newPerson(t, "Nora Newcomer", domain.RoleAdmin)
	for i := range 60 {
		w.acme.newPerson(t, fmt.Sprintf("Member Number%d", i), domain.RoleMember)
	}
	w.people[operator] = w.founder()
	w.signIn(t, w.people[operator])
	owner := w.people[domain.RoleOwner]
	w.imported = w.acme.call(t, "POST", "/members/import", "email,full_name,roles\nada@example.org,Ada Lovelace,\nno address,Nobody,\n",
		"Authorization", "Bearer "+owner.access, "Content-Type", "text/csv").text("id")
	return w
}

// ownRole is a role of the org's own.
const ownRole = "Rindfleischetikettierungsüberwachungsbeauftragte"
