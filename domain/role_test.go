package domain_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

var (
	platform = domain.Org{Platform: true}
	customer = domain.Org{}
)

func systemRole(name string) domain.Role { return domain.Role{Name: name, System: true} }

func TestSystemRolesAreFourInOrderOfPower(t *testing.T) {
	require.Equal(t, []string{"owner", "admin", "auditor", "member"}, domain.SystemRoles())
}

func TestTheOwnerMayDoEverythingInItsOrg(t *testing.T) {
	owner := systemRole(domain.RoleOwner)
	require.ElementsMatch(t, domain.Permissions(), owner.Permissions(platform))
	require.ElementsMatch(t, withoutPlatform(domain.Permissions()), owner.Permissions(customer))
}

func TestTheAdminMayDoEverythingButThePlatform(t *testing.T) {
	for _, org := range []domain.Org{platform, customer} {
		require.ElementsMatch(t, withoutPlatform(domain.Permissions()), systemRole(domain.RoleAdmin).Permissions(org))
	}
}

func TestTheAuditorReadsAllAndChangesNothing(t *testing.T) {
	readers := slices.DeleteFunc(domain.Permissions(), func(p domain.Permission) bool { return !strings.HasSuffix(string(p), ".read") })
	for _, org := range []domain.Org{platform, customer} {
		require.ElementsMatch(t, readers, systemRole(domain.RoleAuditor).Permissions(org))
	}
}

func TestTheMemberMayDoNothingToOthers(t *testing.T) {
	require.Empty(t, systemRole(domain.RoleMember).Permissions(platform))
	require.Empty(t, systemRole(domain.RoleMember).Permissions(customer))
}

func TestASystemRoleGrantsByTheCatalogueOnly(t *testing.T) {
	member := systemRole(domain.RoleMember)
	member.Granted = domain.Permissions()
	require.Empty(t, member.Permissions(platform))
	require.False(t, member.Admin())
	require.Empty(t, systemRole("emperor").Permissions(platform))
	require.False(t, systemRole("emperor").Admin())
}

func TestACustomRoleDoesNotBecomePowerfulByItsName(t *testing.T) {
	for _, name := range domain.SystemRoles() {
		require.Empty(t, domain.Role{Name: name}.Permissions(platform), name)
		require.False(t, domain.Role{Name: name}.Admin(), name)
	}
}

func TestACustomRoleGrantsWhatItLists(t *testing.T) {
	role := domain.Role{Granted: []domain.Permission{domain.PermFileWrite, domain.PermPlatformManage, domain.PermFileRead}}
	require.Equal(t, []domain.Permission{domain.PermFileWrite, domain.PermFileRead}, role.Permissions(customer))
	require.Equal(t, []domain.Permission{domain.PermFileWrite, domain.PermPlatformManage, domain.PermFileRead}, role.Permissions(platform))
	require.Len(t, role.Granted, 3, "asking takes nothing from the role")
	require.Equal(t, domain.PermPlatformManage, role.Granted[1])
}

func TestWhatARoleGrantsIsACopy(t *testing.T) {
	role := domain.Role{Granted: []domain.Permission{domain.PermFileRead}}
	role.Permissions(customer)[0] = domain.PermMemberRemove
	require.Equal(t, domain.PermFileRead, role.Granted[0])
}

func TestOwnerAndAdminAreTheAdminRolesOfTheSystem(t *testing.T) {
	for name, admin := range map[string]bool{"owner": true, "admin": true, "auditor": false, "member": false} {
		require.Equal(t, admin, systemRole(name).Admin(), name)
	}
}

func TestACustomRoleWithASensitivePermissionIsAnAdminRole(t *testing.T) {
	for permission, want := range sensitive {
		require.Equal(t, want, domain.Role{Granted: []domain.Permission{permission}}.Admin(), permission)
		require.Equal(t, want, domain.Role{Granted: []domain.Permission{domain.PermFileRead, permission}}.Admin(), permission)
	}
	require.False(t, domain.Role{}.Admin())
}

func TestPermissionsOfSeveralRolesAreTheirUnionInCatalogueOrder(t *testing.T) {
	roles := []domain.Role{
		{Granted: []domain.Permission{domain.PermFileWrite, domain.PermFileRead}},
		systemRole(domain.RoleMember),
		{Granted: []domain.Permission{domain.PermPlatformManage, domain.PermFileRead, domain.PermOrgUpdate, "made.up"}},
	}
	require.Equal(
		t,
		[]domain.Permission{domain.PermOrgUpdate, domain.PermFileRead, domain.PermFileWrite},
		domain.PermissionsOf(roles, customer),
	)
	require.Equal(t, []domain.Permission{domain.PermOrgUpdate, domain.PermFileRead, domain.PermFileWrite, domain.PermPlatformManage},
		domain.PermissionsOf(roles, platform))
	require.Empty(t, domain.PermissionsOf(nil, platform))
}

func TestOneAdminRoleMakesAnAdmin(t *testing.T) {
	require.False(t, domain.AnyAdmin(nil))
	require.False(t, domain.AnyAdmin([]domain.Role{systemRole(domain.RoleMember), systemRole(domain.RoleAuditor)}))
	require.True(t, domain.AnyAdmin([]domain.Role{systemRole(domain.RoleMember), systemRole(domain.RoleAdmin)}))
}

func withoutPlatform(permissions []domain.Permission) []domain.Permission {
	return slices.DeleteFunc(permissions, func(p domain.Permission) bool { return p == domain.PermPlatformManage })
}
