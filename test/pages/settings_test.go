package pages

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
)

// enter changes the value of a setting in the form and returns the value that the API then shows.
func enter(t *testing.T, b *browser.Tab, setting domain.Setting) any {
	t.Helper()
	field := "#" + setting.Name
	switch value := setting.Value.(type) {
	case domain.Switch:
		b.Check(field, !value.Default)
		return !value.Default
	case domain.Number:
		b.Type(field, strconv.Itoa(value.Max))
		return float64(value.Max)
	case domain.ActionList:
		b.Check(field+"-data\\.export", true)
		return []any{"data.export"}
	case domain.Choice:
		b.Choose(field, value.Words[1])
		return value.Words[1]
	case domain.Text:
		b.Choose(field, "de")
		return "de"
	}
	require.Fail(t, "the form knows no such setting", "%s %T", setting.Name, setting.Value)
	return nil
}

func TestEverySettingIsInTheFormAndSaved(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	owner := s.founder()
	b := s.tab(t, owner)
	b.WithoutScripts()
	b.Goto("/console/settings")
	b.Click("text=Review the changes")
	b.WaitForText("Nothing was changed.")
	want := map[string]any{}
	for _, setting := range domain.Settings() {
		if setting.Name == "phishing_resistant" {
			continue // the owner has no passkey: see below
		}
		want[setting.Name] = enter(t, b, setting)
	}
	b.Click("text=Review the changes")
	require.Contains(t, b.Text("main"), "In force is 30", "the service allows no longer session")
	b.Click("text=Back to the form")
	require.Equal(t, "1440", b.Field("#session_timeout_minutes"))
	b.Click("text=Review the changes")
	b.Click("text=Save the settings")
	b.WaitForText("The settings were saved.")
	saved := s.as(t, owner, "GET", "/org/settings", nil).body
	for name, value := range want {
		require.Equal(t, value, saved[name], name)
	}

	for _, setting := range domain.Settings() {
		if setting.Name == "phishing_resistant" {
			enter(t, b, setting)
		}
	}
	b.Click("text=Review the changes")
	require.Contains(t, b.Text("table"), "Accounts with an admin role")
	require.Contains(t, b.Text("main"), "Your own session ends.")
}

func TestRequiringASecondFactorShowsWhomItConcernsFirst(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		owner, person := s.founder(), s.newPerson(t, "Max Member", domain.RoleMember)
		s.signIn(t, person)
		b := s.tab(t, owner)
		b.Goto("/console/settings")
		b.Check("#require_two_factor", true)
		b.Click("text=Review the changes")
		text := b.Text("main")
		require.Contains(t, text, "One session ends.")
		require.Contains(t, text, "One account must set up a second factor or a passkey")
		b.Accessible()
		require.Equal(t, false, s.as(t, owner, "GET", "/org/settings", nil).body["require_two_factor"], "nothing is saved yet")
		b.Click("text=Save the settings")
		b.WaitForText("The settings were saved.")
		result := s.call(t, "POST", "/auth/login", map[string]any{"email": person.email, "password": password})
		require.Equal(t, "mfa_enrollment_required", result.text("status"))
	})
}

func TestSettingsThatCannotBeAreExplainedAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	b := s.tab(t, s.founder())
	b.WithoutScripts()
	b.Goto("/console/settings")
	b.Value("document.querySelector('form[action=\"/console/settings\"]').noValidate = true")
	b.Type("#remember_device_days", "400")
	b.Type("#audit_log_retention_days", "-5")
	b.Check("#require_two_factor", true)
	b.Click("text=Review the changes")
	require.Equal(t, http.StatusUnprocessableEntity, b.Document().Status)
	require.Contains(t, b.Text("#remember_device_days-text"), "from 0 to 365")
	require.Contains(t, b.Text("#audit_log_retention_days-text"), "from 0 to 36,500")
	require.Equal(t, "400", b.Field("#remember_device_days"))
	require.Equal(t, true, b.Value("document.querySelector('#require_two_factor').checked"))
}

func TestAConflictOfSettingsShowsBothValues(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	first := s.tab(t, s.founder())
	first.Goto("/console/settings")
	second, third := first.Another(), first.Another()
	second.Goto("/console/settings")
	third.Goto("/console/settings")
	third.Type("#remember_device_days", "3")
	third.Click("text=Review the changes")
	first.Type("#remember_device_days", "7")
	first.Click("text=Review the changes")
	first.Click("text=Save the settings")
	first.WaitForText("The settings were saved.")

	second.Type("#remember_device_days", "14")
	second.Click("text=Review the changes")
	require.Equal(t, http.StatusPreconditionFailed, second.Document().Status)
	for _, part := range []string{"Days for which devices are remembered", "7", "14"} {
		require.Contains(t, second.Text(".alert table"), part)
	}
	second.Accessible()
	second.Click("text=Review the changes")
	second.Click("text=Save the settings")
	second.WaitForText("The settings were saved.")

	third.Click("text=Save the settings")
	require.Equal(t, http.StatusPreconditionFailed, third.Document().Status)
	require.Contains(t, third.Text(".alert table"), "14")
	require.Equal(t, "3", third.Field("#remember_device_days"))
	third.Click("text=Discard my entries and take the saved values")
	require.Equal(t, "14", third.Field("#remember_device_days"))
}

// TestSettingsThatLockOutTheLastOwnerAreExplained lets an owner come by a remembered device until their second factor was not used
// for thirty days.
func TestSettingsThatLockOutTheLastOwnerAreExplained(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	owner := s.founder()
	s.settings(t, func(set *domain.OrgSettings) { set.RememberDeviceDays = 365 })
	s.signIn(t, owner)
	challenge := s.call(t, "POST", "/auth/login", map[string]any{"email": owner.email, "password": password}).text("challenge.token")
	device := s.call(t, "POST", "/auth/login/mfa", map[string]any{
		"challenge_token": challenge, "code": s.code(t, owner), "remember_device": true,
	}).text("device_token")
	s.clock.Advance(31 * 24 * time.Hour)
	again := s.call(t, "POST", "/auth/login", map[string]any{"email": owner.email, "password": password, "device_token": device})
	owner.access, owner.refresh = again.text("tokens.access_token"), again.text("tokens.refresh_token")
	b := s.visit(t)
	b.SetCookie(owner.cookie())
	b.Goto("/console/settings")
	b.Type("#remember_device_days", "0")
	b.Click("text=Review the changes")
	require.Contains(t, b.Text(".alert.bad"), "lock out the last owner")
	require.False(t, b.Shows("text=Save the settings"))
	b.Accessible()
	b.Click("text=Back to the form")
	require.Equal(t, "0", b.Field("#remember_device_days"))

	c := &client{t: t, origin: s.origin, cookies: map[string]string{}}
	name, value := owner.cookie()
	c.cookies[name] = value
	form := url.Values{"version": {fmt.Sprint(s.as(t, owner, "GET", "/org/settings", nil).body["policy_version"])}}
	for _, setting := range domain.Settings() {
		form.Set(setting.Name, fmt.Sprint(b.Value("document.querySelector('[name="+setting.Name+"]').value")))
	}
	form.Del("mfa_required_actions")
	form.Del("require_two_factor")
	p := c.post("/console/settings/apply", form)
	require.Equal(t, http.StatusConflict, p.status, p.text)
	require.Contains(t, p.text, "lock out the last owner")
}

func TestThoseWhoMayNotChangeSettingsReadThem(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	c := s.client(t, s.newPerson(t, "Ann Auditor", domain.RoleAuditor))
	p := c.get("/console/settings")
	require.Equal(t, http.StatusOK, p.status)
	require.NotContains(t, p.text, "/console/settings/apply")
	require.NotContains(t, p.text, `action="/console/settings"`)
	for _, name := range []string{"Second factor for everyone", "Days for which the audit log is kept", "180"} {
		require.Contains(t, p.text, name)
	}
	require.Equal(t, http.StatusForbidden, c.post("/console/settings", url.Values{}).status)
}
