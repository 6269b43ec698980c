package pages

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
)

const (
	signInButton = "form[action='/sign-in'] button"
	mfaButton    = "form[action='/sign-in/mfa'] button:not(.passkey)"
)

// enterPassword fills in the first step of a sign-in and sends it.
func enterPassword(b *browser.Tab, email, password string) {
	b.Type("#email", email)
	b.Type("#password", password)
	b.Click(signInButton)
}

// enterCode fills in the second step of a sign-in and sends it.
func (s *service) enterCode(t *testing.T, b *browser.Tab, who *person) {
	t.Helper()
	b.Type("#code", s.code(t, who))
	b.Click(mfaButton)
}

// enrolled returns a person with an authenticator app.
func (s *service) enrolled(t *testing.T, name string) *person {
	t.Helper()
	who := s.newPerson(t, name, domain.RoleMember)
	s.signIn(t, who)
	s.enrol(t, who)
	return who
}

func TestAPersonSignsInWithAPasswordAndACode(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolled(t, "Max Member")
		b := s.visit(t)
		b.Goto("/account/security?from=test")
		require.Equal(t, "/sign-in", b.Value("location.pathname"))
		b.Accessible()
		enterPassword(b, who.email, "a wrong password")
		require.Equal(t, who.email, b.Field("#email"), "the address stays")
		require.Empty(t, b.Field("#password"))
		require.Contains(t, b.Text(".alert.bad"), "wrong")
		b.Type("#password", password)
		b.Click(signInButton)
		b.WaitFor("#code")
		b.Accessible()
		b.Type("#code", "000000")
		b.Click(mfaButton)
		require.Contains(t, b.Text(".alert.bad"), "code is wrong")
		s.enterCode(t, b, who)
		b.WaitForPath("/account/security?from=test")
		b.Goto("/sign-in")
		require.Equal(t, "/account", b.Value("location.pathname"), "a signed-in person is led on")
		b.Goto("/sign-in?other=1")
		b.Accessible()
		b.Click("text=Sign out and use another account")
		require.Equal(t, "/sign-in", b.Value("location.pathname"))
	})
}

func TestARecoveryCodeSignsIn(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.enrolled(t, "Max Member")
	b := s.visit(t)
	b.WithoutScripts()
	b.Goto("/sign-in")
	enterPassword(b, who.email, password)
	b.Click("text=Use a recovery code")
	b.Type("#recovery_code", strings.ToLower(who.recoveryCodes[0]))
	b.Click("details button")
	require.Equal(t, "/account", b.Value("location.pathname"))
}

func TestAnAdministratorEnrolsAnAuthenticatorApp(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.newPerson(t, "Olga Owner", domain.RoleOwner)
		b := s.visit(t)
		b.Goto("/sign-in")
		enterPassword(b, who.email, password)
		b.Accessible()
		b.Click("button[value=totp]")
		b.Accessible()
		b.Click("text=Type the key instead")
		shown := b.Text("#secret")
		b.Type("#code", "000000")
		b.Click("text=Continue")
		require.Contains(t, b.Text(".alert.bad"), "code is wrong")
		b.Click("text=Type the key instead")
		require.Equal(t, shown, b.Text("#secret"), "a wrong code does not end the setup")
		who.secret = strings.ReplaceAll(shown, " ", "")
		b.Type("#code", s.code(t, who))
		b.Click("text=Continue")
		b.WaitFor("#codes")
		b.Accessible()
		codes := strings.Fields(b.Text("#codes"))
		require.Len(t, codes, 10)
		b.Check("#kept", true)
		b.Click("text=Continue")
		b.WaitForPath("/account")

		again := s.visit(t)
		again.Goto("/sign-in")
		enterPassword(again, who.email, password)
		again.Click("text=Use a recovery code")
		again.Type("#recovery_code", codes[9])
		again.Click("details button")
		again.WaitForPath("/account")
	})
}

func TestRecoveryCodesAreLeftOnlyWithAConfirmation(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Olga Owner", domain.RoleOwner)
	b := s.visit(t)
	b.WithoutScripts()
	b.Goto("/sign-in")
	enterPassword(b, who.email, password)
	b.Click("button[value=totp]")
	b.Click("text=Type the key instead")
	who.secret = strings.ReplaceAll(b.Text("#secret"), " ", "")
	b.Type("#code", s.code(t, who))
	b.Click("text=Continue")
	require.Len(t, strings.Fields(b.Text("#codes")), 10)
	b.Click("text=Continue")
	require.True(t, b.Shows("#codes"), "the browser demands the tick")
	b.Reload()
	require.False(t, b.Shows("#codes"))
	require.Contains(t, b.Text("main"), "already completed", "a reload says what has happened")
	b.Click("text=Go on")
	require.Equal(t, "/account", b.Value("location.pathname"))
}

func TestARememberedBrowserIsNotAskedForACode(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.enrolled(t, "Max Member")
		b := s.visit(t)
		b.Goto("/sign-in")
		enterPassword(b, who.email, password)
		b.Check("#remember_device", true)
		s.enterCode(t, b, who)
		b.WaitForPath("/account")
		b.Click("form[action='/sign-out'] button")
		enterPassword(b, who.email, password)
		b.WaitForPath("/account")

		s.settings(t, func(o *domain.OrgSettings) { o.RememberDeviceDays = 0 })
		b.Click("form[action='/sign-out'] button")
		enterPassword(b, who.email, password)
		b.WaitFor("#code")
		require.False(t, b.Shows("#remember_device"))
	})
}

func TestATemporaryPasswordIsReplaced(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.founder()
		s.signIn(t, owner)
		made := s.as(t, owner, "POST", "/members", map[string]any{
			"email": "new.member@example.org", "full_name": "New Member", "roles": []string{"member"}, "temporary_password": true,
		})
		b := s.visit(t)
		b.Goto("/sign-in")
		enterPassword(b, "new.member@example.org", made.text("temporary_password"))
		b.WaitFor("#new_password")
		b.Accessible()
		b.Type("#new_password", "short")
		b.WaitUntil("!document.querySelector('.strength').hidden")
		b.Type("#new_password_again", "short")
		b.Click("text=Continue")
		require.Contains(t, b.Text("#new_password-text"), "at least 12 characters")
		b.Type("#new_password", "two boats and a bridge")
		b.Type("#new_password_again", "two boats and a barge")
		b.Click("text=Continue")
		require.Contains(t, b.Text("#new_password_again-text"), "differ")
		b.Type("#new_password", "two boats and a bridge")
		b.Type("#new_password_again", "two boats and a bridge")
		b.Click("text=Continue")
		b.WaitForPath("/account")
	})
}

func TestALockedAccountSaysHowLong(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Max Member", domain.RoleMember)
	b := s.visit(t)
	b.Goto("/sign-in")
	for range 5 {
		enterPassword(b, who.email, "a wrong password")
		require.Contains(t, b.Text(".alert.bad"), "wrong")
	}
	enterPassword(b, who.email, password)
	require.Regexp(t, `You can try again in 1\d minutes`, b.Text(".alert.bad"))
	b.Accessible()
	b.Click("text=Reset the password")
	b.WaitForPath("/forgot-password")
}

func TestAnExpiredSignInStartsAgainWithTheAddress(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.enrolled(t, "Max Member")
	b := s.visit(t)
	b.Goto("/sign-in")
	enterPassword(b, who.email, password)
	s.clock.Advance(domain.ChallengeTTL + time.Second)
	s.enterCode(t, b, who)
	require.Contains(t, b.Text(".alert.bad"), "expired")
	require.Equal(t, who.email, b.Field("#email"))
	b.Type("#password", password)
	b.Click(signInButton)
	s.enterCode(t, b, who)
	b.WaitForPath("/account")
}

func TestTwoTabsAreAtDifferentSteps(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who, other := s.enrolled(t, "Max Member"), s.newPerson(t, "Olga Owner", domain.RoleOwner)
	one := s.visit(t)
	two := one.Another()
	one.Goto("/sign-in")
	two.Goto("/sign-in")
	enterPassword(one, who.email, password)
	enterPassword(two, other.email, password)
	two.Click("button[value=totp]")
	s.enterCode(t, one, who)
	one.WaitForPath("/account")
	two.Click("text=Type the key instead")
	other.secret = strings.ReplaceAll(two.Text("#secret"), " ", "")
	two.Type("#code", s.code(t, other))
	two.Click("text=Continue")
	two.Check("#kept", true)
	two.Click("text=Continue")
	two.WaitForPath("/account")
	require.Contains(t, two.Text("body"), "Olga Owner")
	one.Reload()
	require.Contains(t, one.Text("body"), "Olga Owner", "the browser has one session")
}

func TestASignInNeedsNoMouse(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.enrolled(t, "Max Member")
	b := s.visit(t)
	b.Goto("/sign-in")
	require.Equal(t, "true", b.Value("String(document.activeElement.id === 'email')"))
	b.Keys(who.email)
	b.Press("Tab")
	b.Keys(password)
	b.Press("Enter")
	b.WaitFor("#code")
	b.Keys(s.code(t, who))
	b.TabTo("#remember_device")
	b.Press("Space")
	b.Press("Enter")
	b.WaitForPath("/account")
}
