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
	{route: "/console/service-accounts", as: domain.RoleOwner},
	{route: "/console/service-accounts", as: domain.RoleAuditor},
	{route: "/console/service-accounts", as: operator},
	{route: "/console/service-accounts/new", as: domain.RoleAdmin},
	{route: "/console/service-accounts/:id", as: domain.RoleOwner, path: ofServiceAccount("")},
	{route: "/console/service-accounts/:id", as: domain.RoleAuditor, path: ofServiceAccount("")},
	{route: "/console/service-accounts/:id/edit", as: domain.RoleOwner, path: ofServiceAccount("/edit")},
	{route: "/console/service-accounts/:id/roles", as: domain.RoleOwner, path: ofServiceAccount("/roles")},
	{route: "/console/service-accounts/:id/remove", as: domain.RoleOwner, path: ofServiceAccount("/remove")},
	{route: "/console/service-accounts/:id/keys/new", as: domain.RoleOwner, path: ofServiceAccount("/keys/new")},
	{route: "/console/webhooks", as: domain.RoleOwner},
	{route: "/console/webhooks", as: operator},
	{route: "/console/webhooks/new", as: domain.RoleAdmin},
	{route: "/console/webhooks/:id", as: domain.RoleOwner, path: ofWebhook("")},
	{route: "/console/webhooks/:id/edit", as: domain.RoleOwner, path: ofWebhook("/edit")},
	{route: "/console/settings", as: domain.RoleOwner},
	{route: "/console/settings", as: domain.RoleAuditor},
	{route: "/console/org", as: domain.RoleOwner},
}

// at returns a path for every world.
func at(path string) func(*world) string { return func(*world) string { return path } }

// ofServiceAccount returns the path of a page of the service account of a world.
func ofServiceAccount(page string) func(*world) string {
	return func(w *world) string { return "/console/service-accounts/" + w.machine + page }
}

// ofWebhook returns the path of a page of the webhook of a world.
func ofWebhook(page string) func(*world) string {
	return func(w *world) string { return "/console/webhooks/" + w.webhook + page }
}

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
	machine  string             // id of a service account with a key
	webhook  string             // id of a webhook with deliveries that fail
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
	w.addMachines(t, owner)
	return w
}

// addMachines creates a service account with a key that expires soon, and a webhook whose receiver does not exist.
func (w *world) addMachines(t *testing.T, owner *person) {
	t.Helper()
	w.machine = w.acme.as(t, owner, "POST", "/service-accounts", map[string]any{
		"name": ownRole, "description": "Counts the members every night.", "roles": []string{domain.RoleAuditor, w.roles[ownRole]},
	}).text("id")
	w.acme.as(t, owner, "POST", "/service-accounts/"+w.machine+"/keys", map[string]any{
		"name": "Server 1", "expires_in_days": 10, "allowed_networks": []string{"192.0.2.0/24", "2001:db8::/32"},
	})
	w.webhook = w.acme.as(t, owner, "POST", "/webhooks", map[string]any{
		"url": "https://receiver-of-events.invalid/hooks", "events": []string{"account.suspended", "account.activated"},
	}).text("id")
	w.acme.as(t, owner, "POST", "/webhooks/"+w.webhook+"/test", nil)
}

// ownRole is a role of the org's own.
const ownRole = "Rindfleischetikettierungsüberwachungsbeauftragte"
