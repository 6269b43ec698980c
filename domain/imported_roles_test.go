package domain_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestRolesOfAnotherSystemAreOnlyGivenIfTheyAreMapped(t *testing.T) {
	account := domain.ImportedAccount{
		Roles: []string{"auditor", "Help desk"}, ForeignRoles: []string{"owner", "realm-admin"}, Notes: []string{"x"},
	}
	for _, c := range []struct {
		maps  []string
		roles []string
		note  string
	}{
		{nil, []string{"auditor", "Help desk"}, "roles that are left behind: owner, realm-admin"},
		{[]string{"realm-admin=admin"}, []string{"auditor", "Help desk", "admin"}, "roles that are left behind: owner"},
		{[]string{"*=member"}, []string{"member"}, ""},
		{[]string{"*=", "owner=owner"}, []string{"owner"}, "roles that are left behind: auditor, Help desk, realm-admin"},
		{[]string{"auditor=", "owner=auditor", "realm-admin=auditor"}, []string{"Help desk", "auditor"}, "roles that are left behind: auditor"},
	} {
		mapped, err := domain.ParseRoleMap(c.maps)
		require.NoError(t, err)
		got := mapped.Assign(account)
		require.Equal(t, c.roles, got.Roles, c.maps)
		require.Empty(t, got.ForeignRoles)
		want := []string{"x"}
		if c.note != "" {
			want = append(want, c.note)
		}
		require.Equal(t, want, got.Notes, c.maps)
	}
	require.Equal(t, []string{"x"}, account.Notes)
}
