package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// sensitive tells of each permission whether holding it makes a role an admin role.
var sensitive = map[domain.Permission]bool{
	"org.update": true, "org_settings.read": false, "org_settings.update": true,
	"member.read": true, "member.create": true, "member.update": true, "member.remove": true, "member.suspend": true,
	"member.mfa_reset": true, "member.password_reset": true,
	"role.read": true, "role.manage": true, "role.assign": true,
	"audit.read": true, "file.read": false, "file.write": false, "platform.manage": true,
	"service_account.read": false, "service_account.manage": true, "token.introspect": false, "webhook.manage": true,
}

func TestTheCatalogueOfPermissionsIsTheDocumentedOne(t *testing.T) {
	permissions := domain.Permissions()
	require.Len(t, permissions, len(sensitive))
	for _, permission := range permissions {
		require.Contains(t, sensitive, permission)
		require.True(t, permission.Known(), permission)
	}
}

func TestSensitivePermissionsAreTheDocumentedOnes(t *testing.T) {
	for permission, want := range sensitive {
		require.Equal(t, want, permission.Sensitive(), permission)
	}
}

func TestAPermissionYetToComeIsSensitiveByItsFamily(t *testing.T) {
	for permission, want := range map[domain.Permission]bool{
		"member.impersonate": true, "role.delete": true, "platform.read": true, "file.share": false, "memberships.read": false, "": false,
	} {
		require.Equal(t, want, permission.Sensitive(), "%q", permission)
	}
}

func TestOnlyPlatformPermissionsReachBeyondTheOrg(t *testing.T) {
	for _, permission := range domain.Permissions() {
		require.Equal(t, permission == domain.PermPlatformManage, permission.Platform(), permission)
	}
	require.False(t, domain.Permission("platforms").Platform())
}

func TestAPermissionOutsideTheCatalogueIsUnknown(t *testing.T) {
	for _, unknown := range []domain.Permission{"", "*", "member.*", "member", "MEMBER.READ", "member.read "} {
		require.False(t, unknown.Known(), "%q", unknown)
	}
}

func TestNobodyCanRewriteTheCatalogueOfPermissions(t *testing.T) {
	permissions := domain.Permissions()
	for i := range permissions {
		permissions[i] = domain.Permission(strings.ToUpper(string(permissions[i])))
	}
	require.Equal(t, domain.PermOrgUpdate, domain.Permissions()[0])
}
