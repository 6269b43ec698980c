package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSignInRefreshAndSignOut(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)

		me := s.get(t, "/me", owner.access).is(200, "")
		require.Equal(t, ownerEmail, me.text("email"))
		require.Equal(t, "aal2", me.text("session.acr"))
		require.Equal(t, []any{"pwd", "otp"}, me.at("session.amr"))
		require.Equal(t, true, me.at("mfa.enabled"))
		require.Contains(t, me.at("permissions"), "platform.manage")
		require.Equal(t, "no-store", me.header.Get("Cache-Control"))

		refreshed := s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(200, "")
		require.Equal(t, "Bearer", refreshed.text("token_type"))
		require.NotEqual(t, owner.refresh, refreshed.text("refresh_token"))
		access := refreshed.text("access_token")
		s.get(t, "/me", access).is(200, "")

		s.post(t, "/auth/logout", nil, "Authorization", "Bearer "+access).is(204, "")
		s.get(t, "/me", access).is(401, "token_revoked")
		s.get(t, "/me", owner.access).is(401, "token_revoked")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": refreshed.text("refresh_token")}).is(401, "token_revoked")
	})
}

func TestTheSecondSignInAsksForACode(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.signIn(t, s.enroll(t))
		s.get(t, "/me", owner.access).is(200, "")
	})
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		first := s.enroll(t)
		second := s.signIn(t, first)
		list := s.get(t, "/me/sessions", second.access).is(200, "")
		items := list.at("items").([]any)
		require.Len(t, items, 2)
		require.Nil(t, list.at("next_cursor"))
		newest, oldest := items[0].(map[string]any), items[1].(map[string]any)
		require.Equal(t, true, newest["current"])
		require.Equal(t, false, oldest["current"])
		require.Equal(t, "127.0.0.1", oldest["ip"])

		revoke := func(id string) answer {
			return s.call(t, "DELETE", "/api/v1/me/sessions/"+id, nil, "Authorization", "Bearer "+second.access)
		}
		revoke(oldest["id"].(string)).is(204, "")
		s.get(t, "/me", first.access).is(401, "token_revoked")
		s.get(t, "/me", second.access).is(200, "")
		revoke(oldest["id"].(string)).is(404, "not_found")
		revoke("00000000-0000-4000-8000-00000000dead").is(404, "not_found")
		revoke("..%2Fme").is(404, "not_found")
	})
}

func TestLogoutAllEndsEverySession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		first := s.enroll(t)
		second := s.signIn(t, first)
		s.post(t, "/auth/logout-all", nil, "Authorization", "Bearer "+second.access).is(204, "")
		s.get(t, "/me", first.access).is(401, "token_revoked")
		s.get(t, "/me", second.access).is(401, "token_revoked")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": first.refresh}).is(401, "token_revoked")
	})
}
