package e2e

import (
	"fmt"
	"io"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

// receivedEmail holds the decoded parts of an email.
type receivedEmail struct{ to, subject, text string }

// emails waits for at least n emails of the kind and returns them, oldest first.
func (s *service) emails(t *testing.T, kind domain.EmailKind, n int) []receivedEmail {
	t.Helper()
	pattern := filepath.Join(s.app.Config.DataDir, "mail", "*-"+string(kind)+".eml")
	var files []string
	require.Eventually(t, func() bool {
		files, _ = filepath.Glob(pattern)
		return len(files) >= n
	}, 20*time.Second, 50*time.Millisecond, "%d emails %s, found %d", n, kind, len(files))
	read := make([]receivedEmail, len(files))
	for i, file := range files {
		raw, err := os.Open(file)
		require.NoError(t, err)
		message, err := mail.ReadMessage(raw)
		require.NoError(t, err)
		body, err := io.ReadAll(message.Body)
		require.NoError(t, err)
		require.NoError(t, raw.Close())
		read[i] = receivedEmail{to: message.Header.Get("To"), subject: message.Header.Get("Subject"), text: string(body)}
	}
	return read
}

var resetLink = regexp.MustCompile(`(https?://[^\s<"]+)/(?:reset-password|accept-invitation)\?token=(pr_[A-Za-z0-9_-]+)`)

// resetToken requests a reset link for the address and returns the token of the newest of so many emails.
func (s *service) resetToken(t *testing.T, email string, emails int, headers ...string) string {
	t.Helper()
	s.post(t, "/auth/password/forgot", map[string]any{"email": email}, headers...).is(202, "")
	all := s.emails(t, domain.EmailPasswordForgotten, emails)
	found := resetLink.FindStringSubmatch(all[len(all)-1].text)
	require.NotNil(t, found, all[len(all)-1].text)
	require.Equal(t, s.app.Config.PublicURL, found[1])
	return found[2]
}

func (s *service) reset(t *testing.T, token, password string) answer {
	t.Helper()
	return s.post(t, "/auth/password/reset", map[string]any{"token": token, "new_password": password})
}

func TestAForgottenPasswordIsResetByEmail(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, device := s.remembered(t, s.enrolOwn(t, s.member(t)))
		s.post(t, "/auth/password/forgot", map[string]any{"email": "nobody@example.org"}).is(202, "")
		for range 5 {
			s.post(t, "/auth/login", credentials(who.email, "wrong")).is(401, "invalid_credentials")
		}
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(429, "account_locked")

		token := s.resetToken(t, strings.ToUpper(who.email), 1, "Host", "evil.example", "X-Forwarded-Host", "evil.example")
		s.reset(t, token, "short").is(422, "invalid")
		s.reset(t, token, who.password).is(422, "invalid")
		s.reset(t, token, "an entirely new phrase").is(204, "")
		s.reset(t, token, "yet another long phrase").is(401, "unauthenticated")

		s.get(t, "/me", who.access).is(401, "token_revoked")
		s.post(t, "/auth/refresh", map[string]any{"refresh_token": who.refresh}).is(401, "token_revoked")
		s.post(t, "/auth/login", credentials(who.email, who.password)).is(401, "invalid_credentials")
		who.password = "an entirely new phrase"
		require.Equal(t, "mfa_required", s.withDevice(t, who, device).is(200, "").text("status"),
			"the lock has ended, the device is forgotten and a code is required")

		changed := s.emails(t, domain.EmailPasswordChanged, 1)
		require.Contains(t, changed[0].to, who.email)
		require.Contains(t, changed[0].subject, "Default")
		require.Len(t, s.emails(t, domain.EmailAccountLocked, 1), 1)
		require.Len(t, s.emails(t, domain.EmailPasswordForgotten, 1), 1, "an unknown address gets no email")
		require.NotContains(t, s.log.String(), token)
	})
}

func TestAResetLinkWorksOnceAndExpiresInAnHour(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		token := s.resetToken(t, who.email, 1)
		for _, wrong := range []string{
			"", "pr_", token + "A", token[:len(token)-1], strings.ToUpper(token), "ch" + token[2:], who.refresh, who.access,
		} {
			a := s.reset(t, wrong, "an entirely new phrase")
			require.Contains(t, []int{401, 422}, a.status, a.raw)
		}
		won := parallel(10, func(i int) answer { return s.reset(t, token, fmt.Sprintf("an entirely new phrase %d", i)) })
		require.Equal(t, 1, count(won, 204), "%v", won)
		require.Equal(t, 9, count(won, 401)+count(won, 503), "%v", won)

		s.addMember(t, "late@example.org", "another long phrase", false)
		late := s.resetToken(t, "late@example.org", 2)
		s.clock.Advance(time.Hour)
		s.reset(t, late, "an entirely new phrase").is(401, "unauthenticated")
		require.Contains(t, s.log.String(), "link used, expired or replaced")
	})
}

func TestASuspendedAccountCannotResetItsPassword(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		token := s.resetToken(t, who.email, 1)
		s.change(t, who.email, func(u *domain.User) { u.Status = domain.StatusSuspended })
		s.reset(t, token, "an entirely new phrase").is(403, "account_suspended")
		s.change(t, who.email, func(u *domain.User) { u.Status = domain.StatusActive })
		who = s.again(t, who)
		change := map[string]any{"current_password": who.password, "new_password": "an entirely new phrase"}
		s.as(t, who, "POST", "/me/password", change).is(200, "")
		s.reset(t, token, "yet another long phrase").is(401, "unauthenticated")
	})
}

func TestRepeatedResetRequestsSendOneEmail(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		for range 10 {
			s.post(t, "/auth/password/forgot", map[string]any{"email": who.email}).is(202, "")
		}
		s.emails(t, domain.EmailPasswordForgotten, 1)
		time.Sleep(2 * time.Second)
		require.LessOrEqual(t, len(s.emails(t, domain.EmailPasswordForgotten, 1)), 2, "one a minute, so two if a minute ends in between")
		s.post(t, "/auth/password/forgot", map[string]any{"email": "no address"}).is(422, "invalid")
	})
}

func TestSecurityChangesAreReportedByEmail(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, _ := s.remembered(t, s.enrolOwn(t, s.member(t)))
		s.secondStep(t, who, map[string]any{"recovery_code": who.recoveryCodes[0]}, "").is(200, "")
		for _, kind := range []domain.EmailKind{domain.EmailMFAChanged, domain.EmailDeviceRemembered, domain.EmailRecoveryCodeUsed} {
			told := s.emails(t, kind, 1)
			require.Contains(t, told[0].to, who.email, kind)
			require.Contains(t, told[0].text, "127.0.0.1", kind)
			require.NotContains(t, told[0].text, who.recoveryCodes[0])
		}
	})
}

func TestOrgDiscoveryAnswersOnlyByEmail(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			s.newOrg(t, "acme-inc")
			s.newOrg(t, "acme-inc-2")
			known := s.post(t, "/auth/org-discovery", map[string]any{"email": ownerEmail}).is(202, "")
			unknown := s.post(t, "/auth/org-discovery", map[string]any{"email": "nobody@example.org"}).is(202, "")
			require.Equal(t, known.raw, unknown.raw)
			found := s.emails(t, domain.EmailOrgDiscovery, 1)
			require.Len(t, found, 1)
			for _, slug := range []string{"(default)", "(acme-inc)", "(acme-inc-2)"} {
				require.Contains(t, found[0].text, slug)
			}
		})
	}
}

// TestAFailedEmailIsRetried: at first, a file has the name of the mail folder.
func TestAFailedEmailIsRetried(t *testing.T) {
	t.Parallel()
	var folder string
	s := start(t, deployments[0], func(c *bootstrap.Config) {
		folder = filepath.Join(c.DataDir, "mail")
		require.NoError(t, os.WriteFile(folder, nil, 0o600))
	})
	who := s.member(t)
	s.post(t, "/auth/password/forgot", map[string]any{"email": who.email}).is(202, "")
	require.Eventually(t, func() bool { return strings.Contains(s.log.String(), "not a directory") }, 10*time.Second, 50*time.Millisecond)
	require.NoError(t, os.Remove(folder))
	email := s.emails(t, domain.EmailPasswordForgotten, 1)[0]
	s.reset(t, resetLink.FindStringSubmatch(email.text)[2], "an entirely new phrase").is(204, "")
}
