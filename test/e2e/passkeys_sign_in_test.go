package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

func TestAPasskeyAloneSignsIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		options := s.post(t, "/auth/passkey/options", nil).is(200, "")
		require.Equal(t, "required", options.at("public_key.userVerification"))
		require.Equal(t, "localhost", options.at("public_key.rpId"))
		require.Empty(t, options.body["public_key"].(map[string]any)["allowCredentials"], "the options tell nothing of accounts")

		in := who.holding(s.byPasskey(t, phone, nil).is(200, ""))
		s.session(t, in, "aal2", "pop")
		refreshed := s.post(t, "/auth/refresh", map[string]any{"refresh_token": in.refresh}).is(200, "")
		s.session(t, account{access: refreshed.text("access_token")}, "aal2", "pop")
		listed := s.passkeys(t, in)[0]
		require.NotNil(t, listed["last_used_at"])

		s.change(t, who.email, func(u *domain.User) { u.MustChangePassword = true })
		owed := s.byPasskey(t, phone, nil).is(200, "")
		require.Equal(t, "password_change_required", owed.text("status"))
		change := map[string]any{"challenge_token": owed.text("challenge.token"), "new_password": "an entirely new phrase"}
		in = who.holding(s.post(t, "/auth/login/password", change).is(200, ""))
		s.session(t, in, "aal2", "pop")

		s.change(t, who.email, func(u *domain.User) { u.Suspend(s.clock.Now()) })
		s.byPasskey(t, phone, nil).is(401, "invalid_credentials")
	})
}

func TestAPasskeyIsASecondFactor(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		token := s.challenged(t, who, "mfa_required").methods("passkey", "recovery_code").text("challenge.token")
		options := s.post(t, "/auth/login/mfa/passkey/options", map[string]any{"challenge_token": token}).is(200, "")
		require.Equal(t, "preferred", options.at("public_key.userVerification"))
		require.Len(t, options.at("public_key.allowCredentials"), 1)
		unverified := func(a *authenticator.Answer) { a.Verified = false }
		in := who.holding(s.secondPasskey(t, token, phone, unverified).is(200, ""))
		s.session(t, in, "aal2", "pwd", "pop")
		s.secondStepGone(t, token)

		mfa := func(members map[string]any) answer {
			members["challenge_token"] = s.challenged(t, who, "mfa_required").text("challenge.token")
			return s.post(t, "/auth/login/mfa", members)
		}
		mfa(map[string]any{"code": "123456"}).is(401, "invalid_code")
		recovered := who.holding(mfa(map[string]any{"recovery_code": who.recoveryCodes[0]}).is(200, ""))
		s.session(t, recovered, "aal2", "pwd", "rc")
		mfa(map[string]any{"code": "123456", "credential": map[string]any{}}).is(422, "invalid")

		remembered := s.challenged(t, who, "mfa_required").text("challenge.token")
		asked := s.post(t, "/auth/login/mfa/passkey/options", map[string]any{"challenge_token": remembered})
		body := map[string]any{"challenge_token": remembered, "credential": signed(t, phone, asked), "remember_device": true}
		device := s.post(t, "/auth/login/mfa", body).is(200, "").text("device_token")
		byDevice := s.withDevice(t, who, device).is(200, "")
		require.Equal(t, "authenticated", byDevice.text("status"))
	})
}

// secondStepGone requires that a sign-in is completed.
func (s *service) secondStepGone(t *testing.T, token string) {
	t.Helper()
	s.post(t, "/auth/login/mfa/passkey/options", map[string]any{"challenge_token": token}).is(401, "unauthenticated")
}

func TestAPasskeyStepsUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		other := s.passwordAndPasskey(t, who, phone)
		regenerate := func(who account) answer { return s.as(t, who, "POST", "/me/mfa/recovery-codes", nil) }
		regenerate(who).is(401, "step_up_required")
		regenerate(s.steppedUp(t, who, "mfa.disable", phone)).is(401, "step_up_required")
		stepped := s.steppedUp(t, who, "recovery_codes.regenerate", phone)
		regenerate(other.with(stepped.headers...)).is(401, "step_up_required")
		regenerate(stepped).is(200, "")
		regenerate(stepped).is(401, "step_up_required")

		refused := s.audited(t, domain.EventStepUpRefused)
		// A ceremony belongs to its session and its action, and does not survive a wrong use.
		start := func(who account, action string) answer {
			return s.as(t, who, "POST", "/auth/step-up/options", map[string]any{"action": action})
		}
		finish := func(who account, action string, credential any) answer {
			return s.as(t, who, "POST", "/auth/step-up", map[string]any{"action": action, "credential": credential})
		}
		options := start(who, "mfa.disable")
		require.Len(t, options.is(200, "").at("public_key.allowCredentials"), 1)
		finish(other, "mfa.disable", signed(t, phone, options)).is(401, "invalid_code")
		finish(who, "mfa.disable", signed(t, phone, options)).is(401, "invalid_code")
		finish(who, "recovery_codes.regenerate", signed(t, phone, start(who, "mfa.disable"))).is(401, "invalid_code")
		finish(who, "mfa.disable", signed(t, phone, start(who, "mfa.disable"))).is(200, "")
		start(who, "login").is(422, "invalid")
		start(who, "nothing.known").is(422, "invalid")

		// A second start does not void the first.
		one, two := start(who, "mfa.disable"), start(who, "mfa.disable")
		finish(who, "mfa.disable", signed(t, phone, one)).is(200, "")
		finish(who, "mfa.disable", signed(t, phone, two)).is(200, "")
		require.Equal(t, refused+3, s.audited(t, domain.EventStepUpRefused))
	})
}

func TestAStepUpNeedsAFactor(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		s.as(t, who, "POST", "/auth/step-up/options", map[string]any{"action": "mfa.disable"}).is(403, "mfa_enrollment_required")
		s.call(t, "POST", "/api/v1/auth/step-up/options", map[string]any{"action": "mfa.disable"}).is(401, "unauthenticated")
	})
}

// TestNobodyLearnsWhetherAnAccountHasPasskeys compares what is said before a first factor is proven.
func TestNobodyLearnsWhetherAnAccountHasPasskeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		stranger := s.phone()
		s.addMember(t, "another@example.org", memberPassword, false)
		another := s.again(t, account{email: "another@example.org", password: memberPassword})
		s.addPasskey(t, another, stranger).is(201, "")
		s.as(t, s.steppedUp(t, another, "passkey.remove", stranger), "DELETE", "/me/passkeys/"+s.passkeys(t, another)[0]["id"].(string), nil).
			is(204, "")

		unknown := s.byPasskey(t, stranger, nil).is(401, "invalid_credentials")
		wrong := s.byPasskey(t, phone, nil, func(a *authenticator.Answer) { a.ClientData["origin"] = "https://evil.example" })
		require.Equal(t, wrong.is(401, "invalid_credentials").wording(), unknown.wording())
		for _, email := range []string{who.email, another.email, "nobody@example.org"} {
			s.post(t, "/auth/login", credentials(email, "wrong")).is(401, "invalid_credentials")
		}
	})
}

func TestACeremonyLivesFiveMinutes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, phone := s.memberWithPasskey(t)
		register := s.as(t, who, "POST", "/me/passkeys/options", nil)
		step := s.as(t, who, "POST", "/auth/step-up/options", map[string]any{"action": "mfa.disable"})
		alone := s.post(t, "/auth/passkey/options", nil)
		s.clock.Advance(5 * time.Minute)
		s.as(t, who, "POST", "/me/passkeys", map[string]any{"credential": registered(t, s.phone(), register)}).is(401, "invalid_code")
		s.as(t, who, "POST", "/auth/step-up", map[string]any{"action": "mfa.disable", "credential": signed(t, phone, step)}).
			is(401, "invalid_code")
		late := map[string]any{"challenge_token": alone.text("challenge_token"), "credential": signed(t, phone, alone)}
		a := s.post(t, "/auth/passkey", late)
		require.Equal(t, 401, a.status, a.raw)
		require.Contains(t, []any{"invalid_credentials", "unauthenticated"}, a.at("code"))
	})
}
