package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// stepUp steps up for the action with a code and moves the clock to the next time step.
func (s *service) stepUp(t *testing.T, who account, action string) string {
	t.Helper()
	a := s.as(t, who, "POST", "/auth/step-up", map[string]any{"action": action, "code": s.code(t, who.secret, 0)}).is(200, "")
	require.Equal(t, action, a.text("action"))
	require.EqualValues(t, 300, a.at("expires_in"))
	s.clock.Advance(30 * time.Second)
	return a.text("step_up_token")
}

func TestAStepUpIsValidForOneUseOneActionAndOneSession(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		other := who
		signedIn := s.secondStep(t, who, map[string]any{"code": s.code(t, who.secret, 0)}, "").is(200, "")
		other.access = signedIn.text("tokens.access_token")
		s.clock.Advance(30 * time.Second)

		regenerate := func(who account, token string) answer {
			return s.as(t, who.with("X-Step-Up-Token", token), "POST", "/me/mfa/recovery-codes", nil)
		}
		refused := regenerate(who, "").is(401, "step_up_required")
		require.Equal(t, "recovery_codes.regenerate", refused.text("action"))
		require.Equal(t, `Bearer error="insufficient_user_authentication", acr_values="aal2"`, refused.header.Get("WWW-Authenticate"))

		wrongAction := s.stepUp(t, who, "mfa.disable")
		regenerate(who, wrongAction).is(401, "step_up_required")
		token := s.stepUp(t, who, "recovery_codes.regenerate")
		regenerate(other, token).is(401, "step_up_required")
		for _, mangled := range []string{
			"x", token + "A", token[:len(token)-1], strings.ToUpper(token), "ch" + token[2:], signedIn.text("tokens.refresh_token"),
		} {
			regenerate(who, mangled).is(401, "step_up_required")
		}
		regenerate(who, token).is(200, "")
		regenerate(who, token).is(401, "step_up_required")
		s.as(t, who.with("X-Step-Up-Token", wrongAction), "DELETE", "/me/mfa", nil).is(204, "")
		require.Contains(t, s.log.String(), string(domain.EventStepUpRefused))
	})
}

func TestParallelUsesOfAStepUpSucceedOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		token := s.stepUp(t, who, "recovery_codes.regenerate")
		answers := parallel(20, func(int) answer {
			return s.as(t, who.with("X-Step-Up-Token", token), "POST", "/me/mfa/recovery-codes", nil)
		})
		require.Equal(t, 1, count(answers, 200))
		require.Equal(t, 19, count(answers, 401))
	})
}

func TestAStepUpEndsByTimeSessionPasswordAndAuthenticator(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolOwn(t, s.member(t))
		regenerate := func(token string) answer {
			return s.as(t, who.with("X-Step-Up-Token", token), "POST", "/me/mfa/recovery-codes", nil)
		}
		old := s.stepUp(t, who, "recovery_codes.regenerate")
		s.clock.Advance(5 * time.Minute)
		regenerate(old).is(401, "step_up_required")

		before := s.stepUp(t, who, "recovery_codes.regenerate")
		change := map[string]any{"current_password": who.password, "new_password": "an entirely new phrase"}
		who.access = s.as(t, who, "POST", "/me/password", change).is(200, "").text("access_token")
		who.password = "an entirely new phrase"
		regenerate(before).is(401, "step_up_required")

		before = s.stepUp(t, who, "recovery_codes.regenerate")
		s.as(t, who.with("X-Step-Up-Token", s.stepUp(t, who, "mfa.disable")), "DELETE", "/me/mfa", nil).is(204, "")
		who = s.enrolOwn(t, who)
		regenerate(before).is(401, "step_up_required")

		before = s.stepUp(t, who, "recovery_codes.regenerate")
		s.as(t, who, "POST", "/auth/logout", nil).is(204, "")
		regenerate(before).is(401, "token_revoked")
	})
}

func TestAStepUpRefusesUsedAndWrongCodes(t *testing.T) {
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

func TestANewlyGuardedActionNeedsAStepUpAtOnce(t *testing.T) {
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
		steppedUp := owner.with("X-Step-Up-Token", s.stepUp(t, owner, "account.update"))
		require.Equal(t, "Another Name", s.as(t, steppedUp, "PATCH", "/me", rename).is(200, "").text("full_name"))
		plain = s.enrolOwn(t, plain)
		s.as(t, plain, "PATCH", "/me", rename).is(401, "step_up_required")
		s.as(t, plain.with("X-Step-Up-Token", s.stepUp(t, plain, "account.update")), "PATCH", "/me", rename).is(200, "")
	})
}
