package pages

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// pictureFile returns the path of a picture in a file of the test.
func pictureFile(t *testing.T) string {
	t.Helper()
	drawn := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	for i := range drawn.Pix {
		drawn.Pix[i] = 200
	}
	drawn.Set(1, 1, color.White)
	var content bytes.Buffer
	require.NoError(t, png.Encode(&content, drawn))
	path := filepath.Join(t.TempDir(), "me.png")
	require.NoError(t, os.WriteFile(path, content.Bytes(), 0o600))
	return path
}

func TestPeopleManageTheirProfile(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		who := s.newPerson(t, "Ada Lovelace", domain.RoleMember)
		b := s.tab(t, who)
		b.WithoutScripts()
		b.Goto("/account")
		b.WaitForText("Member since")

		b.Type("[name=full_name]", "Ada King")
		b.Click("text=Save")
		b.WaitForText("Your name was changed.")
		require.Equal(t, "Ada King", b.Field("[name=full_name]"))

		b.Upload("[name=file]", pictureFile(t))
		b.Click("text=Upload the picture")
		b.WaitForText("Your picture was changed.")
		b.Click("text=Remove the picture")
		b.Click("text=Remove it")
		b.WaitForText("Your picture was removed.")
		require.False(t, b.Shows("text=Remove the picture"))

		b.Type("[name=new_email]", "countess@example.org")
		b.Click("text=Change the address")
		b.WaitForText("A message with a link was sent to the new address.")
		b.WaitForText("A message was sent to countess@example.org.")
		require.Equal(t, "<countess@example.org>", s.emails(t, domain.EmailConfirmAddress, 1)[0].to)

		b.Choose("[name=language]", "de")
		b.Click("text=Use this language")
		b.WaitForText("Mitglied seit")
		require.Empty(t, b.Faults())
	})
}

func TestANameChangedElsewhereIsShownBesideTheTypedOne(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	b := s.tab(t, s.newPerson(t, "Ada Lovelace", domain.RoleMember))
	b.Goto("/account")
	other := b.Another()
	other.Goto("/account")
	other.Type("[name=full_name]", "Ada Byron")
	other.Click("text=Save")
	other.WaitForText("Your name was changed.")

	b.Type("[name=full_name]", "Ada King")
	b.Click("text=Save")
	b.WaitForText("What you entered")
	require.Contains(t, b.Text("dl.conflict"), "Ada King")
	require.Contains(t, b.Text("dl.conflict"), "Ada Byron")
	b.Accessible()
	b.Click("text=Save what I entered")
	b.WaitForText("Your name was changed.")
	require.Equal(t, "Ada King", b.Field("[name=full_name]"))
}

var version = regexp.MustCompile(`name="version" value="(\d+)"`)

func TestANameSentTwiceIsChangedOnce(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	c := s.client(t, s.newPerson(t, "Ada Lovelace", domain.RoleMember))
	form := url.Values{"full_name": {"Ada King"}, "version": {version.FindStringSubmatch(c.get("/account").text)[1]}}
	for range 2 {
		require.Equal(t, "/account?done=name_changed", c.post("/account/name", form).to())
	}
}

func TestAFixedProfileSaysSo(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	c := s.client(t, s.newPerson(t, "Ada Lovelace", domain.RoleMember))
	s.settings(t, func(set *domain.OrgSettings) { set.AllowProfileEdit, set.AllowUserDataExport = false, false })
	shown := c.get("/account").text
	for _, text := range []string{"change their names", "change their pictures", "change their addresses", "download their data"} {
		require.Contains(t, shown, "Your org does not let its members "+text)
	}
	require.NotContains(t, shown, `action="/account/name"`)
	require.Equal(t, 403, c.post("/account/name", url.Values{"full_name": {"Eve"}, "version": {"1"}}).status)
	require.Equal(t, 403, c.post("/account/email", url.Values{"new_email": {"eve@example.org"}}).status)
	require.Equal(t, 403, c.post("/account/export", nil).status)
	require.Equal(t, 403, c.upload("me.png", "x").status)
}

// upload posts a file as the picture of the account.
func (c *client) upload(name, content string) answered {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	require.NoError(c.t, err)
	_, err = part.Write([]byte(content))
	require.NoError(c.t, err)
	require.NoError(c.t, form.Close())
	return c.send(http.MethodPost, "/account/picture", body.String(), "Content-Type", form.FormDataContentType(),
		"Origin", c.origin, "Sec-Fetch-Site", "same-origin")
}

func TestPicturesAreServedToTheirOwnerSafely(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	c := s.client(t, s.newPerson(t, "Ada Lovelace", domain.RoleMember))

	drawn := c.get("/account/picture")
	require.Equal(t, "image/svg+xml", drawn.header.Get("Content-Type"))
	require.Contains(t, drawn.text, ">AL</text>")

	require.Equal(t, 422, c.upload("evil.png", "<script>alert(1)</script>").status)
	require.Equal(t, 422, c.upload("", "").status)
	content, err := os.ReadFile(pictureFile(t))
	require.NoError(t, err)
	require.Equal(t, "/account?done=picture_changed", c.upload("me.png", string(content)).to())

	stored := c.get("/account/picture")
	require.Equal(t, "image/png", stored.header.Get("Content-Type"))
	for _, answer := range []answered{drawn, stored} {
		require.Equal(t, "nosniff", answer.header.Get("X-Content-Type-Options"))
		require.Contains(t, answer.header.Get("Content-Security-Policy"), "sandbox; default-src 'none'")
		require.Contains(t, answer.header.Get("Cache-Control"), "private")
	}
	require.Equal(t, http.StatusNotModified, c.get("/account/picture", "If-None-Match", stored.header.Get("ETag")).status)
	require.Equal(t, http.StatusSeeOther, s.client(t, nil).get("/account/picture").status)
	require.Contains(t, c.get("/account").text, "/account/picture?of=")
	for range 2 {
		require.Equal(t, "/account?done=picture_removed", c.post("/account/picture/remove", nil).to())
	}
}

func TestTheExportIsADownloadThatMayNeedAStepUp(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Ada Lovelace", domain.RoleAdmin)
	c := s.client(t, who)
	s.settings(t, func(set *domain.OrgSettings) { set.MFARequiredActions = []domain.Action{domain.ActionDataExport} })

	asked := c.post("/account/export", nil)
	require.Equal(t, 200, asked.status)
	require.Contains(t, asked.text, "Confirm that it is you")
	refused := c.post("/account/export", url.Values{"step_up_action": {"data.export"}, "step_up_code": {"000000"}})
	require.Equal(t, 422, refused.status)
	require.Contains(t, refused.text, "The code is wrong")

	sent := c.post("/account/export", url.Values{"step_up_action": {"data.export"}, "step_up_code": {s.code(t, who)}})
	require.Equal(t, 200, sent.status)
	require.Equal(t, `attachment; filename="account.json"`, sent.header.Get("Content-Disposition"))
	require.Contains(t, sent.header.Get("Content-Security-Policy"), "sandbox")
	require.Equal(t, "no-store", sent.header.Get("Cache-Control"))
	var held struct {
		Account struct{ Email string }
		Events  []any `json:"audit_events"`
	}
	require.NoError(t, json.Unmarshal([]byte(sent.text), &held))
	require.Equal(t, who.email, held.Account.Email)
	require.NotEmpty(t, held.Events)
}

func TestAnAddressNeedsAFreshSignInAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Ada Lovelace", domain.RoleMember)
	c := s.client(t, who)
	s.clock.Advance(domain.FreshSignInAge + 1)
	form := url.Values{"new_email": {"countess@example.org"}}

	asked := c.post("/account/email", form)
	require.Contains(t, asked.text, "Enter your current password to continue.")
	require.Contains(t, asked.text, `name="new_email" value="countess@example.org"`)
	form.Set("current_password", "wrong password here")
	wrong := c.post("/account/email", form)
	require.Equal(t, 422, wrong.status)
	require.Contains(t, wrong.text, "The current password is wrong")
	require.Contains(t, wrong.text, `name="new_email" value="countess@example.org"`)
	require.NotContains(t, wrong.text, "wrong password here")
	form.Set("current_password", password)
	require.Equal(t, "/account?done=email_requested", c.post("/account/email", form).to())

	require.Contains(t, c.post("/account/email", url.Values{"new_email": {"nonsense"}}).text, "Enter an email address such as")
}

func TestLongNamesDoNotBreakThePages(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	b := s.tab(t, s.newPerson(t, strings.Repeat("a", 50), domain.RoleMember))
	b.Size(360, 800)
	b.Goto("/account")
	b.Type("[name=full_name]", strings.Repeat("W", 200))
	b.Click("text=Save")
	b.WaitForText("Your name was changed.")
	for _, path := range []string{"/account", "/account/security", "/account/devices", "/account/org"} {
		b.Goto(path)
		fits(t, b, path)
	}
}

func TestTheRulesOfTheOrgAreSaidInWords(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	c := s.client(t, s.newPerson(t, "Ada Lovelace", domain.RoleMember))
	shown := c.get("/account/org").text
	require.Contains(t, shown, "Not required. You can set one up")
	require.Contains(t, shown, "skips the second factor for 30 days")
	require.Contains(t, shown, "Until you have done nothing for 30 minutes")
	require.Contains(t, shown, "At least 12 characters")
	require.NotContains(t, shown, "Reset a member’s second factor", "it is nothing that a member does")

	admin := s.client(t, s.newPerson(t, "Anton Admin", domain.RoleAdmin))
	shown = admin.get("/account/org").text
	require.Contains(t, shown, "Required, because you have an admin role")
	require.Contains(t, shown, "Change the settings of the org.")
	s.settings(t, func(set *domain.OrgSettings) {
		set.RequireTwoFactor, set.RememberDeviceDays = true, 0
		set.MFARequiredActions = []domain.Action{domain.ActionDataExport, domain.ActionRoleAssign}
	})
	shown = admin.get("/account/org").text
	require.Contains(t, shown, "Required: everyone here needs a second factor")
	require.Contains(t, shown, "does not remember devices")
	require.Contains(t, shown, "Because Default wants it")
	require.Contains(t, shown, "<li>Assign roles</li>")
}
