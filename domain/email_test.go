package domain_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// longest is an address of exactly 254 bytes.
var longest = strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 60)+".", 3) + "museum"

func TestAddressesThatMailUsesAreAccepted(t *testing.T) {
	for _, good := range []string{
		"a@b.example",
		"First.Last+tag@Sub.Example.ORG",
		"o'neil@example.org",
		"!#$%&'*+-/=?^_`{|}~@example.org",
		"1@2.example",
		"someone@xn--bcher-kva.example",
		"someone@a-b.c-d.example",
		strings.Repeat("a", 64) + "@example.org",
		"a@" + strings.Repeat("b", 63) + ".example",
		longest,
	} {
		email, err := domain.ParseEmail(good)
		require.NoError(t, err, good)
		require.EqualValues(t, good, email, "it stays as its owner writes it")
	}
}

func TestBlanksAroundAnAddressAreIgnored(t *testing.T) {
	for _, typed := range []string{" a@b.example", "a@b.example ", "\ta@b.example\r\n", "\u00a0a@b.example\u3000", "\u200ba@b.example\ufeff",
		"\u2066a@b.example\u2069"} {
		email, err := domain.ParseEmail(typed)
		require.NoError(t, err, "%q", typed)
		require.EqualValues(t, "a@b.example", email)
		require.EqualValues(t, "a@b.example", domain.TypedEmail(typed))
	}
	require.EqualValues(t, "not an address", domain.TypedEmail(" not an address\n"))
}

func TestAddressesThatAreNoneOrAmbiguousAreRefused(t *testing.T) {
	for name, bad := range map[string]string{
		"nothing":                   "",
		"no at sign":                "a",
		"only an at sign":           "@",
		"no local part":             "@b.example",
		"no host":                   "a@",
		"two at signs":              "a@@b.example",
		"a second address":          "a@b.example@c.example",
		"a host of one label":       "a@localhost",
		"an empty label":            "a@b..example",
		"a leading dot in the host": "a@.b.example",
		"a trailing dot":            "a@b.example.",
		"an address literal":        "a@[192.0.2.7]",
		"a port":                    "a@b.example:25",
		"a host that begins with -": "a@-b.example",
		"a host that ends with -":   "a@b-.example",
		"an underscore in the host": "a@b_c.example",
		"a leading dot":             ".a@b.example",
		"a trailing dot, local":     "a.@b.example",
		"two dots":                  "a..b@c.example",
		"a blank":                   "a b@c.example",
		"a quoted local part":       `"a b"@c.example`,
		"a display name":            "A <a@b.example>",
		"a comment":                 "a(comment)@b.example",
		"a list":                    "a@b.example,c@d.example",
		"a NUL":                     "a@b.example\x00",
		"a header":                  "a@b.example\r\nBcc: c@d.example",
		"a newline, local":          "a\n@b.example",
		"a full-width look-alike":   "ａ@b.example",
		"a Cyrillic look-alike":     "\u0430dmin@b.example",
		"a Kelvin sign":             "\u212a@b.example",
		"an umlaut":                 "ü@b.example",
		"an umlaut in the host":     "a@bücher.example",
		"an invisible character":    "a\u200bb@c.example",
		"no UTF-8":                  "a\xff@b.example",
		"a local part of 65 bytes":  strings.Repeat("a", 65) + "@example.org",
		"a label of 64 bytes":       "a@" + strings.Repeat("b", 64) + ".example",
		"255 bytes":                 longest + "e",
		"a very long host":          "a@" + strings.Repeat("a.", 130) + "example",
	} {
		t.Run(name, func(t *testing.T) {
			email, err := domain.ParseEmail(bad)
			requireFault(t, err, "email")
			require.Empty(t, email)
		})
	}
	require.Len(t, longest, 254)
}

func TestAnAddressIsTheSameInAnyLetterCase(t *testing.T) {
	require.Equal(t, "first.last@example.org", domain.Email("First.Last@EXAMPLE.org").Key())
	require.Equal(t, domain.Email("a@b.example").Key(), domain.Email("A@B.EXAMPLE").Key())
	require.NotEqual(t, domain.Email("a@b.example").Key(), domain.Email("a+tag@b.example").Key())
}

func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{" someone@example.org\n", "someone@example.org", "A.B+c@Sub.Example.ORG", "a@@b", "\xff@b.c",
		"\u212a@b.example", longest} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		email, err := domain.ParseEmail(raw)
		if err != nil {
			if email != "" {
				t.Fatalf("%q was refused and returned", raw)
			}
			return
		}
		if email != domain.TypedEmail(raw) {
			t.Fatalf("%q became %q", raw, email)
		}
		raw = string(email)
		if len(raw) > 254 || strings.Count(raw, "@") != 1 || strings.ContainsAny(raw, " \t\r\n\x00<>,;:\"()[]\\") {
			t.Fatalf("%q passed for an address", raw)
		}
		if strings.ContainsFunc(raw, func(r rune) bool { return r >= utf8.RuneSelf }) {
			t.Fatalf("%q has a character that may look like another", raw)
		}
		again, err := domain.ParseEmail(email.Key())
		if err != nil || again.Key() != email.Key() || domain.Email(strings.ToUpper(raw)).Key() != email.Key() {
			t.Fatalf("%q has an unstable key", raw)
		}
	})
}
