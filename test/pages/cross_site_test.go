package pages

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// TestNoFormCanBePostedFromAnotherSite posts to every route with the cookie of an owner, as pages of others could make a browser do.
func TestNoFormCanBePostedFromAnotherSite(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, multi)
	owner := s.client(t, s.founder())
	for _, r := range routes() {
		if r.method == http.MethodGet {
			continue
		}
		for _, headers := range [][]string{
			{"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"},
			{"Sec-Fetch-Site", "cross-site", "Origin", owner.origin},
			{"Sec-Fetch-Site", "bogus"},
			{"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
			{"Sec-Fetch-Site", "", "Origin", "null"},
			{"Sec-Fetch-Site", "", "Origin", owner.origin + ".evil.example"},
			{"Sec-Fetch-Site", "", "Origin", "http://localhost"},
			{"Sec-Fetch-Site", "", "Origin", "http://acme-inc." + owner.origin[len("http://"):]},
			{"Sec-Fetch-Site", "", "Origin", "http://" + owner.origin[len("http://"):] + "@evil.example"},
		} {
			p := owner.post(r.at("00000000-0000-4000-8000-00000000dead"), url.Values{}, headers...)
			require.Equal(t, http.StatusForbidden, p.status, "%v with %q", r, headers)
			require.Empty(t, p.cookies, r)
		}
	}
	require.Equal(t, http.StatusOK, owner.get("/account").status, "the session goes on")
}

// TestFormsArePostedByBrowsersOldAndNew posts what browsers send from a page of the service.
func TestFormsArePostedByBrowsersOldAndNew(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	for i, headers := range [][]string{
		{},
		{"Sec-Fetch-Site", "none", "Origin", ""},
		{"Sec-Fetch-Site", ""},
		{"Sec-Fetch-Site", "", "Origin", ""},
	} {
		c := s.client(t, s.newPerson(t, fmt.Sprint("Max ", i), domain.RoleMember))
		p := c.post("/sign-out", url.Values{}, headers...)
		require.Equal(t, http.StatusSeeOther, p.status, "%q: %s", headers, p.text)
		require.Equal(t, http.StatusSeeOther, c.get("/account").status)
	}
}

// hostile are values that a careless redirect takes for a path of its own, and browsers for another origin.
var hostile = []string{
	"https://evil.example/account", "//evil.example/account", `/\evil.example/account`, `\\evil.example\account`, "///evil.example",
	"/account\t//evil.example", "javascript:alert(1)", "data:text/html,x", "/%2Fevil.example", "/%5Cevil.example", "%2F%2Fevil.example",
	"/\t/evil.example", "/\n/evil.example", " //evil.example", "http:evil.example", "http:/evil.example", "//evil.example/%2e%2e",
	"/account/..//evil.example", "/account/%2e%2e//evil.example", "/account@evil.example", ".evil.example", "evil.example",
	"/account\r\nSet-Cookie: a=1", "/sign-out", "/api/v1/me", "/assets/app.css",
}

func TestNoRedirectLeadsElsewhere(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	signedIn, member := s.client(t, s.newPerson(t, "Max Member", domain.RoleMember)), s.newPerson(t, "Mia Member", domain.RoleMember)
	for _, to := range hostile {
		query := "?return_to=" + url.QueryEscape(to)
		p := signedIn.get("/sign-in" + query)
		require.Equal(t, "/account", p.to(), "%q", to)

		form := url.Values{"email": {member.email}, "password": {password}, "return_to": {to}}
		c := s.client(t, nil)
		p = c.post("/sign-in", form)
		require.Equal(t, http.StatusSeeOther, p.status, p.text)
		require.Equal(t, http.StatusOK, c.follow(p).status)
		require.Equal(t, "/account", c.at, "%q", to)

		p = signedIn.post("/language", url.Values{"language": {"de"}, "return_to": {to}})
		require.Equal(t, http.StatusSeeOther, p.status, p.text)
		signedIn.follow(p)
		require.NotContains(t, signedIn.at, "evil", "%q", to)
	}
	p := signedIn.get("/sign-in?return_to=" + url.QueryEscape("/account/security?a=b"))
	require.Equal(t, "/account/security?a=b", p.to())
}
