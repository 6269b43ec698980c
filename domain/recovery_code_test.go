package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sole-platform/sole/domain"
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func TestARecoveryCodeIsReadAsPeopleTypeIt(t *testing.T) {
	for name, typed := range map[string]string{
		"as it was shown":      "ABCD-0123-EFGH-1111",
		"without hyphens":      "ABCD0123EFGH1111",
		"in lower case":        "abcd-0123-efgh-1111",
		"with blanks":          " abcd 0123 efgh 1111 ",
		"in other groups":      "ab-cd01-23efgh--1111",
		"O for zero":           "ABCD-O123-EFGH-1111",
		"o for zero":           "abcdo123efgh1111",
		"I for one":            "ABCD-0I23-EFGH-IIII",
		"l for one":            "abcd-0l23-efgh-llll",
		"L for one":            "ABCD-0L23-EFGH-LLLL",
		"i for one, and so on": "abcdO123-EFGH iIlL",
	} {
		require.Equal(t, "ABCD0123EFGH1111", domain.CanonicalRecoveryCode(typed), name)
	}
}

func TestDifferentRecoveryCodesStayDifferent(t *testing.T) {
	require.Equal(t, crockford, domain.CanonicalRecoveryCode(crockford), "each letter of the alphabet stays itself")
	require.NotEqual(t, domain.CanonicalRecoveryCode("ABCD"), domain.CanonicalRecoveryCode("ABCE"))
	require.NotEqual(t, domain.CanonicalRecoveryCode("U"), domain.CanonicalRecoveryCode("V"))
	require.Empty(t, domain.CanonicalRecoveryCode(" - "))
}

func TestHoweverACodeIsDecoratedItIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringOfN(rapid.RuneFrom([]rune(crockford)), 16, 16, -1).Draw(t, "code")
		var typed strings.Builder
		for _, c := range code {
			typed.WriteString(rapid.SampledFrom([]string{"", " ", "-", " - "}).Draw(t, "between"))
			variants := []string{string(c), strings.ToLower(string(c))}
			switch c {
			case '0':
				variants = append(variants, "O", "o")
			case '1':
				variants = append(variants, "I", "i", "L", "l")
			}
			typed.WriteString(rapid.SampledFrom(variants).Draw(t, "as"))
		}
		if got := domain.CanonicalRecoveryCode(typed.String()); got != code {
			t.Fatalf("%q was read as %q", typed.String(), got)
		}
	})
}

func FuzzCanonicalRecoveryCode(f *testing.F) {
	f.Add("ABCD-0123-efgh-iLoO")
	f.Add("\u0131\xff \u2014")
	f.Fuzz(func(t *testing.T, typed string) {
		canonical := domain.CanonicalRecoveryCode(typed)
		if again := domain.CanonicalRecoveryCode(canonical); again != canonical {
			t.Fatalf("%q becomes %q and then %q", typed, canonical, again)
		}
		if strings.ContainsAny(canonical, " -OILoil") {
			t.Fatalf("%q is not canonical", canonical)
		}
	})
}

func TestAnAccountGetsTenRecoveryCodes(t *testing.T) {
	require.Equal(t, 10, domain.RecoveryCodeCount)
}
