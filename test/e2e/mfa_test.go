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

// member makes a plain account and signs it in.
func (s *service) member(t *testing.T) account {
	t.Helper()
	s.addMember(t, memberEmail, memberPassword, false)
	return s.again(t, account{email: memberEmail, password: memberPassword})
}

// again signs an account in that owes nothing but its password.
func (s *service) again(t *testing.T, who account) account {
	t.Helper()
	a := s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "")
	require.Equal(t, "authenticated", a.text("status"), a.raw)
	who.access, who.refresh = a.text("tokens.access_token"), a.text("tokens.refresh_token")
	return who
}

// as sends a request with the account's access token.
func (s *service) as(t *testing.T, who account, method, path string, body any, headers ...string) answer {
	t.Helper()
	return s.call(t, method, "/api/v1"+path, body, append([]string{"Authorization", "Bearer " + who.access}, headers...)...)
}

// enrolOwn enrols an authenticator from the profile.
func (s *service) enrolOwn(t *testing.T, who account) account {
	t.Helper()
	who.secret = s.as(t, who, "POST", "/me/mfa/totp", map[string]any{"current_password": who.password}).is(200, "").text("secret")
	who.recoveryCodes = texts(s.as(t, who, "POST", "/me/mfa/totp/confirm", map[string]any{"code": s.code(t, who.secret, 0)}).is(200, "").at("recovery_codes"))
	require.Len(t, who.recoveryCodes, 10)
	s.clock.Advance(30 * time.Second)
	return who
}

// stepUp proves a fresh code for the action and leaves the clock at the next time step.
func (s *service) stepUp(t *testing.T, who account, action string) string {
	t.Helper()
	a := s.as(t, who, "POST", "/auth/step-up", map[string]any{"action": action, "code": s.code(t, who.secret, 0)}).is(200, "")
	require.Equal(t, action, a.text("action"))
	require.EqualValues(t, 300, a.at("expires_in"))
	s.clock.Advance(30 * time.Second)
	return a.text("step_up_token")
}

func texts(list any) []string {
	var all []string
	for _, item := range list.([]any) {
		all = append(all, item.(string))
	}
	return all
}

// secondStep signs in with password and code.
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
		require.Equal(t, "authenticated", s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "").text("status"), "a pending secret demands nothing")
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

func TestOfManyConfirmationsOneStands(t *testing.T) {
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

func TestDisablingMFATakesEverythingAway(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		device := s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0), "remember_device": true}, "").is(200, "")
		s.clock.Advance(30 * time.Second)
		other := device.text("tokens.access_token")

		s.as(t, who, "DELETE", "/me/mfa", nil).is(401, "step_up_required")
		s.as(t, who, "DELETE", "/me/mfa", nil, "X-Step-Up-Token", s.stepUp(t, who, "mfa.disable")).is(204, "")
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
		fresh := texts(s.as(t, who, "POST", "/me/mfa/recovery-codes", nil, "X-Step-Up-Token", s.stepUp(t, who, "recovery_codes.regenerate")).is(200, "").at("recovery_codes"))
		require.Len(t, fresh, 10)
		require.NotContains(t, fresh, who.recoveryCodes[0])
		s.secondStep(t, who, map[string]any{"recovery_code": who.recoveryCodes[0]}, "").is(401, "invalid_code")

		a := s.secondStep(t, who, map[string]any{"recovery_code": strings.ToLower(strings.ReplaceAll(fresh[0], "-", " ")), "remember_device": true}, "").is(200, "")
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

func TestAStepUpIsGoodForOneUseOneActionOneSession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		other := who
		signedIn := s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0)}, "").is(200, "")
		other.access = signedIn.text("tokens.access_token")
		s.clock.Advance(30 * time.Second)

		regenerate := func(who account, token string) answer {
			return s.as(t, who, "POST", "/me/mfa/recovery-codes", nil, "X-Step-Up-Token", token)
		}
		refused := regenerate(who, "").is(401, "step_up_required")
		require.Equal(t, "recovery_codes.regenerate", refused.text("action"))
		require.Equal(t, `Bearer error="insufficient_user_authentication", acr_values="aal2"`, refused.header.Get("WWW-Authenticate"))

		wrongAction := s.stepUp(t, who, "mfa.disable")
		regenerate(who, wrongAction).is(401, "step_up_required")
		token := s.stepUp(t, who, "recovery_codes.regenerate")
		regenerate(other, token).is(401, "step_up_required")
		for _, mangled := range []string{"x", token + "A", token[:len(token)-1], strings.ToUpper(token), "ch" + token[2:], signedIn.text("tokens.refresh_token")} {
			regenerate(who, mangled).is(401, "step_up_required")
		}
		regenerate(who, token).is(200, "")
		regenerate(who, token).is(401, "step_up_required")
		s.as(t, who, "DELETE", "/me/mfa", nil, "X-Step-Up-Token", wrongAction).is(204, "")
		require.Contains(t, s.log.String(), string(domain.EventStepUpRefused))
	})
}

func TestOfManyUsesOfAStepUpOneWins(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		token := s.stepUp(t, who, "recovery_codes.regenerate")
		answers := parallel(20, func(int) answer {
			return s.as(t, who, "POST", "/me/mfa/recovery-codes", nil, "X-Step-Up-Token", token)
		})
		require.Equal(t, 1, count(answers, 200))
		require.Equal(t, 19, count(answers, 401))
	})
}

func TestAStepUpDiesWithItsTimeItsSessionThePasswordAndTheAuthenticator(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		regenerate := func(token string) answer {
			return s.as(t, who, "POST", "/me/mfa/recovery-codes", nil, "X-Step-Up-Token", token)
		}
		old := s.stepUp(t, who, "recovery_codes.regenerate")
		s.clock.Advance(5 * time.Minute)
		regenerate(old).is(401, "step_up_required")

		before := s.stepUp(t, who, "recovery_codes.regenerate")
		who.access = s.as(t, who, "POST", "/me/password", map[string]any{"current_password": who.password, "new_password": "an entirely new phrase"}).is(200, "").text("access_token")
		who.password = "an entirely new phrase"
		regenerate(before).is(401, "step_up_required")

		before = s.stepUp(t, who, "recovery_codes.regenerate")
		s.as(t, who, "DELETE", "/me/mfa", nil, "X-Step-Up-Token", s.stepUp(t, who, "mfa.disable")).is(204, "")
		who = s.enrolOwn(t, who)
		regenerate(before).is(401, "step_up_required")

		before = s.stepUp(t, who, "recovery_codes.regenerate")
		s.as(t, who, "POST", "/auth/logout", nil).is(204, "")
		regenerate(before).is(401, "token_revoked")
	})
}

func TestAStepUpTakesNoUsedCodeAndNoDevice(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		code := s.code(t, who.secret, 0)
		s.secondStep(t, who, map[string]any{"code": code}, "").is(200, "")
		step := func(body map[string]any) answer {
			body["action"] = "mfa.disable"
			return s.as(t, who, "POST", "/auth/step-up", body)
		}
		step(map[string]any{"code": code}).is(401, "invalid_code")
		step(map[string]any{}).is(422, "invalid")
		step(map[string]any{"code": code, "recovery_code": who.recoveryCodes[0]}).is(422, "invalid")
		s.as(t, who, "POST", "/auth/step-up", map[string]any{"action": "login", "code": code}).is(422, "invalid")
		s.as(t, who, "POST", "/auth/step-up", map[string]any{"action": "nothing.known", "code": code}).is(422, "invalid")
		step(map[string]any{"recovery_code": who.recoveryCodes[0]}).is(200, "")
		step(map[string]any{"recovery_code": who.recoveryCodes[0]}).is(401, "invalid_code")
		for range 3 {
			step(map[string]any{"code": "000000"}).is(401, "invalid_code")
		}
		s.secondStep(t, who, map[string]any{"code": "000000"}, "").is(401, "invalid_code")
		step(map[string]any{"code": "000000"}).is(429, "account_locked")
		s.clock.Advance(30 * time.Second)
		step(map[string]any{"code": s.code(t, who.secret, 0)}).is(429, "account_locked")
	})
}

func TestAnOrgGuardsAnActionAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		plain := s.member(t)
		rename := map[string]any{"full_name": "Another Name"}
		s.as(t, owner, "PATCH", "/me", rename).is(200, "")
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"mfa_required_actions": []string{"account.update"}}).is(200, "")

		s.as(t, owner, "PATCH", "/me", rename).is(401, "step_up_required")
		enrolFirst := s.as(t, plain, "PATCH", "/me", rename).is(403, "mfa_enrollment_required")
		require.Contains(t, enrolFirst.text("detail"), "/me/mfa/totp")
		require.Equal(t, "account.update", enrolFirst.text("action"))
		s.clock.Advance(30 * time.Second)
		require.Equal(t, "Another Name", s.as(t, owner, "PATCH", "/me", rename, "X-Step-Up-Token", s.stepUp(t, owner, "account.update")).is(200, "").text("full_name"))
		plain = s.enrolOwn(t, plain)
		s.as(t, plain, "PATCH", "/me", rename).is(401, "step_up_required")
		s.as(t, plain, "PATCH", "/me", rename, "X-Step-Up-Token", s.stepUp(t, plain, "account.update")).is(200, "")
	})
}

func TestAnAdministratorResetsTheMFAOfOthersBelowThem(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(30 * time.Second)
		who := s.enrolOwn(t, s.member(t))
		id := s.get(t, "/me", who.access).is(200, "").text("id")
		device := s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0), "remember_device": true}, "").is(200, "").text("device_token")
		reset := func(by account, id, token string) answer {
			return s.as(t, by, "POST", "/members/"+id+"/mfa/reset", nil, "X-Step-Up-Token", token)
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

// give replaces the account's roles by one.
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

// TestEveryRouteAcceptsCodesAsTyped also checks that text that cannot be a code is refused without
// counting as a guess; this service allows one guess.
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
	confirmed := try(func(body map[string]any) answer { return s.as(t, who, "POST", "/me/mfa/totp/confirm", body) }, fullWidth(s.code(t, who.secret, 0)))
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

	s.secondStep(t, who, map[string]any{"recovery_code": "7KQD-2M9X"}, "").is(422, "invalid")
	recovery := strings.ReplaceAll(strings.ToLower(who.recoveryCodes[0]), "-", "\u2013") + "\n"
	s.secondStep(t, who, map[string]any{"recovery_code": recovery}, "").is(200, "")
	recovery = strings.ReplaceAll(who.recoveryCodes[1], "-", "\u00a0")
	s.as(t, who, "POST", "/auth/step-up", map[string]any{"action": "mfa.disable", "recovery_code": recovery}).is(200, "")
}

// TestRepeatedEnrolmentStartsReturnOneSecret: a page that asks twice must not invalidate the
// scanned code, and no other session may see the secret.
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
