package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var orgListCases = []storeCase{
	{"lists every org once, in the order of ids, page by page", orgListPages},
	{"continues a list at the same place when orgs are added", orgListStable},
	{"filters by a part of the name or the slug, and by status", orgListFilters},
	{"treats the wildcards of patterns as plain characters", orgListPatterns},
}

func listOrgs(t *testing.T, store port.Store, filter domain.OrgFilter, after domain.OrgID, limit int) []domain.Org {
	t.Helper()
	found, err := store.Platform().ListOrgs(t.Context(), filter, after, limit)
	require.NoError(t, err)
	return found
}

// newOrg creates an empty org with a name and a slug.
func newOrg(t *testing.T, store port.Store, name string, slug domain.Slug) domain.Org {
	t.Helper()
	org, err := domain.NewOrg(domain.OrgID(newStoreID()), name, slug, storeNow)
	require.NoError(t, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow)
	require.NoError(t, store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
	return org
}

func byID(a, b domain.Org) int { return strings.Compare(string(a.ID), string(b.ID)) }

func orgListPages(t *testing.T, store port.Store) {
	require.Empty(t, listOrgs(t, store, domain.OrgFilter{}, "", 10))
	var all []domain.Org
	for range 11 {
		all = append(all, newOrg(t, store, oddName, newSlug()))
	}
	slices.SortFunc(all, byID)
	for _, limit := range []int{1, 3, 11, 12, 100} {
		var listed []domain.Org
		after := domain.OrgID("")
		for {
			page := listOrgs(t, store, domain.OrgFilter{}, after, limit)
			require.LessOrEqual(t, len(page), limit)
			if len(page) == 0 {
				break
			}
			listed = append(listed, page...)
			after = page[len(page)-1].ID
		}
		require.Equal(t, all, listed, "%d a page", limit)
	}
}

const oddName = "Zoë 漢字 'one' \"two\" ?0 $1"

func orgListStable(t *testing.T, store port.Store) {
	var before []domain.Org
	for range 6 {
		before = append(before, newOrg(t, store, "Org", newSlug()))
	}
	slices.SortFunc(before, byID)
	first := listOrgs(t, store, domain.OrgFilter{}, "", 3)
	for range 5 {
		newOrg(t, store, "Org", newSlug())
	}
	require.Equal(t, before[:3], first)
	rest := listOrgs(t, store, domain.OrgFilter{}, first[2].ID, 100)
	for _, org := range before[3:] {
		require.Equal(t, 1, count(rest, org))
	}
	for _, org := range first {
		require.Zero(t, count(rest, org))
	}
}

func count(list []domain.Org, org domain.Org) (n int) {
	for _, listed := range list {
		if listed == org {
			n++
		}
	}
	return n
}

func orgListFilters(t *testing.T, store port.Store) {
	rocket := newOrg(t, store, "Rocket Works", "acme-inc")
	globex := newOrg(t, store, "Globex", "globex")
	acme := newOrg(t, store, "ACME", "umbrella")
	suspended := acme
	suspended.Status = domain.StatusSuspended
	require.NoError(t, (&tenant{store: store, org: acme}).updateOrg(t, suspended))
	suspended.Version++
	for _, c := range []struct {
		filter domain.OrgFilter
		want   []domain.Org
	}{
		{domain.OrgFilter{}, []domain.Org{rocket, globex, suspended}},
		{domain.OrgFilter{Text: "acme"}, []domain.Org{rocket, suspended}},
		{domain.OrgFilter{Text: "ACME-"}, []domain.Org{rocket}},
		{domain.OrgFilter{Text: "oBeX"}, []domain.Org{globex}},
		{domain.OrgFilter{Text: "t w"}, []domain.Org{rocket}},
		{domain.OrgFilter{Text: "nowhere"}, nil},
		{domain.OrgFilter{Status: domain.StatusActive}, []domain.Org{rocket, globex}},
		{domain.OrgFilter{Status: domain.StatusSuspended}, []domain.Org{suspended}},
		{domain.OrgFilter{Status: domain.StatusActive, Text: "acme"}, []domain.Org{rocket}},
		{domain.OrgFilter{Status: domain.StatusSuspended, Text: "globex"}, nil},
	} {
		slices.SortFunc(c.want, byID)
		listed := listOrgs(t, store, c.filter, "", 100)
		require.ElementsMatch(t, c.want, listed, "%v", c.filter)
		if len(c.want) > 1 {
			require.Equal(t, c.want[1:], listOrgs(t, store, c.filter, c.want[0].ID, 100), "%v", c.filter)
		}
	}
}

func orgListPatterns(t *testing.T, store port.Store) {
	names := []string{"100%", "snake_case", "back\\slash", "bang!", "O'Neil", "star*", "[a-z]", "?", "plain"}
	for i, name := range names {
		newOrg(t, store, name, domain.Slug(fmt.Sprintf("slug-%d", i)))
	}
	for text, want := range map[string]string{
		"%": "100%", "_": "snake_case", "\\": "back\\slash", "!": "bang!", "'": "O'Neil", "*": "star*", "[": "[a-z]", "?": "?", "0%": "100%",
		"e_c": "snake_case", "g!": "bang!",
	} {
		found := listOrgs(t, store, domain.OrgFilter{Text: text}, "", 100)
		require.Len(t, found, 1, text)
		require.Equal(t, want, found[0].Name)
	}
}
