package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// requirePasskeys sets of whom the org requires passkeys.
func (s *service) requirePasskeys(t *testing.T, owner account, whom string) answer {
	t.Helper()
	return s.as(t, owner, "PATCH", "/org/settings", map[string]any{"phishing_resistant": whom})
}

// ownerWithPasskey enrols the owner with a passkey at the first sign-in.
func (s *service) ownerWithPasskey(t *testing.T) (account, *authenticator.Authenticator) {
	t.Helper()
	phone := s.phone()
	enrolled := s.enrolAtSignIn(t, s.challenge(t, "mfa_enrollment_required"), phone)
	return account{email: ownerEmail, password: ownerPassword}.holding(enrolled.is(200, "")), phone
}

func TestThePhishingResistantSettingIsAClosedChoice(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, _ := s.ownerWithPasskey(t)
		require.Equal(t, "off", s.get(t, "/org/settings", owner.access).is(200, "").at("phishing_resistant"))
		for _, wrong := range []any{"on", "", "Everyone", true, 1} {
			a := s.as(t, owner, "PATCH", "/org/settings", map[string]any{"phishing_resistant": wrong})
			require.Contains(t, []int{400, 422}, a.status, a.raw)
		}
		for _, whom := range []string{"admins", "everyone", "off"} {
			require.Equal(t, whom, s.requirePasskeys(t, owner, whom).is(200, "").at("phishing_resistant"))
		}
	})
}

// TestEveryoneSignsInWithAPasskey covers accounts with each set of factors.
func TestEveryoneSignsInWithAPasskey(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, _ := s.ownerWithPasskey(t)
		both, phone := s.memberWithPasskey(t)
		secret := s.as(t, both, "POST", "/me/mfa/totp", nil).is(200, "").text("secret")
		s.as(t, both, "POST", "/me/mfa/totp/confirm", map[string]any{"code": s.code(t, secret, 0)}).is(200, "")
		s.advance()
		device := s.secondStepRemembered(t, both, phone)
		s.addMember(t, "app@example.org", memberPassword, false)
		app := s.enrolOwn(t, s.again(t, account{email: "app@example.org", password: memberPassword}))
		app, appDevice := s.remembered(t, app)
		s.addMember(t, "none@example.org", memberPassword, false)
		none := s.again(t, account{email: "none@example.org", password: memberPassword})
		strong := both.holding(s.byPasskey(t, phone, nil).is(200, ""))
		s.requirePasskeys(t, owner, "everyone").is(200, "")

		// Sessions without a passkey end, the others go on.
		for _, ended := range []account{both, app, none} {
			require.Equal(t, 401, s.get(t, "/me", ended.access).status)
			require.Equal(t, 401, s.post(t, "/auth/refresh", map[string]any{"refresh_token": ended.refresh}).status)
		}
		s.get(t, "/me", strong.access).is(200, "")
		s.get(t, "/me", owner.access).is(200, "")

		// With a passkey: neither a remembered device nor a code of the app counts.
		asked := s.withDevice(t, both, device).is(200, "")
		require.Equal(t, []any{"mfa_required", 0.0}, []any{asked.at("status"), asked.at("challenge.remember_device_days")})
		token := asked.methods("passkey", "recovery_code").text("challenge.token")
		for range 7 { // more than the limit: it is neither compared nor counted
			a := s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": token, "code": s.code(t, secret, 0)}).is(401, "invalid_code")
			require.Contains(t, a.text("detail"), "passkey")
		}
		in := both.holding(s.secondPasskey(t, token, phone).is(200, ""))
		s.session(t, in, "aal2", "pwd", "pop")
		refused := s.as(t, in, "POST", "/auth/step-up", map[string]any{"action": "mfa.disable", "code": s.code(t, secret, 0)}).
			is(401, "invalid_code")
		require.Contains(t, refused.text("detail"), "passkey")
		s.tryStepUp(t, in, "mfa.disable", phone).is(200, "")

		// A recovery code leads to a new passkey.
		token = s.challenged(t, both, "mfa_required").text("challenge.token")
		owed := s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": token, "recovery_code": both.recoveryCodes[0]}).is(200, "")
		require.Equal(t, "mfa_enrollment_required", owed.text("status"))
		renewed := s.enrolAtSignIn(t, owed.methods("passkey").text("challenge.token"), s.phone())
		s.session(t, both.holding(renewed.is(200, "")), "aal2", "pwd", "rc", "pop")

		// Without a passkey: the factor that there is, then an enrolment. The remembered device is ignored.
		asked = s.withDevice(t, app, appDevice).is(200, "")
		require.Equal(t, "mfa_required", asked.text("status"))
		token = asked.methods("totp", "recovery_code").text("challenge.token")
		s.enrolTry(t, token, "passkey").is(409, "conflict")
		owed = s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": token, "code": s.code(t, app.secret, 0)}).is(200, "")
		require.Equal(t, "mfa_enrollment_required", owed.text("status"))
		token = owed.methods("passkey").text("challenge.token")
		s.enrolTry(t, token, "totp").is(422, "invalid")
		enrolled := s.enrolAtSignIn(t, token, s.phone()).is(200, "")
		require.Nil(t, enrolled.body["recovery_codes"], "it is not the first factor")
		s.session(t, app.holding(enrolled), "aal2", "pwd", "otp", "pop")

		owed = s.challenged(t, none, "mfa_enrollment_required").methods("passkey")
		s.enrolTry(t, owed.text("challenge.token"), "totp").is(422, "invalid")
		s.session(t, none.holding(s.enrolAtSignIn(t, owed.text("challenge.token"), s.phone()).is(200, "")), "aal2", "pwd", "pop")
	})
}

func TestAdminsSignInWithAPasskey(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, phone := s.ownerWithPasskey(t)
		who := s.enrolOwn(t, s.member(t))
		admin, _ := s.administrator(t, "admin@example.org")
		s.advance()
		s.requirePasskeys(t, owner, "admins").is(200, "")
		s.get(t, "/me", who.access).is(200, "")
		require.Equal(t, 401, s.get(t, "/me", admin.access).status)
		s.challenged(t, who, "mfa_required").methods("totp", "recovery_code")
		token := s.challenged(t, admin, "mfa_required").methods("totp", "recovery_code").text("challenge.token")
		owed := s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": token, "code": s.code(t, admin.secret, 0)}).is(200, "")
		require.Equal(t, "mfa_enrollment_required", owed.methods("passkey").text("status"))
		s.challenged(t, owner, "mfa_required").methods("passkey", "recovery_code")

		// The last passkey of a covered account stays, also when it has another factor.
		owner = owner.holding(s.byPasskey(t, phone, nil).is(200, ""))
		s.enrolTOTP(t, owner)
		mine := "/me/passkeys/" + s.passkeys(t, owner)[0]["id"].(string)
		s.as(t, s.steppedUp(t, owner, "passkey.remove", phone), "DELETE", mine, nil).is(409, "conflict")
		s.requirePasskeys(t, owner, "off").is(200, "")
		s.as(t, s.steppedUp(t, owner, "passkey.remove", phone), "DELETE", mine, nil).is(204, "")
	})
}

// TestRequiringPasskeysLocksNoOwnerOutWhoHasNone: the only owner proves the authenticator app and adds a passkey.
func TestRequiringPasskeysLocksNoOwnerOutWhoHasNone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.advance()
		s.requirePasskeys(t, owner, "admins").is(200, "")
		token := s.challenged(t, owner, "mfa_required").methods("totp", "recovery_code").text("challenge.token")
		owed := s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": token, "code": s.code(t, owner.secret, 0)}).is(200, "")
		require.Equal(t, "mfa_enrollment_required", owed.text("status"))
		owner.holding(s.enrolAtSignIn(t, owed.methods("passkey").text("challenge.token"), s.phone()).is(200, ""))
	})
}

func TestAMemberReadsThatPasskeysAreRequired(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.settings(t, func(o *domain.OrgSettings) { o.PhishingResistant = "admins" })
		who := s.member(t)
		require.Equal(t, "admins", s.get(t, "/org/policy", who.access).is(200, "").at("phishing_resistant"))
	})
}
