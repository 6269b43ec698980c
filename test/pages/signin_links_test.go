package pages

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

const newPassword = "two boats and a bridge"

func TestAForgottenPasswordIsResetByEmail(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.newPerson(t, "Max Member", domain.RoleMember)
		b := s.visit(t)
		b.Goto("/sign-in")
		b.Click("text=Forgotten your password?")
		b.Accessible()
		b.Type("#email", who.email)
		b.Click("text=Send the link")
		require.Contains(t, b.Text(".alert.good"), who.email)
		link := s.link(t, domain.EmailPasswordForgotten, 1)

		b.Goto(link)
		require.Contains(t, b.Text("main"), who.email)
		b.Accessible()
		b.Type("#new_password", "short")
		b.Type("#new_password_again", "short")
		b.Click("text=Set the password")
		require.Contains(t, b.Text("#new_password-text"), "at least 12 characters")
		b.Type("#new_password", newPassword)
		b.Type("#new_password_again", newPassword)
		b.Click("text=Set the password")
		require.Equal(t, who.email, b.Field("#email"))
		b.Type("#password", newPassword)
		b.Click(signInButton)
		b.WaitForPath("/account")

		again := s.visit(t)
		again.Goto(link)
		require.Contains(t, again.Text("main"), "already used")
		again.Click("text=Request another link")
		require.Equal(t, "/forgot-password", again.Value("location.pathname"))
	})
}

func TestAnInvitationIsAccepted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner := s.founder()
		s.signIn(t, owner)
		s.as(t, owner, "POST", "/members", map[string]any{
			"email": "new.member@example.org", "full_name": "New Member", "roles": []string{"member"},
		})
		b := s.visit(t)
		b.WithoutScripts()
		link := s.link(t, domain.EmailInvitation, 1)
		b.Goto(link)
		require.Equal(t, "Welcome to Default", b.Text("h1"))
		b.Type("#new_password", newPassword)
		b.Type("#new_password_again", newPassword)
		b.Click("text=Set the password")
		require.Equal(t, "new.member@example.org", b.Field("#email"))
		b.Type("#password", newPassword)
		b.Click(signInButton)
		require.Equal(t, "/account", b.Value("location.pathname"))
		b.Goto(link)
		require.Contains(t, b.Text("main"), "ask the person who invited you")
	})
}

func TestAnOldLinkWithItsTokenAfterTheHashStillWorks(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Max Member", domain.RoleMember)
	s.call(t, "POST", "/auth/password/forgot", map[string]any{"email": who.email})
	b := s.visit(t)
	b.Goto("/reset-password")
	require.Contains(t, b.Text("main"), "incomplete")
	b.Goto("/sign-in")
	b.Goto(strings.Replace(s.link(t, domain.EmailPasswordForgotten, 1), "?token=", "#token=", 1))
	require.NotContains(t, b.Value("location.href"), "token")
	b.Type("#new_password", newPassword)
	b.Type("#new_password_again", newPassword)
	b.Click("text=Set the password")
	b.WaitFor("#password")
	require.Equal(t, who.email, b.Field("#email"))
}

func TestTheVisitorChoosesAnOrg(t *testing.T) {
	t.Parallel()
	onEachWith(t, multi, func(t *testing.T, s *service) {
		acme := s.newOrg(t, "Acme", "acme")
		who := acme.newPerson(t, "Ada Acme", domain.RoleMember)
		b := s.visit(t)
		b.Goto("/account/devices")
		require.Equal(t, "Which org?", b.Text("h1"))
		b.Accessible()
		b.Type("#org", "nowhere")
		b.Click("text=Continue")
		require.Contains(t, b.Text(".alert.bad"), "no such org")
		b.Type("#org", "ACME")
		b.Click("text=Continue")
		require.Contains(t, b.Text(".brand"), "Acme")
		b.Accessible()
		enterPassword(b, who.email, "a wrong password")
		require.Contains(t, b.Text(".brand"), "Acme")
		b.Type("#password", password)
		b.Click(signInButton)
		b.WaitForPath("/account/devices")
		b.Click("form[action='/sign-out'] button")
		require.Contains(t, b.Text(".brand"), "Acme", "the browser keeps the org")
		b.Click("text=Choose another org")
		b.Click("text=Find my org")
		b.Accessible()
		b.Type("#email", who.email)
		b.Click("text=Send the list")
		require.Contains(t, s.emails(t, domain.EmailOrgDiscovery, 1)[0].text, "Acme")

		host := acme.visit(t)
		host.Goto("/sign-in")
		require.Contains(t, host.Text(".brand"), "Acme", "the host names the org")
		enterPassword(host, who.email, password)
		host.WaitForPath("/account")
	})
}
