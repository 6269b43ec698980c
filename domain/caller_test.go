package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAClientIsCountedUnderItsIPv4AddressOrItsIPv6Network(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":                  "192.0.2.7",
		"2001:db8:1:2:3:4:5:6":       "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff:ffff::ff": "2001:db8:1:2::/64",
		"2001:db8:1:2::":             "2001:db8:1:2::/64",
		"2001:db8:1:3::":             "2001:db8:1:3::/64",
		"::1":                        "::/64",
		"":                           "",
		"garbage":                    "garbage",
	} {
		require.Equal(t, want, domain.Origin{Address: address}.Network(), "%q", address)
	}
}

func TestATokenIsAdmittedInItsOwnOrgAndWhereNoneIsNamed(t *testing.T) {
	require.True(t, domain.Visitor{Org: "a"}.Admits("a"))
	require.False(t, domain.Visitor{Org: "a"}.Admits("b"))
	require.False(t, domain.Visitor{Org: "a"}.Admits(""))
	require.True(t, domain.Visitor{}.Admits("a"))
}

func TestACallerMayDoWhatOneOfItsRolesGrants(t *testing.T) {
	caller := domain.Caller{Principal: domain.Principal{Roles: []domain.Role{
		{Granted: []domain.Permission{domain.PermFileRead}},
		{Granted: []domain.Permission{domain.PermMemberRead, domain.PermFileRead, domain.PermPlatformManage}},
	}}}
	require.Equal(t, []domain.Permission{domain.PermMemberRead, domain.PermFileRead}, caller.Permissions())
	for _, permission := range domain.Permissions() {
		held := permission == domain.PermMemberRead || permission == domain.PermFileRead
		require.Equal(t, held, caller.Can(permission), permission)
	}
	caller.Org.Platform = true
	require.True(t, caller.Can(domain.PermPlatformManage))
}

func TestWithoutARoleNothingIsAllowed(t *testing.T) {
	nobody := domain.Principal{Org: domain.Org{Platform: true}}
	require.Empty(t, nobody.Permissions())
	for _, permission := range domain.Permissions() {
		require.False(t, nobody.Can(permission), permission)
	}
	require.False(t, nobody.Can(""))
}

func TestTheFactsOfASessionAreThoseOfItsOwner(t *testing.T) {
	active := domain.Principal{
		Org: domain.Org{Status: domain.StatusActive}, User: domain.User{Status: domain.StatusActive},
		Session: domain.Session{ID: "s"}, Roles: []domain.Role{{Name: domain.RoleMember, System: true}},
	}
	for _, c := range []struct {
		name   string
		change func(*domain.Principal)
		want   domain.SessionFacts
	}{
		{"in order", func(*domain.Principal) {}, domain.SessionFacts{OrgActive: true, AccountActive: true}},
		{"org suspended", func(p *domain.Principal) { p.Org.Status = domain.StatusSuspended }, domain.SessionFacts{AccountActive: true}},
		{"account suspended", func(p *domain.Principal) { p.User.Status = domain.StatusSuspended }, domain.SessionFacts{OrgActive: true}},
		{"standing unknown", func(p *domain.Principal) { p.Org.Status, p.User.Status = "", "retired" }, domain.SessionFacts{}},
		{"made an admin", func(p *domain.Principal) {
			p.Roles = append(p.Roles, domain.Role{Name: domain.RoleAdmin, System: true})
		}, domain.SessionFacts{OrgActive: true, AccountActive: true, AdminRole: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := active
			c.change(&p)
			c.want.Session = active.Session
			require.Equal(t, c.want, p.SessionFacts())
		})
	}
}

func TestACallerIsAVisitorOfItsOwnOrg(t *testing.T) {
	origin := domain.Origin{Address: "192.0.2.7", UserAgent: "browser", RequestID: "r"}
	caller := domain.Caller{Origin: origin, Principal: domain.Principal{Org: domain.Org{ID: "a"}}}
	require.Equal(t, domain.Visitor{Origin: origin, Org: "a"}, caller.Visitor())
}

func TestACallerCannotActOnAnAccountWithMorePermissions(t *testing.T) {
	system := func(name string) domain.Role { return domain.Role{Name: name, System: true} }
	owner, admin, auditor, member := system(domain.RoleOwner), system(domain.RoleAdmin), system(domain.RoleAuditor), system(domain.RoleMember)
	helpdesk := domain.Role{Name: "helpdesk", Granted: []domain.Permission{domain.PermMemberMFAReset}}
	for _, c := range []struct {
		actor, target domain.Role
		want          bool
	}{
		{owner, owner, true}, {owner, admin, true}, {owner, helpdesk, true},
		{admin, owner, false}, {admin, admin, true}, {admin, auditor, true}, {admin, helpdesk, true},
		{helpdesk, admin, false}, {helpdesk, auditor, false}, {helpdesk, helpdesk, true}, {helpdesk, member, true},
		{member, member, true}, {member, helpdesk, false},
		{domain.Role{Name: domain.RoleOwner, Granted: domain.Permissions()}, owner, false}, // a custom role of that name is no ownership
	} {
		principal := domain.Principal{Roles: []domain.Role{c.actor}}
		require.Equal(t, c.want, principal.Outranks([]domain.Role{c.target}), "%s on %s", c.actor.Name, c.target.Name)
	}
}
