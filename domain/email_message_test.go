package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestAnEmailShowsNoNameThatCouldBeAMessage(t *testing.T) {
	for _, name := range []string{
		"Ada Lovelace", "María José de la Fuente-García", "J. R. R. Tolkien", "D'Arcy O\u2019Neill", "李小龙", "Zoë",
		"Acme & Co. (Berlin)", "Studio 54",
	} {
		require.Equal(t, name, domain.EmailSafeName(name))
	}
	for _, name := range []string{
		"account suspended - confirm at https://evil.example", "evil.example", "www.evil.example", "Eve evil\u3002example",
		"mail eve@evil.example",
		"Call now!", "Win: a prize", "<b>Eve</b>", "Eve\nBcc", "Eve\u202e", "Eve\u200b", strings.Repeat("long ", 13),
	} {
		require.Empty(t, domain.EmailSafeName(name), name)
	}
	require.Equal(t, "Acme", domain.Org{Name: "Acme", Slug: "acme-inc"}.EmailSafeName())
	require.Equal(t, "acme-inc", domain.Org{Name: "confirm at evil.example", Slug: "acme-inc"}.EmailSafeName())
}
