package documents

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/browser"
)

const ownersPassword = "four rooms and a view"

// tab is a tab with a page that the documents show.
type tab struct {
	*browser.Tab

	t *testing.T
}

// openExample serves docs/examples/sign-in.html on localhost beside a service that allows it, and opens it in a browser.
func openExample(t *testing.T) tab {
	t.Helper()
	browser.Require(t) // skips before anything starts
	pages := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(root, "docs/examples"))))
	t.Cleanup(pages.Close)
	origin := strings.Replace(pages.URL, "127.0.0.1", "localhost", 1) // passkeys need a domain
	_, address, _ := served(t, "dev", "SEED_ADMIN_PASSWORD="+ownersPassword, "WEBAUTHN_RP_ID=localhost",
		fmt.Sprintf("ALLOWED_ORIGINS='[%q]'", origin), fmt.Sprintf("WEBAUTHN_ORIGINS='[%q]'", origin))
	b := tab{Tab: browser.Open(t, origin), t: t}
	b.Allow("http://" + address)
	b.Goto("/sign-in.html?api=" + url.QueryEscape("http://"+address))
	return b
}

// signIn sends the form of the first step.
func (b tab) signIn(password string) {
	b.t.Helper()
	b.Type("#password [name=email]", "owner@example.org")
	b.Type("#password [name=password]", password)
	b.Click("#password button:not([type])")
}

func (b tab) signOut() {
	b.t.Helper()
	b.Click("#sign-out")
	b.WaitFor("#password")
}

// code returns the code of a secret at a time from now.
func code(t *testing.T, secret string, after time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(after))
	require.NoError(t, err)
	return code
}

// TestTheExamplePageSignsIn signs in, enrols an authenticator app, signs out, signs in with a code, and again with the
// remembered device.
func TestTheExamplePageSignsIn(t *testing.T) {
	t.Parallel()
	page := openExample(t)
	page.signIn("wrong")
	page.WaitForText("password is wrong")
	page.signIn(ownersPassword)
	page.WaitFor("#app")
	page.WaitUntil("document.getElementById('qr').naturalWidth > 0")
	secret := page.Text("#secret")
	page.Type("#app [name=code]", code(t, secret, -30*time.Second))
	page.Click("#app button")
	page.WaitForText("Signed in as owner@example.org in Acme")
	require.GreaterOrEqual(t, len(strings.Fields(page.Text("#recovery"))), 14, "ten recovery codes")

	page.signOut()
	page.signIn(ownersPassword)
	page.Type("#code [name=code]", code(t, secret, 0))
	page.Click("#code [name=remember]")
	page.Click("#code button")
	page.WaitFor("#signed-in")
	page.signOut()
	page.signIn(ownersPassword)
	page.WaitFor("#signed-in")
}
