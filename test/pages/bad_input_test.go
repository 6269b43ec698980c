package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// TestNoFormBreaksOnHugeOrStrangeFields posts to every route what nobody types.
func TestNoFormBreaksOnHugeOrStrangeFields(t *testing.T) {
	t.Parallel()
	s := embeddedWith(t, multi)
	founder := s.founder()
	names := []string{
		"email", "password", "new_password", "current_password", "code", "recovery_code", "challenge_token", "token", "name", "org",
		"full_name", "description", "slug", "return_to", "language", "credential", "q", "id", "methods", "days", "step_up_code",
	}
	for what, value := range map[string]string{
		"a megabyte":  strings.Repeat("ab ", 1<<20/3),
		"not UTF-8":   "\xff\xfe\x00",
		"right-left":  "\u202e\u0000\u2028<script>alert(1)</script>",
		"a long word": strings.Repeat("x", 5000),
	} {
		form := url.Values{}
		for i, name := range names {
			if what != "a megabyte" || i%7 == 0 {
				form.Set(name, value)
			}
		}
		for _, r := range routes() {
			if r.method == http.MethodGet || r.path == "/sign-out" || strings.HasPrefix(r.path, "/account/sessions/end") {
				continue
			}
			for who, c := range map[string]*client{"the founder": s.client(t, founder), "a visitor": s.client(t, nil)} {
				p := c.post(r.at("00000000-0000-4000-8000-00000000dead"), form)
				require.Less(t, p.status, 500, "%s to %v by %s: %.500s", what, r, who, p.text)
				require.NotContains(t, p.text, "<script>alert", "%s to %v by %s", what, r, who)
			}
		}
	}
	require.NotContains(t, s.log.String(), "panic")
}

// TestWhatIsNoTextReachesNoDatabase sends what PostgreSQL cannot compare with a text.
func TestWhatIsNoTextReachesNoDatabase(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	visitor, founder := s.client(t, nil), s.client(t, s.founder())
	for _, value := range []string{"%00", "a%00b", "%ff", "%ED%A0%80", "%00%zz"} {
		for _, path := range []string{"/sign-in?email=", "/forgot-password?email=", "/sign-in?"} {
			require.Equal(t, http.StatusBadRequest, visitor.get(path+value).status, path+value)
		}
		for _, path := range []string{"/console/audit?actor=", "/console/members?q=", "/console/members?role=", "/console/explain?permission="} {
			require.Equal(t, http.StatusBadRequest, founder.get(path+value).status, path+value)
		}
		form := []string{"Content-Type", "application/x-www-form-urlencoded"}
		for _, path := range []string{"/sign-in", "/forgot-password", "/first-run"} {
			p := visitor.send(http.MethodPost, path, "password=x&email="+value, form...)
			require.Equal(t, http.StatusBadRequest, p.status, path+value)
			require.Contains(t, p.header.Get("Content-Type"), "text/html")
		}
		p := founder.send(http.MethodPost, "/console/members/export", "q="+value, form...)
		require.Equal(t, http.StatusBadRequest, p.status, value)
	}
	part := "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--x\r\n" +
		"Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--x--\r\n"
	p := founder.send(http.MethodPost, "/console/files", part, "Content-Type", "multipart/form-data; boundary=x")
	require.Equal(t, http.StatusUnprocessableEntity, p.status)
	require.Equal(t, http.StatusOK, founder.get("/sign-in?email=%E4%BD%A0+%F0%9F%98%80&other=1").status)
}

// secrets are the fields that no page repeats.
var secrets = []string{
	"password", "new_password", "new_password_again", "current_password", "code", "recovery_code", "credential", "token", "step_up_code",
}

func TestAnExpiredFormLosesNothingTypedButSecrets(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	c := s.client(t, s.founder())
	s.clock.Advance(31 * time.Minute)
	form := url.Values{"name": {"Fünf & \"sechs\" <b>"}, "description": {"typed for an hour"}, "permissions": {"member.read", "audit.read"}}
	for _, name := range secrets {
		form.Set(name, "s3cret-"+name)
	}
	p := c.post("/console/roles/new", form)
	require.Equal(t, http.StatusUnauthorized, p.status)
	for _, kept := range []string{
		"Fünf &amp; &#34;sechs&#34; &lt;b&gt;", "typed for an hour", "member.read", "audit.read", `action="/console/roles/new"`,
	} {
		require.Contains(t, p.text, kept)
	}
	require.NotContains(t, p.text, "s3cret-")
}

func TestARefusedFormKeepsWhatWasTypedButNoSecret(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	form := url.Values{"email": {"somebody@example.org"}}
	for _, name := range secrets {
		form.Set(name, "s3cret-"+name)
	}
	p := s.client(t, nil).post("/sign-in", form)
	require.Equal(t, http.StatusUnprocessableEntity, p.status)
	require.Contains(t, p.text, "somebody@example.org")
	require.NotContains(t, p.text, "s3cret-")
}

// TestAStepThatIsSentTwiceIsAnsweredTwice sends each step of a sign-in again, as impatient people and their browsers do.
func TestAStepThatIsSentTwiceIsAnsweredTwice(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	member := s.newPerson(t, "Max Member", domain.RoleMember)
	s.signIn(t, member)
	s.enrol(t, member)
	c := s.client(t, nil)
	first := c.signInByForm(member)
	require.Equal(t, http.StatusOK, first.status)
	again := c.signInByForm(member)
	require.Equal(t, http.StatusOK, again.status)

	code := url.Values{"challenge_token": {hidden(t, again.text, "challenge_token")}, "methods": {"totp"}, "code": {s.code(t, member)}}
	done := c.post("/sign-in/mfa", code)
	require.Equal(t, http.StatusSeeOther, done.status, done.text)
	require.Equal(t, http.StatusOK, c.get("/account").status)
	twice := c.post("/sign-in/mfa", code)
	require.Equal(t, http.StatusOK, twice.status, "it says that the person is signed in")
	require.Contains(t, twice.text, "/account")
	require.Equal(t, http.StatusOK, c.get("/account").status)

	stranger := s.client(t, nil)
	late := stranger.post("/sign-in/mfa", code)
	require.Equal(t, http.StatusUnprocessableEntity, late.status)
	require.Contains(t, late.text, `name="password"`, "the sign-in starts again")
	require.Empty(t, stranger.cookies)
}

// TestTabsInDifferentStepsDoNotDisturbEachOther signs in twice at once in one browser.
func TestTabsInDifferentStepsDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	s := embedded(t)
	member := s.newPerson(t, "Max Member", domain.RoleMember)
	s.signIn(t, member)
	s.enrol(t, member)
	c := s.client(t, nil)
	one, other := c.signInByForm(member), c.signInByForm(member)
	for _, tab := range []answered{other, one} {
		form := url.Values{"challenge_token": {hidden(t, tab.text, "challenge_token")}, "methods": {"totp"}, "code": {s.code(t, member)}}
		require.Equal(t, http.StatusSeeOther, c.post("/sign-in/mfa", form).status)
	}
	require.Equal(t, http.StatusOK, c.get("/account").status)
}

// hidden returns the value of a hidden field in a page.
func hidden(t *testing.T, text, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, `name="`+name+`" value="`)
	require.True(t, found, "no field %s in %s", name, text)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}
