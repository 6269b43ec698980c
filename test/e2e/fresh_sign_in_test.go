package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// TestEnrollingAFirstFactorNeedsAFreshSignIn: a stolen access token alone cannot enrol an
// authenticator, and other sessions end when the account enrols one.
func TestEnrollingAFirstFactorNeedsAFreshSignIn(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	who := s.member(t)
	other := s.again(t, who)
	begin := func(body any) answer { return s.as(t, who, "POST", "/me/mfa/totp", body) }
	with := func(password string) map[string]any { return map[string]any{"current_password": password} }

	s.clock.Advance(domain.FreshSignInAge - time.Minute)
	begin(nil).is(200, "")
	s.clock.Advance(time.Minute)
	refused := begin(nil).is(401, "reauthentication_required")
	require.Equal(t, `Bearer error="insufficient_user_authentication", max_age=300`, refused.header.Get("WWW-Authenticate"))
	begin(map[string]any{}).is(401, "reauthentication_required")
	begin(with("not the password")).is(401, "invalid_credentials")
	begin(with(who.password)).is(200, "")

	s.settings(t, func(o *domain.OrgSettings) { o.MFARequiredActions = []domain.Action{domain.ActionPasskeyAdd} })
	fresh := s.again(t, who)
	s.as(t, fresh, "POST", "/me/mfa/totp", nil).is(401, "reauthentication_required")
	secret := s.as(t, fresh, "POST", "/me/mfa/totp", with(who.password)).is(200, "").text("secret")

	s.as(t, fresh, "POST", "/me/mfa/totp/confirm", map[string]any{"code": s.code(t, secret, 0)}).is(200, "")
	s.get(t, "/me", fresh.access).is(200, "")
	s.get(t, "/me", who.access).is(401, "token_revoked")
	s.post(t, "/auth/refresh", map[string]any{"refresh_token": other.refresh}).is(401, "token_revoked")
}

// TestEnrollingAtSignInEndsSessionsWithoutAFactor covers the enrolment at sign-in, which ends sessions
// like the enrolment from the profile.
func TestEnrollingAtSignInEndsSessionsWithoutAFactor(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	who := s.member(t)
	s.give(t, who.email, domain.RoleAuditor)
	s.give(t, who.email, domain.RoleAdmin)
	challenge := s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "").text("challenge.token")
	secret := s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(200, "").text("secret")
	s.post(t, "/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": challenge, "code": s.code(t, secret, 0)}).is(200, "")
	s.give(t, who.email, domain.RoleMember)
	s.get(t, "/me", who.access).is(401, "token_revoked")
}

// TestAWrongCurrentPasswordCountsAsAFailedAttempt: enrolment and POST /me/password share a counter.
func TestAWrongCurrentPasswordCountsAsAFailedAttempt(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	who := s.member(t)
	wrong := map[string]any{"current_password": "not the password"}
	for range 3 {
		s.as(t, who, "POST", "/me/mfa/totp", wrong).is(401, "invalid_credentials")
	}
	for range 2 {
		change := map[string]any{"current_password": "not the password", "new_password": "an entirely new phrase"}
		s.as(t, who, "POST", "/me/password", change).is(401, "invalid_credentials")
	}
	s.as(t, who, "POST", "/me/mfa/totp", map[string]any{"current_password": who.password}).is(429, "account_locked")
	s.again(t, who)
}

func TestOwnersWhoCannotSignInDoNotCountAsTheLastOwner(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	own := "/members/" + s.idOf(t, owner.email)
	demote := func() answer {
		return s.as(t, owner, "PUT", own+"/roles", map[string]any{"roles": []string{"admin"}})
	}
	s.create(t, owner, "invited@example.org", map[string]any{"roles": []string{"owner"}}).is(201, "")
	demote().is(409, "conflict")
	s.create(t, owner, "temporary@example.org", map[string]any{"roles": []string{"owner"}, "temporary_password": true}).is(201, "")
	s.clock.Advance(domain.TemporaryPasswordTTL)
	owner = s.signIn(t, owner)
	demote().is(409, "conflict")
	temporary := s.idOf(t, "temporary@example.org")
	s.as(t, owner, "POST", "/members/"+temporary+"/password/reset", nil).is(200, "")
	demote().is(200, "")
}

// TestARefusedRequestDoesNotUseUpTheStepUp covers every kind of refusal.
func TestARefusedRequestDoesNotUseUpTheStepUp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.advance()
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"mfa_required_actions": []string{"org_settings.update"}}).is(200, "")
		token := s.stepUp(t, owner, "org_settings.update")
		patch := func(days int, headers ...string) answer {
			steppedUp := owner.with(append(headers, "X-Step-Up-Token", token)...)
			return s.as(t, steppedUp, "PATCH", "/org/settings", map[string]any{"remember_device_days": days})
		}
		patch(1000).is(422, "invalid")
		patch(7, "If-Match", `"1"`).is(412, "precondition_failed")
		patch(7).is(200, "")
		patch(8).is(401, "step_up_required")
	})
}
