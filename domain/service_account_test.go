package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

var auditor = domain.Role{ID: "a", Name: domain.RoleAuditor, System: true}

func draft(name string, roles ...domain.Role) domain.ServiceAccountDraft {
	return domain.ServiceAccountDraft{Name: name, Roles: roles, GrantedBy: member}
}

func TestAServiceAccountRefusesRolesOfPeopleOnly(t *testing.T) {
	made, err := domain.NewServiceAccount("id", draft(" Export ", auditor), now)
	require.NoError(t, err)
	require.Equal(t, []any{"Export", domain.StatusActive, member, int64(1)}, []any{made.Name, made.Status, made.GrantedBy, made.Version})
	for name, role := range map[string]domain.Role{
		"owner":             {Name: domain.RoleOwner, System: true},
		"with the platform": {Name: "Ops", Granted: []domain.Permission{domain.PermMemberRead, domain.PermPlatformManage}},
	} {
		_, err := domain.NewServiceAccount("id", draft("Export", auditor, role), now)
		require.ErrorIs(t, err, domain.ErrInvalid, name)
		roles := []domain.Role{role}
		_, err = made.Changed(domain.ServiceAccountChange{Roles: &roles}, now)
		require.ErrorIs(t, err, domain.ErrInvalid, name)
	}
	_, err = domain.NewServiceAccount("id", draft("Export", domain.Role{Name: domain.RoleAdmin, System: true}), now)
	require.NoError(t, err)
}

func TestNamesOfServiceAccountsCanBeToldApart(t *testing.T) {
	for _, name := range []string{"", " ", "a\u202eb", strings.Repeat("x", 101), "0189abcd-ac96-774b-bcce-000000000001"} {
		_, err := domain.NewServiceAccount("id", draft(name), now)
		require.ErrorIs(t, err, domain.ErrInvalid, "%q", name)
	}
	one := domain.ServiceAccount{ID: "1", Name: "Export"}
	for name, clashes := range map[string]bool{
		"EXPORT": true, "Exp\u043ert": true, "Export 2": false, "Exports": false, "Exp0rt": false,
	} {
		require.Equal(t, clashes, one.Clashes(domain.ServiceAccount{ID: "2", Name: name}), name)
	}
	require.False(t, one.Clashes(one))
}

func TestAChangeOfAServiceAccountNamesWhatDiffers(t *testing.T) {
	made, err := domain.NewServiceAccount("id", draft("Export"), now)
	require.NoError(t, err)
	roles, name := []domain.Role{auditor}, "Import"
	next, err := made.Changed(domain.ServiceAccountChange{Name: &name, Roles: &roles, GrantedBy: another}, now.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"name": "Export -> Import", "roles": " -> auditor", "granted_by": string(member) + " -> " + string(another),
	}, made.Differences(next))
	same, err := made.Changed(domain.ServiceAccountChange{GrantedBy: another}, now.Add(time.Hour))
	require.NoError(t, err)
	require.True(t, made.Equal(same), "who does not choose roles does not bound them")
}

func TestAServiceAccountNeverHasMoreThanItsGranter(t *testing.T) {
	org := domain.Org{ID: "o", Status: domain.StatusActive, Platform: true}
	account := domain.ServiceAccount{Status: domain.StatusActive, Roles: []domain.Role{{Name: domain.RoleAdmin, System: true}}}
	can := func(g domain.Granter) []domain.Permission {
		return domain.ServicePrincipal(org, domain.OrgSettings{}, account, g, domain.APIKey{}).Permissions()
	}
	require.Empty(t, can(domain.Granter{}))
	require.Empty(t, can(domain.Granter{Roles: []domain.Role{auditor}}), "suspended")
	require.ElementsMatch(t, auditor.Permissions(org), can(domain.Granter{Active: true, Roles: []domain.Role{auditor}}))
	owner := domain.Granter{Active: true, Roles: []domain.Role{{Name: domain.RoleOwner, System: true}}}
	require.NotContains(t, can(owner), domain.PermPlatformManage)
	require.Contains(t, can(owner), domain.PermServiceAccountManage)
	p := domain.ServicePrincipal(org, domain.OrgSettings{}, account, owner, domain.APIKey{})
	narrow := domain.Caller{Principal: p}.Within([]domain.Permission{domain.PermMemberRead, domain.PermPlatformManage})
	require.Equal(t, []domain.Permission{domain.PermMemberRead}, narrow.Permissions())
	require.Empty(t, domain.Caller{Principal: p}.Within([]domain.Permission{}).Permissions(), "a token without a scope")
	require.Equal(t, p.Permissions(), domain.Caller{Principal: p}.Within(nil).Permissions())
}
