package domain_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestACanonicalUUIDIsAnID(t *testing.T) {
	for _, good := range []string{anID, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
		"01234567-89ab-cdef-0123-456789abcdef"} {
		id, err := domain.ParseID[domain.UserID](good)
		require.NoError(t, err, good)
		require.EqualValues(t, good, id)
		require.True(t, domain.IsID(good))
	}
}

func TestAnIDIsTheSameInAnyLetterCase(t *testing.T) {
	for _, typed := range []string{strings.ToUpper(anID), strings.Replace(anID, "d", "D", 1)} {
		id, err := domain.ParseID[domain.UserID](typed)
		require.NoError(t, err)
		require.EqualValues(t, anID, id)
		require.Equal(t, anID, domain.CanonicalID(typed))
		require.False(t, domain.IsID(typed), "it is not in canonical form")
	}
	for _, other := range []string{"", "ACME", "Ada@Example.org", strings.ToUpper(anID) + "0", "\u212a" + anID[1:]} {
		require.Equal(t, other, domain.CanonicalID(other))
	}
}

func TestTextThatIsNoIDIsNotFound(t *testing.T) {
	for name, bad := range map[string]string{
		"nothing":                 "",
		"a word":                  "me",
		"braces":                  "{" + anID + "}",
		"a urn":                   "urn:uuid:" + anID,
		"no hyphens":              strings.ReplaceAll(anID, "-", ""),
		"other separators":        strings.ReplaceAll(anID, "-", "_"),
		"hyphens elsewhere":       "01890a5da-c96-774b-bcce-b302099a8057",
		"only hyphens":            strings.Repeat("-", 36),
		"a digit for a hyphen":    "01890a5d0ac96-774b-bcce-b302099a8057",
		"a hyphen for a digit":    "-1890a5d-ac96-774b-bcce-b302099a8057",
		"a letter beyond f":       "g1890a5d-ac96-774b-bcce-b302099a8057",
		"one character less":      anID[:35],
		"one character more":      anID + "0",
		"a blank before":          " " + anID[:35],
		"a newline after":         anID[:35] + "\n",
		"a NUL after":             anID[:35] + "\x00",
		"a path":                  "../" + anID,
		"an escaped path of 36":   "%2e%2e%2fmembers%2f01890a5d-ac96-774",
		"a full-width digit":      "\uff10" + anID[3:],
		"36 characters, 37 bytes": "é" + anID[1:],
		"no UTF-8":                "\xff" + anID[1:],
	} {
		t.Run(name, func(t *testing.T) {
			id, err := domain.ParseID[domain.OrgID](bad)
			require.ErrorIs(t, err, domain.ErrNotFound)
			require.Empty(t, id)
			require.False(t, domain.IsID(bad))
		})
	}
}

func FuzzParseID(f *testing.F) {
	uuid := regexp.MustCompile(`\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\z`)
	for _, seed := range []string{anID, strings.ToUpper(anID), "{" + anID + "}", anID[:35] + "é", strings.Repeat("0", 36), ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		id, err := domain.ParseID[domain.OrgID](raw)
		if uuid.MatchString(raw) != (err == nil) {
			t.Fatalf("%q: %v", raw, err)
		}
		if err == nil && string(id) != strings.ToLower(raw) {
			t.Fatalf("%q became %q", raw, id)
		}
	})
}
