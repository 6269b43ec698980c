package pages

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
)

// enrolPasskey signs an owner in for the first time, with a new passkey.
func enrolPasskey(t *testing.T, b *browser.Tab, key browser.Authenticator, who *person) {
	t.Helper()
	b.Goto("/sign-in")
	enterPassword(b, who.email, password)
	b.Click("button[value=passkey]")
	b.WaitFor("button.passkey")
	b.Accessible()
	key.Touch("button.passkey", "Your recovery codes")
	require.Len(t, strings.Fields(b.Text("#codes")), 10)
	b.Check("#kept", true)
	b.Click("form[action='/sign-in/done'] button")
	b.WaitForPath("/account")
}

func TestAPasskeyIsEnrolledAndSignsInAlone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.newPerson(t, "Olga Owner", domain.RoleOwner)
		b := s.visit(t)
		key := b.AddAuthenticator(browser.Laptop)
		enrolPasskey(t, b, key, who)
		passkeys := key.Remove()
		require.Len(t, passkeys, 1)

		alone := s.visit(t)
		touched := alone.AddAuthenticator(browser.Laptop, passkeys...)
		alone.Goto("/sign-in?return_to=/account/devices")
		touched.Touched(true)
		alone.Click("text=Sign in with a passkey")
		alone.WaitForPath("/account/devices")
		require.Contains(t, alone.Text("body"), "Olga Owner")
	})
}

func TestTheBrowserSuggestsPasskeysInTheFieldForTheAddress(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Olga Owner", domain.RoleOwner)
	b := s.visit(t)
	key := b.AddAuthenticator(browser.Laptop)
	enrolPasskey(t, b, key, who)
	passkeys := key.Remove()

	other := s.visit(t)
	touched := other.AddAuthenticator(browser.Laptop, passkeys...)
	touched.Touched(true) // the person chooses the suggestion
	other.Goto("/sign-in")
	other.WaitForPath("/account")
	require.Contains(t, other.Text("body"), "Olga Owner")
}

func TestAPasskeyIsTheSecondFactorAfterAPassword(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Olga Owner", domain.RoleOwner)
	b := s.visit(t)
	key := b.AddAuthenticator(browser.Laptop)
	enrolPasskey(t, b, key, who)
	b.Click("form[action='/sign-out'] button")
	enterPassword(b, who.email, password)
	b.WaitFor("button.passkey")
	require.False(t, b.Shows("#code"), "the account has no authenticator app")
	b.Accessible()
	key.Touched(true)
	b.Click("text=Use a passkey")
	b.WaitForPath("/account")
}
