package e2e

import (
	"encoding/json"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/require"
)

func TestTheMainJob(t *testing.T) {
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

func TestAnyJOSELibraryVerifiesTheToken(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		var keys jose.JSONWebKeySet
		require.NoError(t, json.Unmarshal([]byte(s.call(t, "GET", "/.well-known/jwks.json", nil).is(200, "").raw), &keys))
		token, err := jwt.ParseSigned(owner.access, []jose.SignatureAlgorithm{jose.RS256})
		require.NoError(t, err)
		require.Equal(t, "at+jwt", token.Headers[0].ExtraHeaders[jose.HeaderType])
		var claims map[string]any
		require.NoError(t, token.Claims(keys.Key(token.Headers[0].KeyID)[0].Key, &claims))
		me := s.get(t, "/me", owner.access)
		require.Equal(t, me.text("id"), claims["sub"])
		require.Equal(t, me.text("org.id"), claims["org"])
		require.Equal(t, me.text("session.id"), claims["sid"])
		for _, claim := range []string{"iss", "aud", "exp", "iat", "jti", "amr", "acr", "auth_time"} {
			require.NotEmpty(t, claims[claim], claim)
		}
	})
}

func TestSecondSignInAsksForTheCode(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.signIn(t, s.enroll(t))
		s.get(t, "/me", owner.access).is(200, "")
	})
}

func TestRecoveryCodeSignsInOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		use := func(code string) answer {
			return s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": s.challenge(t, "mfa_required"), "recovery_code": code, "remember_device": true})
		}
		first := use(owner.recoveryCodes[0]).is(200, "")
		require.Nil(t, first.body["device_token"], "a recovery code does not remember the device")
		require.Equal(t, []any{"pwd", "rc"}, s.get(t, "/me", first.text("tokens.access_token")).at("session.amr"))
		use(owner.recoveryCodes[0]).is(401, "invalid_code")
	})
}

func TestRememberedDeviceSkipsTheCodeAndRotates(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(31e9)
		remembered := s.post(t, "/auth/login/mfa", map[string]any{
			"challenge_token": s.challenge(t, "mfa_required"), "code": s.code(t, owner.secret, 0), "remember_device": true,
		}).is(200, "").text("device_token")
		with := func(device string) answer {
			body := credentials(ownerEmail, ownerPassword)
			body["device_token"] = device
			return s.post(t, "/auth/login", body).is(200, "")
		}
		skipped := with(remembered)
		require.Equal(t, "authenticated", skipped.text("status"))
		require.Equal(t, []any{"pwd", "dev"}, s.get(t, "/me", skipped.text("tokens.access_token")).at("session.amr"))
		rotated := skipped.text("device_token")
		require.NotEqual(t, remembered, rotated)

		s.clock.Advance(10e9)
		require.Equal(t, "mfa_required", with(remembered).text("status"), "past its grace a rotated token excuses nobody")
		require.Equal(t, "mfa_required", with(rotated).text("status"), "and its device is forgotten")
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
