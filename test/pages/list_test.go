package pages

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// shown is a page that somebody opens.
type shown struct {
	route string // its path in the route table
	as    string // a role, visitor or operator
	// path returns the path with its ids and query; nil: that of the route.
	path func(w *world) string
}

const (
	visitor  = "visitor"
	operator = "operator"
)

// list has every page, as the role that sees most of it, and again as another role that sees it differently.
var list = []shown{
	{route: "/sign-in", as: visitor},
	{route: "/account", as: domain.RoleMember},
	{route: "/account", as: domain.RoleOwner},
	{route: "/account/security", as: domain.RoleMember},
	{route: "/account/security", as: domain.RoleOwner},
	{route: "/account/security/password", as: domain.RoleMember},
	{route: "/account/devices", as: domain.RoleMember},
	{route: "/account/devices", as: domain.RoleOwner},
	{route: "/account/org", as: domain.RoleMember},
	{route: "/account/org", as: domain.RoleOwner},
	{route: "/console/members", as: domain.RoleOwner},
	{route: "/console/members", as: domain.RoleAuditor},
	{route: "/console/audit", as: domain.RoleAuditor},
	{route: "/console/audit/:id", as: domain.RoleAuditor, path: func(w *world) string { return "/console/audit/" + string(w.event) }},
	{route: "/console/seals", as: domain.RoleAuditor},
	{route: "/console/files", as: domain.RoleOwner},
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

// notPages are routes that answer with something else than a page.
var notPages = []string{
	"/",             // leads on
	"/assets/:file", // stylesheet, scripts, icon
	"/favicon.ico",  // leads to the icon
	"/console",      // leads to the first section
	"/account/picture", "/console/files/:id",
	"/logo", // the logo of an org
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

	acme   *org
	people map[string]*person // by role
	event  domain.EventID     // of a change of settings, in the org
	roles  map[string]string  // ids by name
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
	w.people[operator] = w.founder()
	w.signIn(t, w.people[operator])
	return w
}

// ownRole is a role of the org's own.
const ownRole = "Rindfleischetikettierungsüberwachungsbeauftragte"
