package documents

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// authenticator is a virtual authenticator of Chromium.
type authenticator struct {
	page *tab
	id   any
}

// addAuthenticator gives the browser an authenticator that stores passkeys. Nobody is there to touch it. A security key cannot
// verify the person, a laptop can.
func (b *tab) addAuthenticator(securityKey bool, passkeys ...any) authenticator {
	b.t.Helper()
	transport := "internal"
	if securityKey {
		transport = "usb"
	}
	b.call("WebAuthn.enable", message{})
	added := b.call("WebAuthn.addVirtualAuthenticator", message{"options": message{
		"protocol": "ctap2", "transport": transport, "hasResidentKey": true, "hasUserVerification": !securityKey,
		"isUserVerified": !securityKey, "automaticPresenceSimulation": false,
	}})
	a := authenticator{page: b, id: added["authenticatorId"]}
	for _, passkey := range passkeys {
		b.call("WebAuthn.addCredential", message{"authenticatorId": a.id, "credential": passkey})
	}
	return a
}

// remove takes the authenticator away and returns the passkeys that it stored.
func (a authenticator) remove() []any {
	a.page.t.Helper()
	stored := a.page.call("WebAuthn.getCredentials", message{"authenticatorId": a.id})
	a.page.call("WebAuthn.removeVirtualAuthenticator", message{"authenticatorId": a.id})
	return stored["credentials"].([]any)
}

// touched says whether somebody touches the authenticator when it asks.
func (a authenticator) touched(yes bool) {
	a.page.t.Helper()
	a.page.call("WebAuthn.setAutomaticPresenceSimulation", message{"authenticatorId": a.id, "enabled": yes})
}

// touch clicks, and somebody touches the authenticator until the page shows a text.
func (a authenticator) touch(selector, text string) {
	a.page.t.Helper()
	a.touched(true)
	a.page.click(selector)
	a.page.waitForText(text)
	a.touched(false)
}

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
	laptop := page.addAuthenticator(false)
	page.signIn(ownersPassword)
	laptop.touch("#passkey-enrollment", welcome)
	require.Contains(t, page.text("#recovery"), "Keep these recovery codes")

	page.signOut()
	laptop.touched(true)
	page.reload() // the browser suggests the passkey, and the person takes it
	page.waitForText(welcome)
	laptop.touched(false)
	page.value(noSuggestions)

	page.signOut()
	laptop.touch("#passkey-alone", welcome)
	page.waitForText("last used")

	page.signOut()
	page.signIn(ownersPassword)
	laptop.touch("#passkey-second", welcome)

	lost := laptop.remove()
	phone := page.addAuthenticator(false)
	page.typeInto("#add-passkey [name=name]", "Phone")
	phone.touch("#add-passkey button", "Phone: ")
	page.click("#passkeys [aria-label^=Remove]:not([aria-label*=Phone])")
	phone.touch("#passkey-step-up", welcome)
	page.waitUntil("document.querySelectorAll('#passkeys li').length == 1")
	require.Contains(t, page.text("#passkeys li"), "Phone: ")

	page.signOut()
	kept := phone.remove()
	stolen := page.addAuthenticator(false, lost...)
	stolen.touch("#passkey-alone", refused)
	stolen.remove()

	// A security key that cannot verify the person does not sign in alone, whatever the page asks for, but after the password.
	key := page.addAuthenticator(true, kept...)
	key.touch("#passkey-alone", notUsed)
	page.value(fmt.Sprintf(unverified, base64url(t, kept[0])))
	key.touch("#passkey-alone", refused)
	page.signIn(ownersPassword)
	key.touch("#passkey-second", welcome)

	page.call("Page.enable", message{})
	page.call("Page.addScriptToEvaluateOnNewDocument", message{"source": old})
	page.reload()
	page.click("#passkey-alone")
	page.waitForText("This browser is too old for passkeys")
}

// TestTheExamplePageAsksForThePasswordWhenTheSignInIsOld adds a passkey minutes after the sign-in.
func TestTheExamplePageAsksForThePasswordWhenTheSignInIsOld(t *testing.T) {
	t.Parallel()
	page := openExample(t)
	page.value(noSuggestions)
	laptop := page.addAuthenticator(false)
	page.signIn(ownersPassword)
	laptop.touch("#passkey-enrollment", welcome)
	laptop.remove()
	phone := page.addAuthenticator(false)
	page.value(stale)

	page.typeInto("#add-passkey [name=name]", "Phone")
	page.click("#add-passkey button")
	page.waitFor("#fresh")
	page.click("#keep")
	page.waitForText("Nothing was changed.")

	page.click("#add-passkey button")
	page.typeInto("#fresh [name=password]", "wrong")
	page.click("#fresh button:not([type])")
	page.waitForText("The current password is wrong.")
	page.typeInto("#fresh [name=password]", ownersPassword)
	phone.touch("#fresh button:not([type])", "Phone: ")
	require.Empty(t, page.value("document.querySelector('#add-passkey [name=name]').value"))
}

// base64url returns the id of a passkey as web pages write it.
func base64url(t *testing.T, passkey any) string {
	t.Helper()
	id, err := base64.StdEncoding.DecodeString(passkey.(map[string]any)["credentialId"].(string))
	require.NoError(t, err)
	return base64.RawURLEncoding.EncodeToString(id)
}
