package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

const roleID = domain.RoleID("018f0000-0000-7000-8000-000000000001")

func newRole(t *testing.T, permissions ...domain.Permission) domain.Role {
	t.Helper()
	draft := domain.RoleDraft{Name: "Help desk", Description: "answers", Permissions: permissions}
	role, err := domain.NewRole(roleID, draft, customer, time.Time{})
	require.NoError(t, err)
	return role
}

func TestARoleHasItsPermissionsInCatalogueOrderEachOnce(t *testing.T) {
	role := newRole(t, domain.PermFileRead, domain.PermMemberRead, domain.PermFileRead)
	require.Equal(t, []domain.Permission{domain.PermMemberRead, domain.PermFileRead}, role.Granted)
	require.True(t, newRole(t, domain.PermMemberRead).Admin())
	require.False(t, newRole(t, domain.PermFileRead).Admin())
	require.Nil(t, newRole(t).Granted)
}

func TestARefusedRoleNamesTheMemberOfEachFault(t *testing.T) {
	for name, c := range map[string]struct {
		draft domain.RoleDraft
		want  []string
	}{
		"no name":          {domain.RoleDraft{Name: "  "}, []string{"name"}},
		"a long name":      {domain.RoleDraft{Name: strings.Repeat("x", 101)}, []string{"name"}},
		"a name as an id":  {domain.RoleDraft{Name: strings.ToUpper(string(roleID))}, []string{"name"}},
		"a control":        {domain.RoleDraft{Name: "a\x00b"}, []string{"name"}},
		"long description": {domain.RoleDraft{Name: "a", Description: strings.Repeat("x", 501)}, []string{"description"}},
		"unknown": {
			domain.RoleDraft{Name: "a", Permissions: []domain.Permission{"member.read", "fly", ""}}, []string{"permissions[1]", "permissions[2]"},
		},
		"platform": {
			domain.RoleDraft{Name: "a", Permissions: []domain.Permission{domain.PermPlatformManage}}, []string{"permissions[0]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := domain.NewRole(roleID, c.draft, customer, time.Time{})
			fault := new(domain.Error)
			require.ErrorAs(t, err, &fault)
			require.Equal(t, domain.CodeInvalid, fault.Code)
			var places []string
			for _, field := range fault.Fields {
				places = append(places, field.Field)
			}
			require.Equal(t, c.want, places)
		})
	}
	operators := domain.RoleDraft{Name: "operators", Permissions: []domain.Permission{domain.PermPlatformManage}}
	_, err := domain.NewRole(roleID, operators, platform, time.Time{})
	require.NoError(t, err, "it exists in the operators' org")
}

func TestAChangeOfARoleSetsTheNamedValuesAndReturnsTheDifferences(t *testing.T) {
	role := newRole(t, domain.PermMemberRead)
	same, err := role.Changed(domain.RoleChange{}, customer)
	require.NoError(t, err)
	require.True(t, same.Equal(role))
	require.Empty(t, role.Differences(same))
	name, granted := "Desk", []domain.Permission{}
	next, err := role.Changed(domain.RoleChange{Name: &name, Permissions: &granted}, customer)
	require.NoError(t, err)
	require.False(t, next.Equal(role))
	require.Equal(t, map[string]string{"name": "Help desk -> Desk", "permissions": "member.read -> "}, role.Differences(next))
	require.Equal(t, "answers", next.Description)
	_, err = systemRole(domain.RoleAdmin).Changed(domain.RoleChange{Name: &name}, customer)
	require.ErrorIs(t, err, domain.ErrSystemRole)
}

func TestRolesClashWhateverTheirLetterCase(t *testing.T) {
	owner, mine := domain.Role{ID: "1", Name: "owner"}, domain.Role{ID: "2", Name: "OWNER"}
	require.True(t, mine.Clashes(owner))
	require.False(t, mine.Clashes(mine))
	require.False(t, mine.Clashes(domain.Role{ID: "3", Name: "owners"}))
}

func TestRolesAreFoundByIDOrBySystemName(t *testing.T) {
	mine := newRole(t)
	admin := domain.Role{ID: "an id", Name: domain.RoleAdmin, System: true}
	all := []domain.Role{admin, mine}
	found, err := domain.FindRoles(all, []string{"admin", string(roleID), "an id"})
	require.NoError(t, err)
	require.Equal(t, []domain.Role{admin, mine}, found, "each once")
	_, err = domain.FindRoles(all, []string{"admin", "Help desk", "Admin", ""})
	fault := new(domain.Error)
	require.ErrorAs(t, err, &fault)
	require.Len(t, fault.Fields, 3)
	require.Equal(t, "roles[1]", fault.Fields[0].Field)
}

func TestACallerCannotGrantPermissionsThatTheyLack(t *testing.T) {
	admin := domain.Principal{Org: customer, Roles: []domain.Role{systemRole(domain.RoleAdmin)}}
	desk := domain.Principal{Org: customer, Roles: []domain.Role{newRole(t, domain.PermRoleAssign, domain.PermMemberRead)}}
	require.NoError(t, admin.Grants([]domain.Role{systemRole(domain.RoleAdmin), newRole(t, domain.PermAuditRead)}))
	require.ErrorIs(t, admin.Grants([]domain.Role{systemRole(domain.RoleOwner)}), domain.ErrEscalation)
	require.NoError(t, desk.Grants([]domain.Role{systemRole(domain.RoleMember), newRole(t, domain.PermMemberRead)}))
	for _, more := range []domain.Role{systemRole(domain.RoleAuditor), newRole(t, domain.PermMemberRead, domain.PermFileRead)} {
		require.ErrorIs(t, desk.Grants([]domain.Role{more}), domain.ErrEscalation)
	}
}

func TestEveryPermissionHasAMeaning(t *testing.T) {
	for _, p := range domain.Permissions() {
		require.NotEmpty(t, p.Meaning(), p)
	}
	require.Empty(t, domain.Permission("fly").Meaning())
}
