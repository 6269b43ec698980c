package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/browser"
)

// signInByForm posts the first step of a sign-in.
func (c *client) signInByForm(who *person) answered {
	c.t.Helper()
	return c.post("/sign-in", url.Values{"email": {who.email}, "password": {password}})
}

func TestTheSessionCookieIsHiddenFromScriptsAndOtherSites(t *testing.T) {
	t.Parallel()
	for public, want := range map[string]http.Cookie{
		"http://localhost:8000":  {Name: "sole_session"},
		"https://id.example.org": {Name: "__Host-sole_session", Secure: true},
		"http://id.example.org":  {Name: "__Host-sole_session", Secure: true},
	} {
		s := embeddedWith(t, func(c *bootstrap.Config) { c.PublicURL = public })
		p := s.client(t, nil).signInByForm(s.newPerson(t, "Max Member", domain.RoleMember))
		require.Equal(t, http.StatusSeeOther, p.status, p.text)
		require.Len(t, p.cookies, 1, public)
		got := p.cookies[0]
		require.Equal(t, want.Name, got.Name, public)
		require.Equal(t, want.Secure, got.Secure, public)
		require.True(t, got.HttpOnly, public)
		require.Equal(t, http.SameSiteLaxMode, got.SameSite, public)
		require.Equal(t, "/", got.Path, public)
		require.Empty(t, got.Domain, public)
		require.Equal(t, int(s.app.Config.SessionLifetime.Seconds()), got.MaxAge, public)
	}
}

// TestDamagedAndForeignCookiesLeadToTheSignIn sends cookies that no longer are a session here, or never were one.
func TestDamagedAndForeignCookiesLeadToTheSignIn(t *testing.T) {
	t.Parallel()
	s, elsewhere := embedded(t), embedded(t)
	person := s.newPerson(t, "Max Member", domain.RoleMember)
	s.signIn(t, person)
	stranger := elsewhere.newPerson(t, "Max Member", domain.RoleMember)
	elsewhere.signIn(t, stranger)
	name, good := person.cookie()
	_, foreign := stranger.cookie()
	access, refresh, _ := strings.Cut(good, "~")
	for _, value := range []string{
		"~", "x", "x~y", access, access + "~", "~" + refresh, refresh + "~" + access, good[1:], foreign, "~~~~",
		strings.Repeat("a", 3000), access[:len(access)-2] + "AA~" + refresh, "%00", "eyJhbGciOiJub25lIn0.e30.~" + refresh,
	} {
		c := s.client(t, nil)
		c.cookies[name] = value
		p := c.get("/account")
		if access+"~" == value { // it was not needed yet
			require.Equal(t, http.StatusOK, p.status)
			continue
		}
		require.Equal(t, http.StatusSeeOther, p.status, "%q: %s", value, p.text)
		require.Contains(t, p.to(), "/sign-in", "%q", value)
		require.NotContains(t, c.cookies, name, "%q is forgotten", value)
		c.cookies[name] = value
		require.Equal(t, http.StatusOK, c.get("/sign-in").status, "%q", value)
		c.cookies[name] = value
		require.Equal(t, http.StatusSeeOther, c.signInByForm(person).status, "%q", value)
		require.Equal(t, http.StatusOK, c.get("/account").status, "%q", value)
	}
}

func TestASessionGoesOnWhileItIsUsedAndEndsEverywhereAtOnce(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	person := s.newPerson(t, "Max Member", domain.RoleMember)
	one, other := s.client(t, nil), s.client(t, nil)
	one.signInByForm(person)
	other.signInByForm(person)
	first := one.cookies["sole_session"]
	for range 4 {
		s.clock.Advance(20 * time.Minute)
		require.Equal(t, http.StatusOK, one.get("/account").status)
		require.Equal(t, http.StatusOK, other.get("/account").status)
	}
	require.NotEqual(t, first, one.cookies["sole_session"], "it was refreshed")

	s.signIn(t, person)
	s.as(t, person, "POST", "/auth/logout-all", nil)
	for _, c := range []*client{one, other} {
		p := c.get("/account")
		require.Equal(t, http.StatusSeeOther, p.status)
		require.Contains(t, p.to(), "why=signed_out_everywhere")
		require.Empty(t, c.cookies)
	}
	one.signInByForm(person)
	s.clock.Advance(31 * time.Minute)
	p := one.get("/account")
	require.Contains(t, p.to(), "why=session_expired", "nobody used it")
}

func TestASuspendedAccountIsShutOutAtOnce(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	person := s.newPerson(t, "Max Member", domain.RoleMember)
	founder := s.founder()
	s.signIn(t, founder)
	c := s.client(t, person)
	s.as(t, founder, "POST", "/members/"+person.id+"/suspend", nil)
	require.Contains(t, c.get("/account").to(), "/sign-in")
}

func TestTheButtonBackShowsNothingAfterASignOut(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s *service) {
		b := s.tab(t, s.newPerson(t, "Max Member", domain.RoleMember))
		b.Goto("/account")
		require.Contains(t, b.Text("body"), "Max Member")
		second := b.Another()
		second.Goto("/account")
		second.Goto("/account?again")
		b.Click("form[action='/sign-out'] button")
		require.Equal(t, "/sign-in", b.Value("location.pathname"))
		require.Empty(t, b.Cookies())
		for _, tab := range []*browser.Tab{b, second} {
			tab.Goto("/account")
			require.NotContains(t, tab.Text("body"), "Max Member")
			tab.Back()
			require.NotContains(t, tab.Text("body"), "Max Member")
			require.Equal(t, "/sign-in", tab.Value("location.pathname"))
		}
	})
}
