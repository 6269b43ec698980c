package documents

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/browser"
)

const (
	welcome = "Signed in as owner@example.org in Acme"
	refused = "This passkey cannot sign in here"
	notUsed = "No passkey was used"

	// noSuggestions lets a touch answer buttons only, as in a browser that suggests no passkeys.
	noSuggestions = `PublicKeyCredential.isConditionalMediationAvailable = async () => false`
	// unverified makes the page ask for one passkey, without verification of the person, whatever the service wants.
	unverified = `(() => {
		const parse = PublicKeyCredential.parseRequestOptionsFromJSON.bind(PublicKeyCredential)
		PublicKeyCredential.parseRequestOptionsFromJSON = options =>
			parse({ ...options, userVerification: 'discouraged', allowCredentials: [{ type: 'public-key', id: %q }] })
	})()`
	// stale makes the page find that its sign-in is too old to add a passkey without the password.
	stale = `(() => {
		const real = window.fetch
		window.fetch = (url, init) => url.endsWith('/me/passkeys/options') && !JSON.parse(init.body).current_password
			? Promise.resolve(Response.json({ code: 'reauthentication_required' }, { status: 401 }))
			: real(url, init)
	})()`
	// old makes a page that is loaded find a browser of before there were the JSON forms of WebAuthn.
	old = `delete PublicKeyCredential.parseCreationOptionsFromJSON`
)

// TestTheExamplePageUsesPasskeys enrols a passkey during a sign-in and uses it in every way. Then it replaces the passkey.
func TestTheExamplePageUsesPasskeys(t *testing.T) {
	t.Parallel()
	page := openExample(t)
	laptop := page.AddAuthenticator(browser.Laptop)
	page.signIn(ownersPassword)
	laptop.Touch("#passkey-enrollment", welcome)
	require.Contains(t, page.Text("#recovery"), "Keep these recovery codes")

	page.signOut()
	laptop.Touched(true)
	page.Reload() // the browser suggests the passkey, and the person takes it
	page.WaitForText(welcome)
	laptop.Touched(false)
	page.Value(noSuggestions)

	page.signOut()
	laptop.Touch("#passkey-alone", welcome)
	page.WaitForText("last used")

	page.signOut()
	page.signIn(ownersPassword)
	laptop.Touch("#passkey-second", welcome)

	lost := laptop.Remove()
	phone := page.AddAuthenticator(browser.Laptop)
	page.Type("#add-passkey [name=name]", "Phone")
	phone.Touch("#add-passkey button", "Phone: ")
	page.Click("#passkeys [aria-label^=Remove]:not([aria-label*=Phone])")
	phone.Touch("#passkey-step-up", welcome)
	page.WaitUntil("document.querySelectorAll('#passkeys li').length == 1")
	require.Contains(t, page.Text("#passkeys li"), "Phone: ")

	page.signOut()
	kept := phone.Remove()
	stolen := page.AddAuthenticator(browser.Laptop, lost...)
	stolen.Touch("#passkey-alone", refused)
	stolen.Remove()

	// A security key that cannot verify the person does not sign in alone, whatever the page asks for, but after the password.
	key := page.AddAuthenticator(browser.SecurityKey, kept...)
	key.Touch("#passkey-alone", notUsed)
	page.Value(fmt.Sprintf(unverified, base64url(t, kept[0])))
	key.Touch("#passkey-alone", refused)
	page.signIn(ownersPassword)
	key.Touch("#passkey-second", welcome)

	page.AtStart(old)
	page.Reload()
	page.Click("#passkey-alone")
	page.WaitForText("This browser is too old for passkeys")
}

// TestTheExamplePageAsksForThePasswordWhenTheSignInIsOld adds a passkey minutes after the sign-in.
func TestTheExamplePageAsksForThePasswordWhenTheSignInIsOld(t *testing.T) {
	t.Parallel()
	page := openExample(t)
	page.Value(noSuggestions)
	laptop := page.AddAuthenticator(browser.Laptop)
	page.signIn(ownersPassword)
	laptop.Touch("#passkey-enrollment", welcome)
	laptop.Remove()
	phone := page.AddAuthenticator(browser.Laptop)
	page.Value(stale)

	page.Type("#add-passkey [name=name]", "Phone")
	page.Click("#add-passkey button")
	page.WaitFor("#fresh")
	page.Click("#keep")
	page.WaitForText("Nothing was changed.")

	page.Click("#add-passkey button")
	page.Type("#fresh [name=password]", "wrong")
	page.Click("#fresh button:not([type])")
	page.WaitForText("The current password is wrong.")
	page.Type("#fresh [name=password]", ownersPassword)
	phone.Touch("#fresh button:not([type])", "Phone: ")
	require.Empty(t, page.Value("document.querySelector('#add-passkey [name=name]').value"))
}

// base64url returns the id of a passkey as web pages write it.
func base64url(t *testing.T, passkey any) string {
	t.Helper()
	id, err := base64.StdEncoding.DecodeString(passkey.(map[string]any)["credentialId"].(string))
	require.NoError(t, err)
	return base64.RawURLEncoding.EncodeToString(id)
}
