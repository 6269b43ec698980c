package pages

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
)

var challengeField = regexp.MustCompile(`name="challenge_token" value="([^"]+)"`)

// secondStep posts the password of a person and returns the form of the second step.
func (c *client) secondStep(who *person) url.Values {
	c.t.Helper()
	p := c.post("/sign-in", url.Values{"email": {who.email}, "password": {password}, "return_to": {"/account/devices"}})
	require.Equal(c.t, 200, p.status, p.text)
	require.NotContains(c.t, p.text, password)
	found := challengeField.FindStringSubmatch(p.text)
	require.NotNil(c.t, found, p.text)
	return url.Values{"challenge_token": {found[1]}, "return_to": {"/account/devices"}, "methods": {"totp"}, "email": {who.email}}
}

func TestAFormThatIsSentTwiceSaysWhatHappened(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Max Member", domain.RoleMember)
	s.signIn(t, who)
	s.enrol(t, who)
	c := s.client(t, nil)
	form := c.secondStep(who)
	form.Set("code", s.code(t, who))
	first := c.post("/sign-in/mfa", form)
	require.Equal(t, 303, first.status, first.text)
	second := c.post("/sign-in/mfa", form)
	require.Equal(t, 200, second.status)
	require.Contains(t, second.text, "already completed")
	require.Contains(t, second.text, `href="/account/devices"`)
	require.Empty(t, second.cookies, "the session stays")

	stranger := s.client(t, nil).post("/sign-in/mfa", form)
	require.Equal(t, 422, stranger.status)
	require.Contains(t, stranger.text, "Start again")
	require.Contains(t, stranger.text, who.email)
	require.NotContains(t, stranger.text, form.Get("challenge_token"))
}

func TestABrowserThatKeepsNoCookiesIsToldSo(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	who := s.newPerson(t, "Max Member", domain.RoleMember)
	c := s.client(t, nil)
	done := c.post("/sign-in", url.Values{"email": {who.email}, "password": {password}, "return_to": {"/account/devices"}})
	require.Equal(t, 303, done.status)
	kept := c.get(done.to())
	require.Equal(t, "/account/devices", kept.to())
	clear(c.cookies)
	refused := c.get(done.to())
	require.Equal(t, 200, refused.status)
	require.Contains(t, refused.text, "refused the cookie")
}

func TestOnlyKnownReasonsAreShownAtTheSignIn(t *testing.T) {
	t.Parallel()
	c := embedded(t).client(t, nil)
	require.Contains(t, c.get("/sign-in?why=session_expired").text, "alert info")
	for _, why := range []string{"", "nothing", "<b>hello</b>", "session_expired.more", "../title"} {
		text := c.get("/sign-in?" + url.Values{"why": {why}}.Encode()).text
		require.NotContains(t, text, "alert info")
		require.NotContains(t, text, "<b>hello")
	}
}

func TestASignInElsewhereEndsTheSessionThatTheBrowserHad(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	person, ada := s.newPerson(t, "Max Member", domain.RoleMember), s.newPerson(t, "Ada Member", domain.RoleMember)
	c := s.client(t, person)
	before := s.client(t, nil)
	name, value := person.cookie()
	before.cookies[name] = value
	require.Equal(t, 200, before.get("/account").status)
	done := c.post("/sign-in", url.Values{"email": {ada.email}, "password": {password}})
	require.Equal(t, 303, done.status)
	require.Contains(t, c.get("/account").text, "Ada Member")
	require.Equal(t, "/sign-in?return_to=%2Faccount&why=signed_out", before.get("/account").to())
}

func TestADeploymentWithoutPasskeysOffersNone(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, func(c *bootstrap.Config) { c.RPID = "" })
	require.NotContains(t, s.client(t, nil).get("/sign-in").text, "data-passkey")
}

func TestADeploymentWithoutEmailOffersNoLinkByEmail(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, func(c *bootstrap.Config) { c.Production = true })
	c := s.client(t, nil)
	for _, path := range []string{"/sign-in", "/forgot-password", "/reset-password?token=gone"} {
		text := c.get(path).text
		require.NotContains(t, text, `href="/forgot-password"`, path)
		require.NotContains(t, text, `action="/forgot-password"`, path)
		require.Contains(t, text, "Ask an administrator", path)
	}
}

func TestASuspendedOrgSaysSoAtTheSignIn(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, multi)
	operator := s.founder()
	s.signIn(t, operator)
	acme := s.as(t, operator, "POST", "/orgs", map[string]any{
		"name": "Acme", "slug": "acme", "owner": map[string]any{"email": "owner@example.org", "full_name": "Olga Owner"},
	})
	s.as(t, operator, "POST", "/orgs/"+acme.text("id")+"/suspend", nil)
	c := s.client(t, nil)
	asked := c.get("/sign-in?org=acme").text
	require.Contains(t, asked, "is suspended")
	require.Contains(t, asked, `name="org"`, "another org can be chosen")
	refused := c.post("/sign-in", url.Values{
		"email": {"owner@example.org"}, "password": {acme.text("owner.temporary_password")}, "org": {"acme"},
	})
	require.Equal(t, 422, refused.status)
	require.Contains(t, refused.text, "is suspended")
}
