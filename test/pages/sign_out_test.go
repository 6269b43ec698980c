package pages

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestTheButtonBackShowsNothingAfterASignOut(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		b := s.tab(t, s.newPerson(t, "Max Member", domain.RoleMember))
		b.Goto("/account")
		require.Contains(t, b.Text("body"), "Max Member")
		b.Click("form[action='/sign-out'] button")
		require.Equal(t, "/sign-in", b.Value("location.pathname"))
		require.Empty(t, b.Cookies())
		b.Back()
		require.NotContains(t, b.Text("body"), "Max Member")
		require.Equal(t, "/sign-in", b.Value("location.pathname"))
	})
}
