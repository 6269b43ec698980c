package e2e

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

var confirmLink = regexp.MustCompile(`(https?://[^\s<"]+)/confirm-email\?token=(ec_[A-Za-z0-9_-]+)`)

const newEmail = "moved@example.org"

// requestEmail requests a new address and returns the token of the link in the newest of n emails.
func (s *service) requestEmail(t *testing.T, who account, email string, n int) string {
	t.Helper()
	s.as(t, who, "POST", "/me/email", map[string]any{"new_email": email, "current_password": who.password}).is(202, "")
	all := s.emails(t, domain.EmailConfirmAddress, n)
	last := all[len(all)-1]
	require.Contains(t, last.to, email)
	require.NotContains(t, last.text, "Member", "an email to an unconfirmed address must not contain the name")
	found := confirmLink.FindStringSubmatch(last.text)
	require.NotNil(t, found, last.text)
	require.Equal(t, s.app.Config.PublicURL, found[1])
	return found[2]
}

func (s *service) confirmEmail(t *testing.T, token string) answer {
	t.Helper()
	return s.post(t, "/auth/email/confirm", map[string]any{"token": token})
}

func TestAnAccountChangesItsAddressWithTheEmailedLink(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		other := s.again(t, who)
		reset := s.resetToken(t, who.email, 1)
		token := s.requestEmail(t, who, newEmail, 1)
		require.Contains(t, s.emails(t, domain.EmailAddressChangeRequested, 1)[0].to, who.email)
		require.Equal(t, who.email, s.get(t, "/me", who.access).is(200, "").text("email"), "nothing changes yet")
		require.Equal(t, newEmail, s.as(t, who, "GET", "/me/export", nil).is(200, "").text("new_email"))
		s.post(t, "/auth/login", credentials(newEmail, who.password)).is(401, "invalid_credentials")

		answers := parallel(10, func(int) answer { return s.confirmEmail(t, token) })
		require.Equal(t, 1, count(answers, 204), "%v", answers)
		require.Equal(t, 9, count(answers, 401), "%v", answers)
		require.Contains(t, s.emails(t, domain.EmailAddressChanged, 1)[0].to, who.email)
		for _, session := range []account{who, other} {
			require.Equal(t, newEmail, s.get(t, "/me", session.access).is(200, "").text("email"))
		}
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(401, "invalid_credentials")
		s.reset(t, reset, "an entirely new phrase").is(401, "unauthenticated")
		who.email = newEmail
		s.again(t, who)
	})
}

func TestOnlyTheOwnerOfAMailboxLearnsThatItsAddressIsTaken(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	who := s.member(t)
	owner := s.enroll(t)
	taken := s.requestEmail(t, who, ownerEmail, 1)
	s.confirmEmail(t, taken).is(409, "conflict")
	s.confirmEmail(t, taken).is(409, "conflict")
	s.as(t, owner, "GET", "/me", nil).is(200, "")

	s.as(t, who, "POST", "/me/email", map[string]any{"new_email": who.email}).is(422, "invalid")
	require.Contains(t, s.as(t, who, "POST", "/me/email", map[string]any{"new_email": "nobody"}).is(422, "invalid").raw, "body.new_email")
	again := s.requestEmail(t, who, ownerEmail, 1)
	require.Equal(t, taken, again, "one email a minute, and its link still works")
	for range 3 {
		s.as(t, who, "POST", "/me/email", map[string]any{"new_email": newEmail}).is(202, "")
	}
	limited := s.as(t, who, "POST", "/me/email", map[string]any{"new_email": newEmail}).is(429, "rate_limited")
	require.NotEmpty(t, limited.header.Get("Retry-After"))
}

// TestARequestedAddressIsCancelledOrExpires lists everything that cancels the request.
func TestARequestedAddressIsCancelledOrExpires(t *testing.T) {
	t.Parallel()
	newPassword := "an entirely new phrase"
	for name, end := range map[string]func(t *testing.T, s *service, who account){
		"by signing out everywhere": func(t *testing.T, s *service, who account) {
			s.as(t, s.again(t, who), "POST", "/auth/logout-all", nil).is(204, "")
		},
		"by another password in the same session": func(t *testing.T, s *service, who account) {
			s.as(t, who, "POST", "/me/password", map[string]any{"current_password": who.password, "new_password": newPassword}).is(200, "")
		},
		"by a new password from a link": func(t *testing.T, s *service, who account) {
			s.reset(t, s.resetToken(t, who.email, 1), newPassword).is(204, "")
		},
		"by suspension": func(t *testing.T, s *service, who account) {
			s.change(t, who.email, func(u *domain.User) { u.Status = domain.StatusSuspended })
		},
		"by an administrator's change of the address": func(t *testing.T, s *service, who account) {
			s.as(t, s.enroll(t), "PATCH", "/members/"+s.idOf(t, who.email), map[string]any{"email": "third@example.org"}).is(200, "")
		},
		"by the org": func(t *testing.T, s *service, _ account) {
			s.settings(t, func(o *domain.OrgSettings) { o.AllowProfileEdit = false })
		},
		"by the end of the session": func(_ *testing.T, s *service, _ account) { s.clock.Advance(45 * time.Minute) },
		"by time":                   func(_ *testing.T, s *service, _ account) { s.clock.Advance(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, deployments[0], func(c *bootstrap.Config) { c.SessionLifetime = 45 * time.Minute })
			who := s.member(t)
			token := s.requestEmail(t, who, newEmail, 1)
			end(t, s, who)
			refused := s.confirmEmail(t, token)
			require.Contains(t, []int{401, 403}, refused.status, refused.raw)
			s.inOrg(t, func(tx port.OrgTx) {
				_, err := tx.Users().ByEmail(t.Context(), newEmail)
				require.ErrorIs(t, err, domain.ErrNotFound)
			})
		})
	}
}

// TestOwnAccountsAreNotChangedThroughMembers: otherwise the limits of PATCH /me could be avoided.
func TestOwnAccountsAreNotChangedThroughMembers(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	own := "/members/" + s.idOf(t, owner.email)
	patch := func(body map[string]any) answer { return s.as(t, owner, "PATCH", own, body) }
	require.Contains(t, patch(map[string]any{"email": newEmail}).is(403, "forbidden").text("detail"), "POST /me/email")
	patch(map[string]any{"email": ownerEmail, "full_name": "Another"}).is(200, "")
	s.settings(t, func(o *domain.OrgSettings) { o.AllowProfileEdit = false })
	patch(map[string]any{"full_name": "A third"}).is(403, "forbidden")
	s.as(t, owner, "PATCH", "/me", map[string]any{"full_name": "A third"}).is(403, "forbidden")
	s.as(t, owner, "POST", "/me/email", map[string]any{"new_email": newEmail}).is(403, "forbidden")
	member := s.create(t, owner, "ada@example.org", nil).is(201, "").text("id")
	s.as(t, owner, "PATCH", "/members/"+member, map[string]any{"full_name": "Ada", "email": "ada@example.com"}).is(200, "")
}

// TestChangingTheAddressNeedsAFreshSignIn also checks that an account with a second factor can use a step-up
// instead.
func TestChangingTheAddressNeedsAFreshSignIn(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	owner := s.enroll(t)
	s.clock.Advance(domain.FreshSignInAge + time.Second)
	ask := func(headers ...string) answer {
		return s.as(t, owner.with(headers...), "POST", "/me/email", map[string]any{"new_email": newEmail})
	}
	ask().is(401, "reauthentication_required")
	token := s.stepUp(t, owner, "account.update")
	ask("X-Step-Up-Token", token).is(202, "")
	ask("X-Step-Up-Token", token).is(401, "step_up_required")
}

// TestWrongAddressLinksCountAgainstTheNetwork also checks that nothing is written above the limit.
func TestWrongAddressLinksCountAgainstTheNetwork(t *testing.T) {
	t.Parallel()
	s := start(t, deployments[0], nil)
	var limited bool
	for range 200 {
		if a := s.confirmEmail(t, "ec_nothing"); a.status == 429 {
			limited = true
			break
		}
	}
	require.True(t, limited)
}
