package domain_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestParseScope(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]domain.Permission{
		"member.read":                        {domain.PermMemberRead},
		"role.read member.read":              {domain.PermRoleRead, domain.PermMemberRead},
		"member.read member.read":            {domain.PermMemberRead},
		"https://example.org/a!#[]~ unknown": {"https://example.org/a!#[]~", "unknown"},
	} {
		got, err := domain.ParseScope(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", " ", "a  b", " a", "a ", "a\tb", "a\nb", "a\x00", `a"`, `a\`, "é", "a\u00a0b", "a\x7f", "\xff",
	} {
		_, err := domain.ParseScope(text)
		require.ErrorIs(t, err, domain.ErrInvalidScope, "%q", text)
	}
}

func TestAScopeIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	require.Empty(t, domain.ScopeText(nil))
	all, err := domain.ParseScope(domain.ScopeText(domain.Permissions()))
	require.NoError(t, err)
	require.Equal(t, domain.Permissions(), all)
}

func FuzzParseScope(f *testing.F) {
	f.Add("member.read role.read")
	f.Add(" a")
	f.Fuzz(func(t *testing.T, text string) {
		permissions, err := domain.ParseScope(text)
		if err != nil {
			return
		}
		again, err := domain.ParseScope(domain.ScopeText(permissions))
		if err != nil || !slices.Equal(again, permissions) {
			t.Errorf("%q is read as %v, and written and read again as %v (%v)", text, permissions, again, err)
		}
	})
}

func TestNarrow(t *testing.T) {
	t.Parallel()
	held := []domain.Permission{domain.PermMemberRead, domain.PermRoleRead}
	for _, c := range []struct {
		asked, want []domain.Permission
	}{
		{nil, held},
		{[]domain.Permission{domain.PermRoleRead}, held[1:]},
		{[]domain.Permission{domain.PermRoleRead, domain.PermMemberRead}, held},
	} {
		got, err := domain.Narrow(held, c.asked)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
	for _, asked := range [][]domain.Permission{{domain.PermRoleManage}, {domain.PermMemberRead, "unknown"}} {
		_, err := domain.Narrow(held, asked)
		require.ErrorIs(t, err, domain.ErrInvalidScope)
	}
	require.Equal(t, []domain.Permission{domain.PermMemberRead, domain.PermRoleRead}, held, "the list of the account is left as it is")
}
