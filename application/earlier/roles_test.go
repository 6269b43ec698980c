package earlier

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var madeIDs int // ids

func maker(platform bool, have ...domain.Role) roleMaker {
	for i, name := range domain.SystemRoles() {
		have = append(have, domain.Role{ID: domain.RoleID(fmt.Sprintf("system-%d", i)), Name: name, System: true})
	}
	newID := func() string {
		madeIDs++
		return fmt.Sprintf("made-%d", madeIDs)
	}
	return roleMaker{org: domain.Org{Platform: platform}, have: have, newID: newID, now: now}
}

func earlierRole(name string, system bool, permissions ...string) port.EarlierRole {
	return port.EarlierRole{ID: "id of " + name, Name: name, System: system, Permissions: port.EarlierNames{Names: permissions}}
}

// everything is what a role there needs to become an admin or owner.
func everything() (names []string) {
	for _, counterpart := range Counterparts() {
		names = append(names, counterpart.AnyOf[0]...)
	}
	return names
}

func TestASystemRoleKeepsItsNameOnlyWithEverythingThatItGrantsHere(t *testing.T) {
	for _, c := range []struct {
		role  port.EarlierRole
		want  string // empty: a custom role
		other bool   // in the operators' org
	}{
		{role: earlierRole("Admin", true, everything()...), want: "admin"},
		{role: earlierRole("OWNER", true, everything()...), want: "owner"},
		{role: earlierRole("owner", true, everything()...), want: "admin", other: true},
		{role: earlierRole("admin", true, everything()[1:]...)},
		{role: earlierRole("admin", true)},
		{role: earlierRole("admin", false, everything()...)},
		{role: earlierRole("owner", true, "*")},
		{role: earlierRole("member", true), want: "member"},
		{role: earlierRole("User", true), want: "member"},
		{role: earlierRole("boss", true, everything()...)},
	} {
		made := maker(c.other).roles([]port.EarlierRole{c.role})
		if c.want == "" {
			require.Len(t, made.add, 1, c.role.Name)
			require.Equal(t, string(made.add[0].ID), made.names[c.role.ID], c.role.Name)
			continue
		}
		require.Equal(t, c.want, made.names[c.role.ID], c.role.Name)
		require.Empty(t, made.add, c.role.Name)
	}
}

func TestTheOperatorDecidesWhatARoleBecomes(t *testing.T) {
	m := maker(false)
	m.mapping = Request{Roles: map[string]string{"Chief": domain.RoleOwner}}.mapping()
	require.Equal(t, "owner", m.roles([]port.EarlierRole{earlierRole("CHIEF", false)}).names["id of CHIEF"])
	m.org.Platform = true
	require.Equal(t, "admin", m.roles([]port.EarlierRole{earlierRole("CHIEF", false)}).names["id of CHIEF"], "owners there are operators")
}

func TestARoleNeverGetsAPermissionForAPart(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  []domain.Permission
	}{
		{[]string{"user.onboard"}, []domain.Permission{domain.PermMemberCreate}},
		{[]string{"user.create"}, nil},
		{[]string{"user.create", "user.invite"}, []domain.Permission{domain.PermMemberCreate}},
		{[]string{"user.suspend"}, nil},
		{[]string{"role.create", "role.update"}, nil},
		{[]string{"role.create", "role.update", "role.delete"}, []domain.Permission{domain.PermRoleManage}},
		{[]string{"platform.manage", "service_account.manage", "webhook.manage", "member.remove", "*", "user.*", "USER.READ"}, nil},
	} {
		made := maker(true).roles([]port.EarlierRole{earlierRole("Support", false, c.names...)})
		require.Len(t, made.add, 1)
		require.Equal(t, c.want, made.add[0].Granted, "%s", c.names)
		require.Equal(t, c.want == nil, len(made.notes) == 1, "%s: %s", c.names, made.notes)
	}
}

func TestARoleDoesNotBecomeAnotherOneOfItsName(t *testing.T) {
	support := domain.Role{ID: "support", Name: "support", Granted: []domain.Permission{domain.PermMemberRead, domain.PermMemberRemove}}
	from := []port.EarlierRole{earlierRole("Support", false, "user.read")}
	made := maker(false, support).roles(from)
	require.Len(t, made.add, 1, "the role of the org grants more")
	require.Equal(t, "Support (earlier service)", made.add[0].Name)

	again := maker(false, support, made.add[0]).roles(from)
	require.Empty(t, again.add, "a second run finds the role of the first")
	require.Equal(t, string(made.add[0].ID), again.names["id of Support"])

	support.Granted = []domain.Permission{domain.PermMemberRead}
	require.Equal(t, "support", maker(false, support).roles(from).names["id of Support"])
}

func TestNamesOfRolesThatCannotBeUsed(t *testing.T) {
	made := maker(false).roles([]port.EarlierRole{
		earlierRole("", false), earlierRole("Support", false), {ID: "2", Name: "SUPPORT"}, {ID: "3", Name: "support"},
		{ID: "4", Name: "Adm\u0456n"}, {ID: "5", Name: "Bad", Permissions: port.EarlierNames{Partial: true},
			Description: strings.Repeat("x", 600)},
	})
	require.Equal(t, []string{"Support", "SUPPORT (earlier service)", "Adm\u0456n (earlier service)", "Bad"}, []string{
		made.add[0].Name, made.add[1].Name, made.add[2].Name, made.add[3].Name,
	})
	require.Empty(t, made.add[3].Granted)
	require.Empty(t, made.add[3].Description)
	require.Equal(t, []string{string(made.add[0].ID)}, made.of([]string{"id of Support", "3", "unknown", "id of "}))
}

func TestAnOrgGetsNoMoreRolesThanItMayHave(t *testing.T) {
	var from []port.EarlierRole
	for i := range domain.MaxCustomRoles + 1 {
		from = append(from, earlierRole(fmt.Sprintf("role %d", i), false))
	}
	made := maker(false).roles(from)
	require.Len(t, made.add, domain.MaxCustomRoles)
	require.Len(t, made.notes, 1)
}
