package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

const memberEmail, memberPassword = "member@example.org", "a member's password"

// member creates an account with the role member and signs it in.
func (s *service) member(t *testing.T) account {
	t.Helper()
	s.addMember(t, memberEmail, memberPassword, false)
	return s.again(t, account{email: memberEmail, password: memberPassword})
}

// again signs in an account that needs only its password.
func (s *service) again(t *testing.T, who account) account {
	t.Helper()
	a := s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "")
	require.Equal(t, "authenticated", a.text("status"), a.raw)
	who.access, who.refresh = a.text("tokens.access_token"), a.text("tokens.refresh_token")
	return who
}

// as sends a request with the access token and the headers of the account.
func (s *service) as(t *testing.T, who account, method, path string, body any) answer {
	t.Helper()
	return s.call(t, method, "/api/v1"+path, body, who.with("Authorization", "Bearer "+who.access).headers...)
}

// enrolOwn enrols an authenticator from the profile.
func (s *service) enrolOwn(t *testing.T, who account) account {
	t.Helper()
	who.secret = s.as(t, who, "POST", "/me/mfa/totp", map[string]any{"current_password": who.password}).is(200, "").text("secret")
	confirmed := s.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": s.code(t, who.secret, 0)}).is(200, "")
	who.recoveryCodes = texts(confirmed.at("recovery_codes"))
	require.Len(t, who.recoveryCodes, 10)
	s.clock.Advance(30 * time.Second)
	return who
}

func texts(list any) []string {
	var all []string
	for _, item := range list.([]any) {
		all = append(all, item.(string))
	}
	return all
}

// secondStep signs in with the password and then sends body, the proof of the second factor.
func (s *service) secondStep(t *testing.T, who account, body map[string]any, device string) answer {
	t.Helper()
	first := credentials(who.email, who.password)
	if device != "" {
		first["device_token"] = device
	}
	a := s.post(t, "/auth/login", first).is(200, "")
	require.Equal(t, "mfa_required", a.text("status"), a.raw)
	body["challenge_token"] = a.text("challenge.token")
	return s.post(t, "/auth/login/mfa", body)
}

func TestAnAccountEnrolsFromItsProfile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		require.Equal(t, false, s.get(t, "/me/mfa", who.access).is(200, "").at("enabled"))
		s.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": "123456"}).is(409, "conflict")

		started := s.as(t, who, "POST", "/me/mfa/totp", nil).is(200, "")
		require.Equal(t, "no-store", started.header.Get("Cache-Control"))
		require.Contains(t, started.text("otpauth_uri"), "otpauth://totp/Default:member%40example.org?secret="+started.text("secret"))
		require.Contains(t, started.text("otpauth_uri"), "issuer=Default")
		require.True(t, strings.HasPrefix(started.text("qr_svg"), "<svg "))
		state := s.get(t, "/me/mfa", who.access).is(200, "")
		require.Equal(t, true, state.at("pending"))
		require.Equal(t, "authenticated", s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "").text("status"),
			"an unconfirmed secret requires nothing")
		s.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": "000000"}).is(401, "invalid_code")

		who = s.enrolOwn(t, who)
		state = s.get(t, "/me/mfa", who.access).is(200, "")
		require.Equal(t, true, state.at("enabled"))
		require.EqualValues(t, 10, state.at("recovery_codes_left"))
		require.NotContains(t, state.raw, who.secret)
		s.as(t, who, "POST", "/me/mfa/totp", nil).is(409, "conflict")
		s.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": s.code(t, who.secret, 0)}).is(409, "conflict")
		s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0)}, "").is(200, "")
	})
}

func TestAnEnrolmentExpiresInTenMinutes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		secret := s.as(t, who, "POST", "/me/mfa/totp", nil).is(200, "").text("secret")
		s.clock.Advance(10 * time.Minute)
		s.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": s.code(t, secret, 0)}).is(409, "conflict")
		require.Equal(t, false, s.get(t, "/me/mfa", who.access).is(200, "").at("pending"))
	})
}

func TestParallelConfirmationsEnrolOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		secret := s.as(t, who, "POST", "/me/mfa/totp", nil).is(200, "").text("secret")
		answers := parallel(20, func(int) answer {
			return s.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": s.code(t, secret, 0)})
		})
		require.Equal(t, 1, count(answers, 200), "%v", answers)
		require.EqualValues(t, 10, s.get(t, "/me/mfa", who.access).is(200, "").at("recovery_codes_left"))
	})
}

func TestDisablingMFARemovesCodesSessionsAndDevices(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		device := s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0), "remember_device": true}, "").is(200, "")
		s.clock.Advance(30 * time.Second)
		other := device.text("tokens.access_token")

		s.as(t, who, "DELETE", "/me/mfa", nil).is(401, "step_up_required")
		s.as(t, who.with("X-Step-Up-Token", s.stepUp(t, who, "mfa.disable")), "DELETE", "/me/mfa", nil).is(204, "")
		require.Equal(t, false, s.get(t, "/me/mfa", who.access).is(200, "").at("enabled"))
		require.EqualValues(t, 0, s.get(t, "/me/mfa", who.access).is(200, "").at("recovery_codes_left"))
		s.get(t, "/me", other).is(401, "token_revoked")
		require.Empty(t, s.get(t, "/me/devices", who.access).is(200, "").at("items"))
		s.again(t, who)
		s.as(t, who, "DELETE", "/me/mfa", nil).is(403, "mfa_enrollment_required")

		again := s.enrolOwn(t, who)
		require.NotEqual(t, who.secret, again.secret)
		with := credentials(who.email, who.password)
		with["device_token"] = device.text("device_token")
		require.Equal(t, "mfa_required", s.post(t, "/auth/login", with).is(200, "").text("status"), "the old device is forgotten")
	})
}

func TestRecoveryCodesAreReplacedAndUsedOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		s.as(t, who, "POST", "/me/mfa/recovery-codes", nil).is(401, "step_up_required")
		steppedUp := who.with("X-Step-Up-Token", s.stepUp(t, who, "recovery_codes.regenerate"))
		fresh := texts(s.as(t, steppedUp, "POST", "/me/mfa/recovery-codes", nil).is(200, "").at("recovery_codes"))
		require.Len(t, fresh, 10)
		require.NotContains(t, fresh, who.recoveryCodes[0])
		s.secondStep(t, who, map[string]any{"recovery_code": who.recoveryCodes[0]}, "").is(401, "invalid_code")

		proof := map[string]any{"recovery_code": strings.ToLower(strings.ReplaceAll(fresh[0], "-", " ")), "remember_device": true}
		a := s.secondStep(t, who, proof, "").is(200, "")
		require.Nil(t, a.body["device_token"], "a recovery code remembers no device")
		require.Equal(t, []any{"pwd", "rc"}, s.get(t, "/me", a.text("tokens.access_token")).is(200, "").at("session.amr"))
		s.secondStep(t, who, map[string]any{"recovery_code": fresh[0]}, "").is(401, "invalid_code")
		require.EqualValues(t, 9, s.get(t, "/me/mfa", who.access).is(200, "").at("recovery_codes_left"))

		challenges := make([]string, 10)
		for i := range challenges {
			challenges[i] = s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "").text("challenge.token")
		}
		won := parallel(len(challenges), func(i int) answer {
			return s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": challenges[i], "recovery_code": fresh[1]})
		})
		require.Equal(t, 1, count(won, 200))
	})
}

func TestAnAdministratorResetsMFAButNotOfAnOwner(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(30 * time.Second)
		who := s.enrolOwn(t, s.member(t))
		id := s.get(t, "/me", who.access).is(200, "").text("id")
		proof := map[string]any{"code": s.code(t, who.secret, 0), "remember_device": true}
		device := s.secondStep(t, who, proof, "").is(200, "").text("device_token")
		reset := func(by account, id, token string) answer {
			return s.as(t, by.with("X-Step-Up-Token", token), "POST", "/members/"+id+"/mfa/reset", nil)
		}
		reset(who, id, "").is(403, "permission_denied")
		reset(owner, id, "").is(401, "step_up_required")
		reset(owner, "00000000-0000-4000-8000-00000000dead", s.stepUp(t, owner, "member.mfa_reset")).is(404, "not_found")
		reset(owner, s.get(t, "/me", owner.access).text("id"), s.stepUp(t, owner, "member.mfa_reset")).is(403, "forbidden")
		reset(owner, id, s.stepUp(t, owner, "member.mfa_reset")).is(204, "")
		s.get(t, "/me", who.access).is(401, "token_revoked")
		who = s.again(t, who)
		require.Equal(t, false, s.get(t, "/me/mfa", who.access).is(200, "").at("enabled"))
		who = s.enrolOwn(t, who)
		with := credentials(who.email, who.password)
		with["device_token"] = device
		require.Equal(t, "mfa_required", s.post(t, "/auth/login", with).is(200, "").text("status"))

		s.give(t, memberEmail, domain.RoleAdmin)
		admin := who
		admin.access = s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0)}, "").is(200, "").text("tokens.access_token")
		s.clock.Advance(30 * time.Second)
		above := reset(admin, s.get(t, "/me", owner.access).text("id"), s.stepUp(t, admin, "member.mfa_reset")).is(403, "permission_denied")
		require.Contains(t, above.text("detail"), "above")
	})
}

// give replaces the roles of the account by one role.
func (s *service) give(t *testing.T, email, name string) {
	t.Helper()
	s.inOrg(t, func(tx port.OrgTx) {
		user, err := tx.Users().ByEmail(t.Context(), domain.Email(email))
		require.NoError(t, err)
		roles, err := tx.Roles().List(t.Context())
		require.NoError(t, err)
		for _, role := range roles {
			if role.Name == name {
				require.NoError(t, tx.Roles().Assign(t.Context(), user.ID, []domain.RoleID{role.ID}))
			}
		}
	})
}

func (a answer) String() string { return fmt.Sprint(a.status, " ", a.raw) }

// TestEveryRouteAcceptsCodesAsTyped also checks that a malformed code is refused without counting as an
// attempt. The service allows one attempt.
func TestEveryRouteAcceptsCodesAsTyped(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.Attempts.Max = 1 })
	spaced := func(code string) string { return "\u00a0" + code[:3] + " " + code[3:] + "\n" }
	fullWidth := func(code string) string {
		return strings.Map(func(r rune) rune { return r - '0' + '０' }, code[:3]) + "\u2013" + code[3:]
	}
	try := func(call func(body map[string]any) answer, typed string) answer {
		for _, malformed := range []string{"12345", "123 45", "abcdef", "1234567"} {
			call(map[string]any{"code": malformed}).is(422, "invalid")
		}
		return call(map[string]any{"code": typed}).is(200, "")
	}

	challenge := s.challenge(t, "mfa_enrollment_required")
	secret := s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(200, "").text("secret")
	try(func(body map[string]any) answer {
		body["challenge_token"] = challenge
		return s.post(t, "/auth/login/mfa/enroll/confirm", body)
	}, spaced(s.code(t, secret, 0)))

	who := s.member(t)
	who.secret = s.as(t, who, "POST", "/me/mfa/totp", nil).is(200, "").text("secret")
	confirmed := try(func(body map[string]any) answer { return s.as(t, who, "POST", "/me/mfa/totp/confirm", body) },
		fullWidth(s.code(t, who.secret, 0)))
	who.recoveryCodes = texts(confirmed.at("recovery_codes"))

	for _, typed := range []func(string) string{spaced, fullWidth} {
		s.clock.Advance(30 * time.Second)
		try(func(body map[string]any) answer { return s.secondStep(t, who, body, "") }, typed(s.code(t, who.secret, 0)))
		s.clock.Advance(30 * time.Second)
		try(func(body map[string]any) answer {
			body["action"] = "mfa.disable"
			return s.as(t, who, "POST", "/auth/step-up", body)
		}, typed(s.code(t, who.secret, 0)))
	}

	s.secondStep(t, who, map[string]any{"recovery_code": "7KQD-2M9"}, "").is(422, "invalid")
	recovery := strings.ReplaceAll(strings.ToLower(who.recoveryCodes[0]), "-", "\u2013") + "\n"
	s.secondStep(t, who, map[string]any{"recovery_code": recovery}, "").is(200, "")
	recovery = strings.ReplaceAll(who.recoveryCodes[1], "-", "\u00a0")
	s.as(t, who, "POST", "/auth/step-up", map[string]any{"action": "mfa.disable", "recovery_code": recovery}).is(200, "")
}

// TestRepeatedEnrolmentStartsReturnOneSecret: a second request must not invalidate the scanned
// code, and another session must not receive the secret.
func TestRepeatedEnrolmentStartsReturnOneSecret(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		other := s.again(t, who)
		started := parallel(10, func(int) answer { return s.as(t, who, "POST", "/me/mfa/totp", nil) })
		first := started[0].is(200, "")
		for _, a := range started {
			require.Equal(t, first.raw, a.is(200, "").raw)
		}
		s.clock.Advance(9 * time.Minute)
		password := map[string]any{"current_password": who.password} // the sign-in is not fresh any more
		require.Equal(t, first.raw, s.as(t, who, "POST", "/me/mfa/totp", password).is(200, "").raw)
		require.Equal(t, 1, strings.Count(s.log.String(), string(domain.EventMFAEnrollmentBegun)))
		s.clock.Advance(time.Minute)
		late := s.as(t, who, "POST", "/me/mfa/totp", password).is(200, "").text("secret")
		require.NotEqual(t, first.text("secret"), late, "a second start does not extend the ten minutes")
		stranger := s.as(t, other, "POST", "/me/mfa/totp", password).is(200, "").text("secret")
		require.NotEqual(t, late, stranger)
		who.secret = s.as(t, who, "POST", "/me/mfa/totp", password).is(200, "").text("secret")
		require.NotEqual(t, stranger, who.secret)
		s.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": s.code(t, who.secret, 0)}).is(200, "")
	})
}
