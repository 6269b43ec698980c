package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

func TestWrongPasswordsAndUnknownOrSuspendedAccountsGetTheSameAnswer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.addMember(t, "suspended@example.org", ownerPassword, false)
		s.change(t, "suspended@example.org", func(u *domain.User) { u.Status = domain.StatusSuspended })
		refused := []answer{
			s.post(t, "/auth/login", credentials(ownerEmail, "wrong")).is(401, "invalid_credentials"),
			s.post(t, "/auth/login", credentials("nobody@example.org", "wrong")).is(401, "invalid_credentials"),
			s.post(t, "/auth/login", credentials("suspended@example.org", ownerPassword)).is(401, "invalid_credentials"),
			s.post(t, "/auth/login", credentials("no address", "wrong")).is(401, "invalid_credentials"),
		}
		for _, a := range refused[1:] {
			require.Equal(t, refused[0].at("detail"), a.at("detail"))
			require.Equal(t, refused[0].header.Values("WWW-Authenticate"), a.header.Values("WWW-Authenticate"))
			require.Len(t, a.header, len(refused[0].header))
		}
	})
}

func TestUnknownAddressesAreLockedToo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		for range 5 {
			s.post(t, "/auth/login", credentials("Nobody@example.org", "wrong")).is(401, "invalid_credentials")
		}
		locked := s.post(t, "/auth/login", credentials("nobody@EXAMPLE.org", "wrong")).is(429, "account_locked")
		require.NotEmpty(t, locked.header.Get("Retry-After"))
	})
}

func TestALockCoversEveryStepAndExpires(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(time.Minute)
		before := s.challenge(t, "mfa_required")
		for range 5 {
			s.post(t, "/auth/login", credentials(ownerEmail, "wrong")).is(401, "invalid_credentials")
		}
		s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": before, "code": s.code(t, owner.secret, 0)}).is(429, "account_locked")
		s.clock.Advance(15 * time.Minute)
		s.signIn(t, owner)
	})
}

func TestWrongCodesAreCountedAcrossChallenges(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(time.Minute)
		for range 4 {
			s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": s.challenge(t, "mfa_required"), "code": "000000"}).is(401, "invalid_code")
		}
		last := s.challenge(t, "mfa_required")
		s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": last, "recovery_code": "0000-0000-0000-0000"}).is(401, "invalid_code")
		s.post(t, "/auth/login/mfa", map[string]any{"challenge_token": last, "code": s.code(t, owner.secret, 0)}).is(429, "account_locked")
		s.post(t, "/auth/login", credentials(ownerEmail, ownerPassword)).is(429, "account_locked")
	})
}

func TestATimeStepWorksOnceAndInvalidatesOlderOnes(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(time.Minute)
		try := func(steps int) answer {
			return s.post(t, "/auth/login/mfa",
				map[string]any{"challenge_token": s.challenge(t, "mfa_required"), "code": s.code(t, owner.secret, steps)})
		}
		try(2).is(401, "invalid_code")
		try(-2).is(401, "invalid_code")
		try(0).is(200, "")
		try(0).is(401, "invalid_code")
		try(-1).is(401, "invalid_code")
		try(1).is(200, "")
	})
}

func TestAReusedRefreshTokenRevokesOnlyItsFamily(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		first := s.enroll(t)
		second := s.signIn(t, first)
		refresh := func(token string) answer { return s.post(t, "/auth/refresh", map[string]any{"refresh_token": token}) }

		next := refresh(first.refresh).is(200, "").text("refresh_token")
		newest := refresh(next).is(200, "").text("refresh_token")
		require.Equal(t, next, refresh(first.refresh).is(200, "").text("refresh_token"), "within the grace period")
		s.clock.Advance(10 * time.Second)
		refresh(first.refresh).is(401, "token_revoked")
		refresh(newest).is(401, "token_revoked")
		s.get(t, "/me", first.access).is(401, "token_revoked")
		s.get(t, "/me", second.access).is(200, "")
		require.Contains(t, s.log.String(), string(domain.EventRefreshReused))
	})
}

func TestWithoutAGracePeriodARotatedTokenCountsAsReused(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.RefreshGrace = 0 })
	owner := s.enroll(t)
	s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(200, "")
	s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(401, "token_revoked")
}

func TestSessionsExpireByAgeDespiteActivity(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], func(c *bootstrap.Config) { c.SessionLifetime = 45 * time.Minute })
	owner := s.enroll(t)
	refresh := func() answer { return s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}) }
	for range 2 {
		s.clock.Advance(20 * time.Minute)
		owner.refresh = refresh().is(200, "").text("refresh_token")
	}
	s.clock.Advance(5 * time.Minute)
	refresh().is(401, "session_expired")
}

func TestIdleSessionsExpire(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.enroll(t)
		s.clock.Advance(14 * time.Minute)
		s.get(t, "/me", owner.access).is(200, "")
		require.Eventually(t, func() bool {
			session := s.get(t, "/me/sessions", owner.access).at("items").([]any)[0].(map[string]any)
			at, err := time.Parse(time.RFC3339, session["last_seen_at"].(string))
			return err == nil && s.clock.Now().Sub(at) < time.Minute
		}, 5*time.Second, 100*time.Millisecond, "activity is stored")
		s.clock.Advance(29 * time.Minute)
		owner.refresh = s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(200, "").text("refresh_token")
		s.get(t, "/me", owner.access).is(401, "token_expired")
		s.clock.Advance(31 * time.Minute)
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": owner.refresh}).is(401, "session_expired")
	})
}

func TestATemporaryPasswordAllowsOnlyAPasswordChange(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.addMember(t, "new@example.org", "temporary password", true)
		a := s.post(t, "/auth/login", credentials("new@example.org", "temporary password")).is(200, "")
		require.Equal(t, "password_change_required", a.text("status"))
		change := func(password string) answer {
			return s.post(t, "/auth/login/password", map[string]any{"challenge_token": a.text("challenge.token"), "new_password": password})
		}
		change("short").is(422, "invalid")
		change("temporary password").is(422, "invalid")
		done := change("a fine long password").is(200, "")
		require.Equal(t, "authenticated", done.text("status"))
		change("another long password").is(401, "unauthenticated")
		s.post(t, "/auth/login", credentials("new@example.org", "temporary password")).is(401, "invalid_credentials")
		s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": a.text("challenge.token")}).is(401, "unauthenticated")
	})
}

func TestAnEnrolledAccountCannotEnrolThroughAnUnfinishedSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		early := s.challenge(t, "mfa_enrollment_required")
		s.enroll(t)
		s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": early}).is(401, "unauthenticated")
		s.post(t, "/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": early, "code": "000000"}).is(401, "unauthenticated")
		s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": s.challenge(t, "mfa_required")}).is(409, "conflict")
	})
}

func TestOnlyTheNewestPendingSecretCanBeConfirmed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		one, other := s.challenge(t, "mfa_enrollment_required"), s.challenge(t, "mfa_enrollment_required")
		begin := func(challenge string) string {
			return s.post(t, "/auth/login/mfa/enroll", map[string]any{"challenge_token": challenge}).is(200, "").text("secret")
		}
		confirm := func(secret string) answer {
			return s.post(t, "/auth/login/mfa/enroll/confirm", map[string]any{"challenge_token": other, "code": s.code(t, secret, 0)})
		}
		first := begin(one)
		require.Equal(t, first, begin(one), "each sign-in has one secret")
		second := begin(other)
		require.NotEqual(t, first, second)
		confirm(first).is(401, "invalid_code")
		confirm(second).is(200, "")
	})
}

func TestSuspensionAppliesAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		s.addMember(t, "member@example.org", "member password", false)
		tokens := s.post(t, "/auth/login", credentials("member@example.org", "member password")).is(200, "")
		s.change(t, "member@example.org", func(u *domain.User) { u.Status = domain.StatusSuspended })
		s.get(t, "/me", tokens.text("tokens.access_token")).is(403, "account_suspended")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": tokens.text("tokens.refresh_token")}).is(403, "account_suspended")
	})
}

// addMember creates an account with the role member.
func (s *service) addMember(t *testing.T, email, password string, temporary bool) {
	t.Helper()
	_, err := s.app.Seed.Execute(t.Context(), platform.SeedInput{
		OrgID: s.app.Config.DefaultOrgID, OrgName: "x", OrgSlug: "x-x",
		Email: email, FullName: "Member", Password: domain.NewSecret(password), Temporary: temporary,
	})
	require.NoError(t, err)
	s.inOrg(t, func(tx port.OrgTx) {
		user, err := tx.Users().ByEmail(t.Context(), domain.Email(email))
		require.NoError(t, err)
		roles, err := tx.Roles().List(t.Context())
		require.NoError(t, err)
		for _, role := range roles {
			if role.Name == domain.RoleMember {
				require.NoError(t, tx.Roles().Assign(t.Context(), user.ID, []domain.RoleID{role.ID}))
			}
		}
	})
}

func (s *service) change(t *testing.T, email string, change func(*domain.User)) {
	t.Helper()
	s.inOrg(t, func(tx port.OrgTx) {
		user, err := tx.Users().ByEmail(t.Context(), domain.Email(email))
		require.NoError(t, err)
		change(&user)
		require.NoError(t, tx.Users().Update(t.Context(), user))
	})
}

func (s *service) settings(t *testing.T, change func(*domain.OrgSettings)) {
	t.Helper()
	s.inOrg(t, func(tx port.OrgTx) {
		settings, err := tx.Org().Settings(t.Context())
		require.NoError(t, err)
		change(&settings)
		require.NoError(t, tx.Org().SaveSettings(t.Context(), settings))
	})
}

func (s *service) inOrg(t *testing.T, fn func(port.OrgTx)) {
	t.Helper()
	require.NoError(t, s.app.Store.InOrg(t.Context(), s.app.Config.DefaultOrgID, func(tx port.OrgTx) error {
		fn(tx)
		return nil
	}))
}

func TestATemporaryPasswordExpiresAndTheSeedRenewsIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		seed := func(password string) platform.SeedResult {
			result, err := s.app.Seed.Execute(t.Context(), platform.SeedInput{
				OrgID: s.app.Config.DefaultOrgID, OrgName: "x", OrgSlug: "x-x",
				Email: "new@example.org", FullName: "New", Password: domain.NewSecret(password), Temporary: true,
			})
			require.NoError(t, err)
			return result
		}
		require.True(t, seed("temporary password").OwnerCreated)
		s.clock.Advance(72*time.Hour - time.Minute)
		require.False(t, seed("another temporary").OwnerRenewed, "it has not expired yet")
		s.post(t, "/auth/login", credentials("new@example.org", "temporary password")).is(200, "")
		s.clock.Advance(time.Minute)
		s.post(t, "/auth/login", credentials("new@example.org", "temporary password")).is(401, "invalid_credentials")
		require.True(t, seed("another temporary").OwnerRenewed)
		s.post(t, "/auth/login", credentials("new@example.org", "temporary password")).is(401, "invalid_credentials")
		renewed := s.post(t, "/auth/login", credentials("new@example.org", "another temporary")).is(200, "")
		require.Equal(t, "password_change_required", renewed.text("status"))
		require.False(t, seed("a third").OwnerRenewed)
	})
}

func TestTheMinimumPasswordLengthOfTheOrgApplies(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, who := s.enroll(t), s.member(t)
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"password_min_length": 20}).is(200, "")
		change := func(next string) answer {
			return s.as(t, who, "POST", "/me/password", map[string]any{"current_password": who.password, "new_password": next})
		}
		require.Contains(t, change("nineteen characters").is(422, "invalid").raw, "20")
		change("twenty characters ok").is(200, "")
	})
}

func TestRequiringTwoFactorsEndsSessionsAndAppliesToTheNextSignIn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, who := s.enroll(t), s.member(t)
		s.as(t, owner, "PATCH", "/org/settings", map[string]any{"require_two_factor": true}).is(200, "")
		s.get(t, "/me", who.access).is(401, "session_expired")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(401, "session_expired")
		s.get(t, "/me", owner.access).is(200, "")
		require.Equal(t, "mfa_enrollment_required", s.post(t, "/auth/login", credentials(who.email, who.password)).is(200, "").text("status"))
	})
}
