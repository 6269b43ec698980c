package domain_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestANewOrgIsActiveAndNotThePlatforms(t *testing.T) {
	org, err := domain.NewOrg(anID, "  Acme Rockets ", "acme", now)
	require.NoError(t, err)
	require.Equal(t, domain.Org{
		ID: anID, Name: "Acme Rockets", Slug: "acme", Status: domain.StatusActive, CreatedAt: now, UpdatedAt: now, Version: 1,
	}, org)
	require.True(t, org.Active())
}

func TestOnlyAnActiveOrgIsActive(t *testing.T) {
	for status, active := range map[domain.Status]bool{domain.StatusActive: true, domain.StatusSuspended: false, "": false, "retired": false} {
		require.Equal(t, active, domain.Org{Status: status}.Active(), "%q", status)
	}
}

var (
	goodNames = map[string]string{
		"one letter":            "A",
		"200 characters":        strings.Repeat("x", 200),
		"200 wide characters":   strings.Repeat("李", 200),
		"accents and marks":     "Zoë O’Neil-Åkesson, Jr.",
		"another script":        "Żółć 株式会社",
		"joined emoji":          "👩\u200d🚀",
		"what others escape":    `<b>"Acme" & 'Sons'</b>`,
		"a formula's beginning": "=Acme",
	}
	badNames = map[string]string{
		"nothing":          "",
		"only blanks":      " \t\n ",
		"201 characters":   strings.Repeat("x", 201),
		"a newline inside": "Acme\nRockets",
		"a tab inside":     "Acme\tRockets",
		"a NUL":            "Acme\x00",
		"an escape":        "Acme\x1b[31m",
		"a delete":         "Acme\x7f",
		"no UTF-8":         "Acme\xff",
	}
)

func TestNamesForPeople(t *testing.T) {
	for name, good := range goodNames {
		t.Run(name, func(t *testing.T) {
			org, err := domain.NewOrg(anID, good, "acme", now)
			require.NoError(t, err)
			require.Equal(t, good, org.Name)
		})
	}
	for name, bad := range badNames {
		t.Run(name, func(t *testing.T) {
			org, err := domain.NewOrg(anID, bad, "acme", now)
			requireFault(t, err, "name")
			require.Zero(t, org)
		})
	}
}

func TestBlanksAroundANameAreNotCounted(t *testing.T) {
	org, err := domain.NewOrg(anID, "\n\t"+strings.Repeat("x", 200)+" \u00a0", "acme", now)
	require.NoError(t, err)
	require.Len(t, org.Name, 200)
}

func TestSlugsAreOneLabelOfAHostName(t *testing.T) {
	for _, good := range []string{"acme", "acme-inc", "acme-inc-2", "a--b", "42", "0a", "zz", strings.Repeat("a", 63),
		"01890a5d-ac96-774b-bcce"} {
		slug, err := domain.ParseSlug(good)
		require.NoError(t, err, good)
		require.EqualValues(t, good, slug)
	}
	for name, bad := range map[string]string{
		"nothing":            "",
		"one letter":         "a",
		"64 letters":         strings.Repeat("a", 64),
		"a leading hyphen":   "-acme",
		"a trailing hyphen":  "acme-",
		"only hyphens":       "--",
		"an upper-case A":    "Acme",
		"an upper-case Z":    "acmeZ",
		"an underscore":      "a_b",
		"a dot":              "a.b",
		"a slash":            "a/b",
		"a blank":            "a b",
		"a newline":          "acme\n",
		"a NUL":              "acme\x00",
		"an umlaut":          "ä-b",
		"a full-width digit": "acme\uff11",
		"an id":              anID,
		"an id of zeros":     "00000000-0000-0000-0000-000000000000",
	} {
		t.Run(name, func(t *testing.T) {
			slug, err := domain.ParseSlug(bad)
			requireFault(t, err, "slug")
			require.Empty(t, slug)
		})
	}
}

func FuzzParseSlug(f *testing.F) {
	label := regexp.MustCompile(`\A[a-z0-9][a-z0-9-]{0,61}[a-z0-9]\z`)
	for _, seed := range []string{"acme", "acme-inc-2", "-a", "A-", anID, strings.ToUpper(anID), "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		slug, err := domain.ParseSlug(raw)
		if (label.MatchString(raw) && !domain.IsID(raw)) != (err == nil) {
			t.Fatalf("%q: %v", raw, err)
		}
		if err == nil && (string(slug) != raw || domain.IsID(string(slug))) {
			t.Fatalf("%q became %q", raw, slug)
		}
	})
}
