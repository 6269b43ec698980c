package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
)

// somePasskey is the id of a passkey that nobody has.
const somePasskey = "01a214f1-c5b5-7bb8-b31e-a1ae0c32ce33"

// passkeyRoutes are the routes of passkeys that a signed-in account calls, with bodies.
var passkeyRoutes = map[string]any{
	"GET /me/passkeys":                   nil,
	"POST /me/passkeys":                  map[string]any{"credential": map[string]any{"id": "a"}},
	"POST /me/passkeys/options":          map[string]any{"current_password": ownerPassword},
	"PATCH /me/passkeys/" + somePasskey:  map[string]any{"name": "A"},
	"DELETE /me/passkeys/" + somePasskey: nil,
	"POST /auth/step-up/options":         map[string]any{"action": "mfa.disable"},
	"POST /auth/step-up":                 map[string]any{"action": "mfa.disable", "credential": map[string]any{"id": "a"}},
}

// TestADeploymentAtAnAddressHasNoPasskeys: browsers have none for addresses, so nothing offers or accepts one, and everything
// else works.
func TestADeploymentAtAnAddressHasNoPasskeys(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) {
		c.PublicURL, c.RPID, c.PasskeyOrigins = "http://127.0.0.1:8000", "127.0.0.1", []string{"http://127.0.0.1:8000"}
	})
	s.call(t, "GET", "/.well-known/webauthn", nil).is(503, "unavailable")
	s.post(t, "/auth/passkey/options", nil).is(503, "unavailable")
	credential := map[string]any{"id": "a"}
	s.post(t, "/auth/passkey", map[string]any{"challenge_token": "ch_a", "credential": credential}).is(503, "unavailable")

	started := s.post(t, "/auth/login", map[string]any{"email": ownerEmail, "password": ownerPassword}).is(200, "")
	require.Equal(t, []any{"totp"}, started.at("challenge.methods"))
	challenge := started.text("challenge.token")
	s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge, "kind": "passkey"}).is(503, "unavailable")
	s.post(t, "/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": challenge, "credential": credential}).is(503, "unavailable")

	owner := s.enroll(t)
	for route, body := range passkeyRoutes {
		method, path, _ := strings.Cut(route, " ")
		s.as(t, owner, method, path, body).is(503, "unavailable")
	}
	s.advance()
	again := s.post(t, "/auth/login", map[string]any{"email": ownerEmail, "password": ownerPassword}).is(200, "")
	require.Equal(t, []any{"totp", "recovery_code"}, again.at("challenge.methods"))
	challenge = again.text("challenge.token")
	s.post(t, "/auth/login/mfa/passkey/options", map[string]any{"challenge_token": challenge}).is(503, "unavailable")
	s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": challenge, "credential": credential}).is(503, "unavailable")
	require.NotContains(t, s.log.String(), `"level":"ERROR"`)
}
