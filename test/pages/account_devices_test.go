package pages

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// remember signs a person in on a device that skips the second factor from then on, and uses it once.
func (s *service) remember(t *testing.T, who *person) {
	t.Helper()
	login := map[string]any{"email": who.email, "password": password}
	result := s.call(t, "POST", "/auth/login", login)
	result = s.call(t, "POST", "/auth/login/mfa", map[string]any{
		"challenge_token": result.text("challenge.token"), "code": s.code(t, who), "remember_device": true,
	})
	login["device_token"] = result.text("device_token")
	require.Equal(t, "authenticated", s.call(t, "POST", "/auth/login", login).text("status"))
}

func TestPeopleEndSessionsAndForgetDevices(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.newPerson(t, "Max Member", domain.RoleMember)
		s.signIn(t, who)
		s.enrol(t, who)
		s.remember(t, who)
		s.remember(t, who)
		b := s.tab(t, who)
		b.WithoutScripts()
		b.Goto("/account/devices")
		b.WaitForText("This session")
		b.WaitForText("Password, Remembered device")
		b.WaitForText("1 time")
		require.Equal(t, 2.0, b.Value("document.querySelectorAll('#devices ~ .entries > li').length"))

		b.Click("text=End the session")
		b.Click("text=End this session")
		b.WaitForText("The session was ended.")
		b.Click("text=Sign out everywhere else")
		b.Click("text=End all other sessions")
		b.WaitForText("All other sessions were ended.")
		require.False(t, b.Shows("text=End the session"))

		b.Click("text=Rename")
		b.Type("[name=name]", "Kitchen tablet")
		b.Click("text=Save")
		b.WaitForText("The device was renamed.")
		b.WaitForText("Kitchen tablet")
		b.Click("text=Forget")
		b.Click("text=Forget this device")
		b.WaitForText("The device was forgotten.")
		b.WaitForText("1 device was forgotten in the last month")
		b.Click("text=Forget all devices")
		b.Click("text=Forget every device")
		b.WaitForText("All devices were forgotten.")
		b.WaitForText("No device is remembered")

		b.Click("text=Sign out everywhere")
		b.Click("text=End all sessions")
		b.WaitForText("You are signed out everywhere.")
		b.Goto("/account")
		require.True(t, strings.HasPrefix(b.Path(), "/sign-in"), b.Path())
	})
}

func TestEndingWhatHasEndedIsHarmless(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Max Member", domain.RoleMember)
	c := s.client(t, who)
	for range 2 {
		require.Equal(t, "/account/devices?done=session_ended", c.post("/account/sessions/"+uuid.NewString()+"/end", nil).to())
		require.Equal(t, "/account/devices?done=device_forgotten", c.post("/account/devices/"+uuid.NewString()+"/forget", nil).to())
	}
	require.Equal(t, 404, c.post("/account/devices/"+uuid.NewString()+"/rename", url.Values{"name": {"Tablet"}}).status)
	require.Equal(t, 200, c.get("/account").status)
}

func TestADeviceKeepsTheNameThatWasRefused(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Max Member", domain.RoleMember)
	s.signIn(t, who)
	s.enrol(t, who)
	s.remember(t, who)
	c := s.client(t, who)
	devices := s.as(t, who, "GET", "/me/devices", nil).body["items"].([]any)
	path := "/account/devices/" + devices[0].(map[string]any)["id"].(string) + "/rename"
	long := strings.Repeat("x", 201)
	refused := c.post(path, url.Values{"name": {long}})
	require.Equal(t, 422, refused.status)
	require.Contains(t, refused.text, long)
	require.Contains(t, refused.text, "Enter 1 to 200 characters")
}
