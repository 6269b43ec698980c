package domain_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAnAccountIsInvitedUntilItHasAPassword(t *testing.T) {
	invited := domain.User{Status: domain.StatusActive}
	require.Equal(t, domain.StatusInvited, invited.Standing())
	require.Equal(t, domain.StatusActive, domain.User{Status: domain.StatusActive, Password: "a hash"}.Standing())
	require.Equal(t, domain.StatusSuspended, domain.User{Status: domain.StatusSuspended}.Standing())
}

func TestAMemberFilterIsRefusedWhenNothingCouldMatch(t *testing.T) {
	for _, good := range []domain.MemberFilter{{}, {Text: "ada"}, {Text: "99"}, {Status: "invited"}, {Status: "active"},
		{Status: "suspended"}} {
		require.NoError(t, good.Check(), "%+v", good)
	}
	for _, bad := range []domain.MemberFilter{{Text: "@%"}, {Text: "a\x00"}, {Text: strings.Repeat("x", 201)}, {Status: "gone"}} {
		require.Error(t, bad.Check(), "%+v", bad)
	}
}

func TestSearchWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                        {},
		"Ada  Lovelace":           {"ada", "lovelace"},
		"ada ADA":                 {"ada"},
		"countess.99@Example.org": {"99", "countess", "example", "org"},
		"Zażółć-Gęślą":            {"gęślą", "zażółć"},
		strings.Repeat("x", 50):   {strings.Repeat("x", 40)},
		"日本 太郎":                   {"太郎", "日本"},
	} {
		require.Equal(t, want, domain.SearchWords(text), "%q", text)
	}
	require.Len(t, domain.SearchWords(strings.Join(strings.Split("abcdefghijklmnopqrstuvwxyz0123456789", ""), " ")), 24)
}

func FuzzSearchWords(f *testing.F) {
	f.Add("Ada Lovelace")
	f.Add("\xff\x00İ ẞ")
	f.Fuzz(func(t *testing.T, text string) {
		words := domain.SearchWords(text)
		require.True(t, slices.IsSorted(words))
		for _, word := range words {
			require.NotEmpty(t, word)
			require.True(t, utf8.ValidString(word))
			require.NotContains(t, word, " ")
		}
	})
}
