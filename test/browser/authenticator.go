package browser

// Authenticator is a virtual authenticator, which stores passkeys.
type Authenticator struct {
	tab *Tab
	id  any
}

// Kind is what an authenticator is.
type Kind int

// A laptop verifies the person, a security key only notices a touch.
const (
	Laptop Kind = iota
	SecurityKey
)

// AddAuthenticator gives the tab an authenticator with passkeys that Remove returned. Nobody is there to touch it.
func (b *Tab) AddAuthenticator(kind Kind, passkeys ...any) Authenticator {
	b.t.Helper()
	transport, verifies := "internal", kind == Laptop
	if kind == SecurityKey {
		transport = "usb"
	}
	b.call("WebAuthn.enable", nil)
	added := b.call("WebAuthn.addVirtualAuthenticator", message{"options": message{
		"protocol": "ctap2", "transport": transport, "hasResidentKey": true, "hasUserVerification": verifies,
		"isUserVerified": verifies, "automaticPresenceSimulation": false,
	}})
	a := Authenticator{tab: b, id: added["authenticatorId"]}
	for _, passkey := range passkeys {
		b.call("WebAuthn.addCredential", message{"authenticatorId": a.id, "credential": passkey})
	}
	return a
}

// Remove takes the authenticator away and returns the passkeys that it stored.
func (a Authenticator) Remove() []any {
	a.tab.t.Helper()
	stored := a.tab.call("WebAuthn.getCredentials", message{"authenticatorId": a.id})
	a.tab.call("WebAuthn.removeVirtualAuthenticator", message{"authenticatorId": a.id})
	return stored["credentials"].([]any)
}

// Touched says whether somebody touches the authenticator when it asks.
func (a Authenticator) Touched(yes bool) {
	a.tab.t.Helper()
	a.tab.call("WebAuthn.setAutomaticPresenceSimulation", message{"authenticatorId": a.id, "enabled": yes})
}

// Touch clicks an element, and somebody touches the authenticator until the page shows a text.
func (a Authenticator) Touch(selector, text string) {
	a.tab.t.Helper()
	a.Touched(true)
	a.tab.Click(selector)
	a.tab.WaitForText(text)
	a.Touched(false)
}
