package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func anOrg(t *testing.T) domain.Org {
	t.Helper()
	org, err := domain.NewOrg(anID, "Acme", "acme", now)
	require.NoError(t, err)
	return org
}

func TestAnOrgIsRenamed(t *testing.T) {
	later, org := now.Add(time.Hour), anOrg(t)
	for name, c := range map[string]struct {
		change      domain.OrgChange
		want        func(*domain.Org)
		differences map[string]string
	}{
		"nothing":  {domain.OrgChange{}, func(*domain.Org) {}, map[string]string{}},
		"the same": {domain.OrgChange{Name: new(" Acme "), Slug: new("acme")}, func(*domain.Org) {}, map[string]string{}},
		"the name": {domain.OrgChange{Name: new(" Acme Inc. ")}, func(o *domain.Org) { o.Name, o.UpdatedAt = "Acme Inc.", later },
			map[string]string{"name": "Acme -> Acme Inc."}},
		"the slug": {domain.OrgChange{Slug: new("acme-inc")}, func(o *domain.Org) { o.Slug, o.UpdatedAt = "acme-inc", later },
			map[string]string{"slug": "acme -> acme-inc"}},
		"one of both": {domain.OrgChange{Name: new("Acme"), Slug: new("acme-2")}, func(o *domain.Org) { o.Slug, o.UpdatedAt = "acme-2", later },
			map[string]string{"slug": "acme -> acme-2"}},
	} {
		t.Run(name, func(t *testing.T) {
			want := org
			c.want(&want)
			next, err := org.Changed(c.change, later)
			require.NoError(t, err)
			require.Equal(t, want, next)
			require.Equal(t, c.differences, org.Differences(next))
		})
	}
	for location, change := range map[string]domain.OrgChange{"name": {Name: new(" ")},
		"slug": {Name: new("Fine"), Slug: new("A")}} {
		next, err := org.Changed(change, later)
		requireFault(t, err, location)
		require.Equal(t, org, next)
	}
}

func TestAnOrgIsSuspendedAndActivated(t *testing.T) {
	later, org := now.Add(time.Hour), anOrg(t)
	require.NoError(t, org.Suspend(later))
	require.False(t, org.Active())
	require.Equal(t, later, org.UpdatedAt)
	require.NoError(t, org.Suspend(later.Add(time.Hour)))
	require.Equal(t, later, org.UpdatedAt, "it was suspended already")
	org.Activate(later.Add(time.Minute))
	require.True(t, org.Active())
	require.Equal(t, later.Add(time.Minute), org.UpdatedAt)
}

func TestTheOperatorsOwnOrgCannotBeSuspended(t *testing.T) {
	org := anOrg(t)
	org.Platform = true
	require.ErrorIs(t, org.Suspend(now), domain.ErrPlatformOrg)
	require.True(t, org.Active())
}

func TestAFilterOfOrgsIsChecked(t *testing.T) {
	for _, good := range []domain.OrgFilter{{}, {Text: "Ac%me_ 李"}, {Text: strings.Repeat("李", 200)}, {Status: domain.StatusActive},
		{Status: domain.StatusSuspended, Text: "x"}} {
		require.NoError(t, good.Check(), "%v", good)
	}
	for _, bad := range []string{"\x00", "a\nb", "\xff", strings.Repeat("x", 201)} {
		requireFault(t, domain.OrgFilter{Text: bad}.Check(), "q")
	}
	requireFault(t, domain.OrgFilter{Status: "gone"}.Check(), "status")
}
