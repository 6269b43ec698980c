package pages

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
)

func TestPeopleProtectTheirAccount(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.newPerson(t, "Max Member", domain.RoleMember)
		b := s.tab(t, who)
		b.WithoutScripts()
		b.Goto("/account/security")
		b.WaitForText("Your password alone signs you in.")

		b.Click("text=Set up an authenticator app")
		who.secret = appSecret(b)
		b.Type("[name=code]", "123")
		b.Click("text=Continue")
		b.WaitForText("Enter the six digits that the authenticator app shows.")
		require.Equal(t, who.secret, appSecret(b), "the same key is shown again")
		b.Type("[name=code]", s.code(t, who))
		b.Click("text=Continue")
		b.WaitForText("Your second factor is set up.")
		require.Len(t, strings.Fields(b.Text("#codes")), domain.RecoveryCodeCount)
		b.Check("[name=kept]", true)
		b.Click("text=Continue")
		b.WaitForText("10 of 10 codes are left.")

		first := confirmedCodes(t, s, b, who)
		b.Goto("/account/security")
		require.NotEqual(t, first, confirmedCodes(t, s, b, who))
		b.Goto("/account/security")
		b.Click("text=Remove all second factors")
		b.WaitForText("From then on your password alone signs you in.")
		b.Click("text=Remove all of them")
		b.Type("[name=step_up_code]", s.code(t, who))
		b.Click("text=Continue")
		b.WaitForText("Your second factors were removed.")
		b.WaitForText("Your password alone signs you in.")
	})
}

// appSecret returns the key that the page shows beside the QR code.
func appSecret(b *browser.Tab) string {
	b.WaitFor(".qr svg")
	return strings.ReplaceAll(b.Value("document.querySelector('#secret').textContent").(string), " ", "")
}

// confirmedCodes makes new recovery codes with a step-up in place and returns them.
func confirmedCodes(t *testing.T, s *service, b *browser.Tab, who *person) string {
	t.Helper()
	b.Click("text=Create new recovery codes")
	b.Click("text=Create new codes")
	b.WaitForText("Confirm that it is you")
	b.Type("[name=step_up_code]", s.code(t, who))
	b.Click("text=Continue")
	b.WaitForText("These are your new recovery codes.")
	return b.Text("#codes")
}

func TestPasskeysAreAddedRenamedAndRemoved(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		b := s.tab(t, s.newPerson(t, "Max Member", domain.RoleMember))
		laptop := b.AddAuthenticator(browser.Laptop)
		b.Goto("/account/security")
		b.Click("text=Add a passkey")
		b.Type("#passkey-new", "Laptop at work")
		b.Click("text=Continue")
		laptop.Touch("text=Create the passkey", "Your second factor is set up.")
		b.Check("[name=kept]", true)
		b.Click("text=Continue")
		b.WaitForText("Laptop at work")
		b.WaitForText("On one device only")

		b.Click("text=Rename")
		b.Type(".entries [name=name]", "Laptop at home")
		b.Click("text=Save")
		b.WaitForText("The passkey was renamed.")
		b.WaitForText("Laptop at home")
		b.Accessible()

		b.Click("text=Remove")
		b.WaitForText("It is your last second factor")
		b.Click("text=Remove this passkey")
		laptop.Touch("text=Use a passkey", "The passkey was removed.")
		b.WaitForText("Your password alone signs you in.")
	})
}

func TestAPasskeyThatIsRequiredStays(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	b := s.tab(t, s.newPerson(t, "Max Member", domain.RoleMember))
	laptop := b.AddAuthenticator(browser.Laptop)
	b.Goto("/account/security")
	b.Click("text=Add a passkey")
	b.Click("text=Continue")
	laptop.Touch("text=Create the passkey", "Your second factor is set up.")
	b.Accessible()
	b.Click("text=Sign out")
	laptop.Touch("[data-passkey]", "Member since")
	s.settings(t, func(set *domain.OrgSettings) { set.RequireTwoFactor = true })
	b.Goto("/account/security")
	b.Click("text=Remove")
	b.WaitForText("Your org requires this factor of your account")
	require.False(t, b.Shows("text=Remove this passkey"))
}

func TestANewPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Max Member", domain.RoleMember)
	other, c := s.client(t, who), s.client(t, who)
	form := url.Values{
		"current_password": {"not the password"}, "new_password": {"a green kettle on Mars"}, "new_password_again": {"a green kettle on Mars"},
	}
	require.Contains(t, c.get("/account/security/password").text, "ends all your other sessions")
	wrong := c.post("/account/security/password", form)
	require.Equal(t, 422, wrong.status)
	require.Contains(t, wrong.text, "The current password is wrong")
	require.NotContains(t, wrong.text, "kettle")

	form.Set("current_password", password)
	form.Set("new_password_again", "a green kettle on Venus")
	require.Equal(t, 422, c.post("/account/security/password", form).status)
	form.Set("new_password", "password1234")
	form.Set("new_password_again", "password1234")
	require.Contains(t, c.post("/account/security/password", form).text, "common password")

	form.Set("new_password", "a green kettle on Mars")
	form.Set("new_password_again", "a green kettle on Mars")
	require.Equal(t, "/account/security?done=password_changed", c.post("/account/security/password", form).to())
	require.Equal(t, 200, c.get("/account").status)
	require.Equal(t, 303, other.get("/account").status)
}

func TestAStepUpInPlaceIsGivenBackAndWarnsOfFewCodes(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Anton Admin", domain.RoleAdmin)
	c := s.client(t, who)
	s.settings(t, func(set *domain.OrgSettings) { set.MFARequiredActions = []domain.Action{domain.ActionAccountUpdate} })
	current := version.FindStringSubmatch(c.get("/account").text)[1]
	form := url.Values{
		"full_name": {strings.Repeat("n", 201)}, "version": {current}, "step_up_action": {"account.update"}, "step_up_code": {s.code(t, who)},
	}
	refused := c.post("/account/name", form)
	require.Equal(t, 422, refused.status)
	token := stepUp.FindStringSubmatch(refused.text)
	require.Len(t, token, 2, "the step-up is not used up")
	done := c.post("/account/name", url.Values{"full_name": {"Anton"}, "version": {current}, "step_up_token": {token[1]}})
	require.Equal(t, "/account?done=name_changed", done.to())

	for _, code := range who.recoveryCodes[:7] {
		c.post("/account/name", url.Values{
			"full_name": {"Anton"}, "version": {"1"}, "step_up_action": {"account.update"}, "step_up_recovery_code": {code},
		})
	}
	require.Contains(t, c.get("/account/security").text, "Only 3 codes are left.")
}

var stepUp = regexp.MustCompile(`name="step_up_token" value="([^"]+)"`)

func TestWhatTheOrgDemandsAndTheAccountLacksIsSaid(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Anton Admin", domain.RoleAdmin)
	c := s.client(t, who)
	require.NotContains(t, c.get("/account/security").text, "requires a second factor")
	form := url.Values{"step_up_action": {"mfa.disable"}, "step_up_code": {s.code(t, who)}}
	require.Equal(t, "/account/security?done=factors_removed", c.post("/account/security/disable", form).to())
	require.Equal(t, "/account/security?done=factors_removed", c.post("/account/security/disable", nil).to())
	require.Contains(t, c.get("/account/security").text, "Your org requires a second factor, and you have none.")
}
