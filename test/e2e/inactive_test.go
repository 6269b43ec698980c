package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestInactiveAccountsAreRemovedIfTheOrgSaysSo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.member(t)
		s.create(t, owner, "never@example.org", nil).is(201, "")
		s.clock.Advance(29 * 24 * time.Hour)
		s.again(t, account{email: memberEmail, password: memberPassword})
		s.clock.Advance(2 * 24 * time.Hour)
		remove := func() int {
			removed, err := s.app.RemovingInactive().Execute(t.Context())
			require.NoError(t, err)
			return removed
		}
		require.Zero(t, remove(), "by default no account is removed")
		owner = s.signIn(t, owner)
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"inactive_user_retention_days": 30}).is(200, "")
		require.Equal(t, 1, remove())
		require.Zero(t, remove())
		require.Equal(t, []string{ownerEmail, memberEmail}, emails(s.as(t, owner, "GET", "/members", nil)))
		events := s.auditEvents(t, owner, string(domain.EventAccountRemoved))
		require.Len(t, events, 1)
		require.Equal(t, "inactive", events[0]["details"].(map[string]any)["reason"])

		s.clock.Advance(40 * 24 * time.Hour)
		require.Equal(t, 1, remove())
		owner = s.signIn(t, owner)
		require.Equal(t, []string{ownerEmail}, emails(s.as(t, owner, "GET", "/members", nil)), "owners are never removed")
	})
}
