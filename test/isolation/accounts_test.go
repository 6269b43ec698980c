package isolation

import (
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"
)

// account is an account that signs in with a second factor.
type account struct {
	name   string // of the role
	org    *org   // nil: an anonymous caller
	id     string
	email  string
	secret string

	access, refresh, device string
	permissions             []string
}

const password = "correct horse battery staple"

// enrol signs the account in for the first time and gives it an authenticator.
func (w *world) enrol(t *testing.T, who *account) {
	t.Helper()
	first := w.login(t, who)
	if first.text("status") == "authenticated" {
		token := first.text("tokens.access_token")
		who.secret = w.send(t, request{method: "POST", path: "/me/mfa/totp", token: token}).text("secret")
		done := w.send(t, request{method: "POST", path: "/me/mfa/totp/confirm", token: token, body: fields{"code": w.code(t, who)}})
		require.Equal(t, 200, done.status, done.raw)
		return
	}
	require.Equal(t, "mfa_enrollment_required", first.text("status"))
	challenge := first.text("challenge.token")
	who.secret = w.send(t, request{method: "POST", path: "/auth/login/mfa/enroll", body: fields{"challenge_token": challenge}}).text("secret")
	done := w.send(t,
		request{method: "POST", path: "/auth/login/mfa/enroll/confirm", body: fields{"challenge_token": challenge, "code": w.code(t, who)}})
	require.Equal(t, "authenticated", done.text("status"), done.raw)
}

type fields map[string]any

func (w *world) login(t *testing.T, who *account) answer {
	t.Helper()
	return w.send(t, request{method: "POST", path: "/auth/login", org: who.org.id, body: fields{"email": who.email, "password": password}})
}

func (w *world) code(t *testing.T, who *account) string {
	t.Helper()
	code, err := totp.GenerateCode(who.secret, w.clock.Now())
	require.NoError(t, err)
	return code
}

// signIn signs in an enrolled account with an unused code and has the device remembered.
func (w *world) signIn(t *testing.T, who *account) (session, device string) {
	t.Helper()
	challenge := w.login(t, who).text("challenge.token")
	proof := fields{"challenge_token": challenge, "code": w.code(t, who), "remember_device": true}
	done := w.send(t, request{method: "POST", path: "/auth/login/mfa", body: proof})
	who.access, who.refresh, who.device = done.text("tokens.access_token"), done.text("tokens.refresh_token"), done.text("device_token")
	me := w.send(t, request{method: "GET", path: "/me", token: who.access})
	who.permissions = nil
	for _, permission := range me.body["permissions"].([]any) {
		who.permissions = append(who.permissions, permission.(string))
	}
	devices := w.send(t, request{method: "GET", path: "/me/devices", token: who.access}).body["items"].([]any)
	return me.text("session.id"), devices[0].(map[string]any)["id"].(string)
}

// stepUp steps up for the action with another code.
func (w *world) stepUp(t *testing.T, who *account, action string) string {
	t.Helper()
	w.clock.NextCode()
	proof := fields{"action": action, "code": w.code(t, who)}
	return w.send(t, request{method: "POST", path: "/auth/step-up", token: who.access, body: proof}).text("step_up_token")
}

// alive signs the account in again if its session has ended.
func (w *world) alive(t *testing.T, who *account) {
	t.Helper()
	if w.send(t, request{method: "GET", path: "/me", token: who.access}).status != 200 {
		w.clock.NextCode()
		w.signIn(t, who)
	}
}

// settled waits for writes that happen after requests.
func settled() { time.Sleep(1500 * time.Millisecond) }
