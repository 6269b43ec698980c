package e2e

import (
	"fmt"
	"mime/quotedprintable"
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

// letter is a mail as its reader sees it.
type letter struct{ to, subject, text string }

// letters waits until at least n mails of the kind were written, and reads them, oldest first.
func (s *service) letters(t *testing.T, kind domain.LetterKind, n int) []letter {
	t.Helper()
	pattern := filepath.Join(s.app.Config.DataDir, "mail", "*-"+string(kind)+".eml")
	var files []string
	require.Eventually(t, func() bool {
		files, _ = filepath.Glob(pattern)
		return len(files) >= n
	}, 20*time.Second, 50*time.Millisecond, "%d letters %s, found %d", n, kind, len(files))
	read := make([]letter, len(files))
	for i, file := range files {
		raw, err := os.Open(file)
		require.NoError(t, err)
		message, err := mail.ReadMessage(raw)
		require.NoError(t, err)
		body := new(strings.Builder)
		_, err = fmt.Fprint(body, readAll(t, quotedprintable.NewReader(message.Body)))
		require.NoError(t, err)
		require.NoError(t, raw.Close())
		read[i] = letter{message.Header.Get("To"), message.Header.Get("Subject"), body.String()}
	}
	return read
}

func readAll(t *testing.T, r interface{ Read([]byte) (int, error) }) string {
	t.Helper()
	var text strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := r.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			return text.String()
		}
	}
}

var resetLink = regexp.MustCompile(`(https?://[^\s<"]+)/reset-password#token=(pr_[A-Za-z0-9_-]+)`)

// resetToken orders a link for the address and takes it from the newest letter.
func (s *service) resetToken(t *testing.T, email string, letters int, headers ...string) string {
	t.Helper()
	s.post(t, "/auth/password/forgot", map[string]any{"email": email}, headers...).is(202, "")
	all := s.letters(t, domain.LetterPasswordForgotten, letters)
	found := resetLink.FindStringSubmatch(all[len(all)-1].text)
	require.NotNil(t, found, all[len(all)-1].text)
	require.Equal(t, s.app.Config.PublicURL, found[1])
	return found[2]
}

func (s *service) reset(t *testing.T, token, password string) answer {
	t.Helper()
	return s.post(t, "/auth/password/reset", map[string]any{"token": token, "new_password": password})
}

func TestAForgottenPasswordIsSetByMail(t *testing.T) {
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
		require.Equal(t, "mfa_required", s.withDevice(t, who, device).is(200, "").text("status"), "the lock is over, the device forgotten, the code still owed")

		changed := s.letters(t, domain.LetterPasswordChanged, 1)
		require.Contains(t, changed[0].to, who.email)
		require.Contains(t, changed[0].subject, "Default")
		require.Len(t, s.letters(t, domain.LetterAccountLocked, 1), 1)
		require.Len(t, s.letters(t, domain.LetterPasswordForgotten, 1), 1, "nobody got one for an address that nobody has")
		require.NotContains(t, s.log.String(), token)
	})
}

func TestResetLinksAreGoodOnceForAnHour(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		token := s.resetToken(t, who.email, 1)
		for _, dead := range []string{"", "pr_", token + "A", token[:len(token)-1], strings.ToUpper(token), "ch" + token[2:], who.refresh, who.access} {
			a := s.reset(t, dead, "an entirely new phrase")
			require.Contains(t, []int{401, 422}, a.status, a.raw)
		}
		won := parallel(10, func(i int) answer { return s.reset(t, token, fmt.Sprintf("an entirely new phrase %d", i)) })
		require.Equal(t, 1, count(won, 204), "%v", won)
		require.Equal(t, 9, count(won, 401)+count(won, 503), "%v", won)

		s.addMember(t, "late@example.org", "a latecomer's phrase", false)
		late := s.resetToken(t, "late@example.org", 2)
		s.clock.Advance(time.Hour)
		s.reset(t, late, "an entirely new phrase").is(401, "unauthenticated")
		require.Contains(t, s.log.String(), "link used, expired or replaced")
	})
}

func TestASuspendedAccountGetsNoLinkAndUsesNone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		token := s.resetToken(t, who.email, 1)
		s.change(t, who.email, func(u *domain.User) { u.Status = domain.StatusSuspended })
		s.reset(t, token, "an entirely new phrase").is(403, "account_suspended")
		s.change(t, who.email, func(u *domain.User) { u.Status = domain.StatusActive })
		who = s.again(t, who)
		s.as(t, who, "POST", "/me/password", map[string]any{"current_password": who.password, "new_password": "an entirely new phrase"}).is(200, "")
		s.reset(t, token, "yet another long phrase").is(401, "unauthenticated")
	})
}

func TestAskingOftenSendsOneLetter(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.member(t)
		for range 10 {
			s.post(t, "/auth/password/forgot", map[string]any{"email": who.email}).is(202, "")
		}
		s.letters(t, domain.LetterPasswordForgotten, 1)
		time.Sleep(2 * time.Second)
		require.LessOrEqual(t, len(s.letters(t, domain.LetterPasswordForgotten, 1)), 2, "one a minute: two where a minute ends in between")
		s.post(t, "/auth/password/forgot", map[string]any{"email": "no address"}).is(422, "invalid")
	})
}

func TestWhatChangesAnAccountIsToldByMail(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who, _ := s.remembered(t, s.enrolOwn(t, s.member(t)))
		s.secondStep(t, who, map[string]any{"recovery_code": who.recoveryCodes[0]}, "").is(200, "")
		for _, kind := range []domain.LetterKind{domain.LetterMFAChanged, domain.LetterDeviceRemembered, domain.LetterRecoveryCodeUsed} {
			told := s.letters(t, kind, 1)
			require.Contains(t, told[0].to, who.email, kind)
			require.Contains(t, told[0].text, "127.0.0.1", kind)
			require.NotContains(t, told[0].text, who.recoveryCodes[0])
		}
	})
}

func TestOrgDiscoveryTellsTheMailboxOnly(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			s := start(t, d, multi)
			s.newOrg(t, "acme-inc")
			s.newOrg(t, "acme-inc-2")
			known := s.post(t, "/auth/org-discovery", map[string]any{"email": ownerEmail}).is(202, "")
			unknown := s.post(t, "/auth/org-discovery", map[string]any{"email": "nobody@example.org"}).is(202, "")
			require.Equal(t, known.raw, unknown.raw)
			found := s.letters(t, domain.LetterOrgDiscovery, 1)
			require.Len(t, found, 1)
			for _, slug := range []string{"(default)", "(acme-inc)", "(acme-inc-2)"} {
				require.Contains(t, found[0].text, slug)
			}
		})
	}
}

// TestALetterThatCannotBeSentIsTriedAgain: the folder of mails is a file at first.
func TestALetterThatCannotBeSentIsTriedAgain(t *testing.T) {
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
	s.reset(t, resetLink.FindStringSubmatch(s.letters(t, domain.LetterPasswordForgotten, 1)[0].text)[2], "an entirely new phrase").is(204, "")
}
