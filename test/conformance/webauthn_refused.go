package conformance

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// sharedAttacks are the changes for which both kinds of answers are refused. Each answer is signed after its change.
var sharedAttacks = map[string]func(*authenticator.Answer){
	"the page of another host":            withOrigin("https://evil.example:8443"),
	"the page of a host with the RP ID":   withOrigin("https://example.org:8443"),
	"the page of a subdomain":             withOrigin("https://evil.login.example.org:8443"),
	"the page of a host with a dot":       withOrigin("https://login.example.org.:8443"),
	"another scheme":                      withOrigin("http://login.example.org:8443"),
	"another port":                        withOrigin("https://login.example.org:8444"),
	"the default port":                    withOrigin("https://login.example.org"),
	"an origin with a path":               withOrigin(passkeyOrigin + "/"),
	"an origin with a user":               withOrigin("https://evil@login.example.org:8443"),
	"an origin in capitals":               withOrigin("HTTPS://LOGIN.EXAMPLE.ORG:8443"),
	"an origin that starts with ours":     withOrigin(passkeyOrigin + ".evil.example"),
	"a default port spelled out":          withOrigin(otherOrigin + ":443"),
	"an opaque origin":                    withOrigin("null"),
	"an empty origin":                     withOrigin(""),
	"a frame of another origin":           func(a *authenticator.Answer) { a.ClientData["crossOrigin"] = true },
	"a page around the frame":             func(a *authenticator.Answer) { a.ClientData["topOrigin"] = "https://evil.example" },
	"the own page around the frame":       func(a *authenticator.Answer) { a.ClientData["topOrigin"] = passkeyOrigin },
	"an empty page around the frame":      func(a *authenticator.Answer) { a.ClientData["topOrigin"] = "" },
	"an unknown type":                     func(a *authenticator.Answer) { a.ClientData["type"] = "payment.get" },
	"a type in capitals":                  func(a *authenticator.Answer) { a.ClientData["type"] = "WEBAUTHN.GET" },
	"an empty type":                       func(a *authenticator.Answer) { a.ClientData["type"] = "" },
	"another challenge":                   func(a *authenticator.Answer) { a.ClientData["challenge"] = encodedBytes(randomBytes(32)) },
	"a shorter challenge":                 shorterChallenge,
	"another RP ID":                       func(a *authenticator.Answer) { a.RPID = "evil.example" },
	"the RP ID of a subdomain":            func(a *authenticator.Answer) { a.RPID = "login.example.org" },
	"the origin as RP ID":                 func(a *authenticator.Answer) { a.RPID = passkeyOrigin },
	"no user presence":                    func(a *authenticator.Answer) { a.Present = false },
	"a backup without being eligible":     func(a *authenticator.Answer) { a.BackedUp = true },
	"the flags of an untouched key":       func(a *authenticator.Answer) { a.Present, a.Verified = false, false },
	"the type of the other kind":          otherType,
	"another origin, and no presence too": func(a *authenticator.Answer) { a.ClientData["origin"], a.Present = "https://evil.example", false },
}

func withOrigin(origin string) func(*authenticator.Answer) {
	return func(a *authenticator.Answer) { a.ClientData["origin"] = origin }
}

func shorterChallenge(a *authenticator.Answer) {
	raw, _ := base64.RawURLEncoding.DecodeString(a.ClientData["challenge"].(string))
	a.ClientData["challenge"] = encodedBytes(raw[:31])
}

func otherType(a *authenticator.Answer) {
	if a.ClientData["type"] == "webauthn.get" {
		a.ClientData["type"] = "webauthn.create"
	} else {
		a.ClientData["type"] = "webauthn.get"
	}
}

func passkeysRefused(t *testing.T, p *passkeys) {
	passkey := p.registered(t)
	p.request.Allow = []port.Passkey{passkey}
	for name, attack := range sharedAttacks {
		credential := p.sign(t, attack)
		_, err := p.ParseAssertion(credential)
		require.NoError(t, err, name)
		_, err = p.VerifyAssertion(credential, passkey, p.request)
		requireRefused(t, err, "assertion: "+name)

		credential = p.register(t, attack)
		_, err = p.ParseRegistration(credential)
		require.NoError(t, err, name)
		refused, err := p.VerifyRegistration(credential, p.registration)
		requireRefused(t, err, "registration: "+name)
		require.Zero(t, refused, name)
	}
	_, err := p.VerifyAssertion(p.sign(t), passkey, port.PasskeyRequest{Allow: p.request.Allow})
	requireRefused(t, err, "a request without a challenge")
	_, err = p.VerifyRegistration(p.register(t), port.PasskeyRegistration{UserHandle: p.registration.UserHandle})
	requireRefused(t, err, "a registration without a challenge")
}

func passkeysBadKeys(t *testing.T, p *passkeys) {
	small, err := authenticator.NewRSAKey(1024)
	require.NoError(t, err)
	almost, err := authenticator.NewRSAKey(2040)
	require.NoError(t, err)
	withKey := func(key authenticator.Key) func(*authenticator.Answer) {
		return func(a *authenticator.Answer) { a.Key, a.PublicKey = key, key.COSE() }
	}
	set := func(label int, value any) func(*authenticator.Answer) {
		return func(a *authenticator.Answer) { a.PublicKey[label] = value }
	}
	for name, attack := range map[string]func(*authenticator.Answer){
		"an RSA key of 1024 bits":      withKey(small),
		"an RSA key of 2040 bits":      withKey(almost),
		"no algorithm":                 func(a *authenticator.Answer) { delete(a.PublicKey, 3) },
		"the algorithm 0":              set(3, 0),
		"RS1":                          set(3, -65535),
		"ES384":                        set(3, -35),
		"ES256K":                       set(3, -47),
		"HMAC":                         set(3, 5),
		"the algorithm of another key": set(3, -8),
		"the type of another key":      set(1, 1),
		"another curve":                set(-1, 2),
		"a point off the curve":        set(-2, make([]byte, 32)),
		"a short coordinate":           set(-2, make([]byte, 31)),
		"a compressed point":           set(-3, true),
		"coordinates cut elsewhere": func(a *authenticator.Answer) {
			x, y := a.PublicKey[-2].([]byte), a.PublicKey[-3].([]byte)
			a.PublicKey[-2], a.PublicKey[-3] = x[:31], append(x[31:32:32], y...)
		},
		"a private key":                   set(-4, make([]byte, 32)),
		"another id than the created one": withIDs(encodedBytes(randomBytes(32))),
	} {
		credential := p.register(t, attack)
		_, err := p.ParseRegistration(credential)
		require.NoError(t, err, name)
		_, err = p.VerifyRegistration(credential, p.registration)
		requireRefused(t, err, name)
	}
}

func withIDs(id string) func(*authenticator.Answer) {
	return func(a *authenticator.Answer) {
		a.ReplaceJSON = func(credential, _ map[string]any) { credential["id"], credential["rawId"] = id, id }
	}
}

func passkeysOfOthers(t *testing.T, p *passkeys) {
	other := p.registered(t)
	passkey := p.registered(t)
	key, err := authenticator.NewKey(authenticator.ES256)
	require.NoError(t, err)
	named := port.PasskeyRequest{Challenge: p.request.Challenge, Allow: []port.Passkey{other}}
	elsewhere, swapped, renamed := passkey, passkey, passkey
	elsewhere.RPID = "example.com"
	renamed.ID = other.ID
	swapped.PublicKey = other.PublicKey
	eligible := passkey
	eligible.BackupEligible = true
	for name, attack := range map[string]struct {
		bend    func(*authenticator.Answer)
		passkey port.Passkey
		request port.PasskeyRequest
	}{
		"the key of another passkey":    {passkey: swapped},
		"the record of another passkey": {passkey: other},
		"the key under another id":      {passkey: renamed},
		"a passkey not allowed":         {passkey: passkey, request: named},
		"a passkey of another RP ID":    {passkey: elsewhere},
		"a key that is not registered":  {passkey: passkey, bend: func(a *authenticator.Answer) { a.Key = key }},
		"a user handle of another":      {passkey: passkey, bend: func(a *authenticator.Answer) { a.UserHandle = randomBytes(32) }},
		"no user handle":                {passkey: passkey, bend: func(a *authenticator.Answer) { a.UserHandle = nil }},
		"an empty user handle":          {passkey: passkey, bend: func(a *authenticator.Answer) { a.UserHandle = []byte{} }},
		"no user verification":          {passkey: passkey, bend: func(a *authenticator.Answer) { a.Verified = false }},
		"BE set after registration":     {passkey: passkey, bend: func(a *authenticator.Answer) { a.Eligible = true }},
		"BE missing after registration": {passkey: eligible},
		"an empty signature of ones": {passkey: passkey, bend: func(a *authenticator.Answer) {
			a.ReplaceSignature = func([]byte) []byte { return []byte{0x30, 6, 2, 1, 1, 2, 1, 1} }
		}},
		"a signature with text after it": {passkey: passkey, bend: func(a *authenticator.Answer) {
			a.ReplaceSignature = func(signature []byte) []byte { return append(signature, 0) }
		}},
	} {
		request := attack.request
		if request.Challenge == nil {
			request = p.request
		}
		bends := []func(*authenticator.Answer){}
		if attack.bend != nil {
			bends = append(bends, attack.bend)
		}
		_, err := p.VerifyAssertion(p.sign(t, bends...), attack.passkey, request)
		requireRefused(t, err, name)
	}
	_, err = p.VerifyAssertion(p.sign(t), passkey, p.request)
	require.NoError(t, err)
}

func passkeysEmpty(t *testing.T, p *passkeys) {
	p.registered(t)
	_, err := p.VerifyAssertion(p.sign(t), port.Passkey{}, p.request)
	requireRefused(t, err, "an empty passkey")
	_, err = p.VerifyAssertion(p.sign(t, withIDs("")), port.Passkey{}, p.request)
	requireMalformed(t, err, "an empty id")
}

// passkeysChangedBytes changes each byte of what the signature covers, and of the signature.
func passkeysChangedBytes(t *testing.T, p *passkeys) {
	passkey := p.registered(t)
	honest := p.sign(t)
	var credential struct {
		ID       string            `json:"id"`
		RawID    string            `json:"rawId"`
		Type     string            `json:"type"`
		Response map[string]string `json:"response"`
	}
	require.NoError(t, json.Unmarshal([]byte(honest.Reveal()), &credential))
	for _, part := range []string{"clientDataJSON", "authenticatorData", "signature", "userHandle"} {
		text := credential.Response[part]
		raw, err := base64.RawURLEncoding.DecodeString(text)
		require.NoError(t, err)
		for i := range raw {
			raw[i] ^= 1 << (i % 8)
			credential.Response[part] = encodedBytes(raw)
			changed, err := json.Marshal(credential)
			require.NoError(t, err)
			_, err = p.VerifyAssertion(domain.NewSecret(string(changed)), passkey, p.request)
			require.Error(t, err, "byte %d of %s", i, part)
			raw[i] ^= 1 << (i % 8)
		}
		credential.Response[part] = text
	}
	_, err := p.VerifyAssertion(honest, passkey, p.request)
	require.NoError(t, err)
}
