package conformance

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// sharedFaults are changes after which neither kind of answer has the form of one.
var sharedFaults = map[string]func(*authenticator.Answer){
	"no client data":              withoutMember("clientDataJSON"),
	"client data with padding":    withMember("clientDataJSON", "e30="),
	"client data in base64":       withMember("clientDataJSON", "+/+/"),
	"client data of a number":     withMember("clientDataJSON", 7),
	"client data of a list":       withMember("clientDataJSON", []any{}),
	"client data of null":         withMember("clientDataJSON", nil),
	"too much client data":        withMember("clientDataJSON", strings.Repeat("A", 12_000)),
	"too large":                   withMember("future", strings.Repeat("A", 16<<10)),
	"no response":                 withOuter("response", nil),
	"a response of a list":        withOuter("response", []any{}),
	"no id":                       withOuter("id", nil),
	"no raw id":                   withOuter("rawId", nil),
	"two ids":                     withOuter("rawId", "AAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	"an id with bits to spare":    withIDs("AB"),
	"an id of a number":           withOuter("id", 7),
	"an id of 1024 bytes":         withIDs(encodedBytes(make([]byte, 1024))),
	"another type":                withOuter("type", "evil"),
	"no type":                     withOuter("type", nil),
	"client data without type":    withClientData("type", nil),
	"a type of a number":          withClientData("type", 7),
	"client data without origin":  withClientData("origin", nil),
	"an origin of a list":         withClientData("origin", []any{passkeyOrigin}),
	"no challenge":                withClientData("challenge", nil),
	"an empty challenge":          withClientData("challenge", ""),
	"a challenge with padding":    withClientData("challenge", encodedBytes(make([]byte, 32))+"="),
	"crossOrigin as text":         withClientData("crossOrigin", "false"),
	"crossOrigin as a number":     withClientData("crossOrigin", 0),
	"topOrigin as a number":       withClientData("topOrigin", 7),
	"client data cut off":         withClientText(func(text string) string { return text[:len(text)-1] }),
	"client data with text after": withClientText(func(text string) string { return text + "{}" }),
	"client data of two origins": withClientText(func(text string) string {
		return `{"origin":"https://evil.example",` + text[1:]
	}),
	"client data of two escaped origins": withClientText(func(text string) string {
		return `{"\u006frigin":"https://evil.example",` + text[1:]
	}),
	"client data that is not UTF-8": withClientText(func(text string) string { return "{\"a\":\"\xff\"," + text[1:] }),
	"client data in a list":         withClientText(func(text string) string { return "[" + text + "]" }),
	"client data in a flat list": withClientText(func(text string) string {
		return strings.NewReplacer(`{"`, `["`, `":`, `",`, `}`, `]`).Replace(text)
	}),
	"authenticator data cut off":   withData(func(raw []byte) []byte { return raw[:36] }),
	"authenticator data continued": withData(func(raw []byte) []byte { return append(raw, 0xa0) }),
	"announced extensions missing": withData(func(raw []byte) []byte { raw[32] |= 0x80; return raw }),
	"extensions of a list":         withData(func(raw []byte) []byte { raw[32] |= 0x80; return append(raw, 0x80) }),
	"extensions of null":           withData(func(raw []byte) []byte { raw[32] |= 0x80; return append(raw, 0xf6) }),
	"extensions cut off":           withData(func(raw []byte) []byte { raw[32] |= 0x80; return append(raw, 0xa1, 0x61) }),
	"extensions continued":         withData(func(raw []byte) []byte { raw[32] |= 0x80; return append(raw, 0xa0, 0xa0) }),
	"extensions twice":             withData(func(raw []byte) []byte { raw[32] |= 0x80; return append(raw, "\xa2\x61a\x01\x61a\x01"...) }),
	"extensions without end":       withData(func(raw []byte) []byte { raw[32] |= 0x80; return append(raw, 0xbf, 0xff) }),
}

var registrationFaults = map[string]func(*authenticator.Answer){
	"no attestation object":           withoutMember("attestationObject"),
	"an attestation object of a list": withObject(func([]byte) []byte { return []byte{0x80} }),
	"an attestation object of null":   withObject(func([]byte) []byte { return []byte{0xf6} }),
	"an attestation object cut off":   withObject(func(raw []byte) []byte { return raw[:len(raw)-1] }),
	"an attestation object continued": withObject(func(raw []byte) []byte { return append(raw, 0) }),
	"a format twice":                  withObject(authenticator.RepeatKey),
	"a tagged object":                 withObject(func(raw []byte) []byte { return append([]byte{0xd9, 0xd9, 0xf7}, raw...) }),
	"a format in capitals":            withObject(func(raw []byte) []byte { return bytes.Replace(raw, []byte("fmt"), []byte("FMT"), 1) }),
	"a list as statement for none":    withObject(listAsStatement),
	"a list as statement": func(a *authenticator.Answer) {
		a.Format, a.Statement, a.ReplaceObject = "new-format", map[string]any{}, listAsStatement
	},
	"a map as list of statements": func(a *authenticator.Answer) { a.Format, a.Statement = "compound", map[string]any{} },
	"a deep object":               withObject(func([]byte) []byte { return []byte(strings.Repeat("\x81", 4000) + "\x01") }),
	"a large object":              withObject(func([]byte) []byte { return make([]byte, 9000) }),
	"a statement for no format":   func(a *authenticator.Answer) { a.Statement = map[string]any{"evil": 1} },
	"no format":                   func(a *authenticator.Answer) { a.Format = "" },
	"no public key":               withData(func(raw []byte) []byte { raw[32] &^= 0x40; return raw[:37] }),
	"a public key not announced":  withData(func(raw []byte) []byte { raw[32] &^= 0x40; return raw }),
	"a public key cut off":        withData(func(raw []byte) []byte { return raw[:len(raw)-1] }),
	"a public key missing":        withData(func(raw []byte) []byte { return raw[:55+32] }),
	"a public key of null":        withData(func(raw []byte) []byte { return append(raw[:55+32], 0xf6) }),
	"a public key that says kty twice": withData(func(raw []byte) []byte {
		raw[55+32]++ // the number of members
		return append(raw, 1, 2)
	}),
	"a credential id cut off":        withData(func(raw []byte) []byte { return raw[:60] }),
	"a credential id without length": withData(func(raw []byte) []byte { return raw[:54] }),
	"a credential id of 1024 bytes": withData(func(raw []byte) []byte {
		key := bytes.Clone(raw[55+32:])
		return append(append(append(raw[:53], 4, 0), make([]byte, 1024)...), key...)
	}),
	"transports of text":      withMember("transports", "internal"),
	"transports of numbers":   withMember("transports", []any{1}),
	"an empty transport":      withMember("transports", []any{""}),
	"a transport with markup": withMember("transports", []any{"<evil>"}),
	"a long transport":        withMember("transports", []any{strings.Repeat("a", 100)}),
	"many transports":         withMember("transports", strings.Split(strings.Repeat("usb,", 100)+"nfc", ",")),
}

var assertionFaults = map[string]func(*authenticator.Answer){
	"no authenticator data":      withoutMember("authenticatorData"),
	"no signature":               withoutMember("signature"),
	"an empty signature":         withMember("signature", ""),
	"a signature of a number":    withMember("signature", 7),
	"a large signature":          withMember("signature", strings.Repeat("A", 2000)),
	"a user handle of 65 bytes":  withMember("userHandle", encodedBytes(make([]byte, 65))),
	"a user handle of a number":  withMember("userHandle", 7),
	"a user handle with padding": withMember("userHandle", "AA=="),
	"an attested key announced":  withData(func(raw []byte) []byte { raw[32] |= 0x40; return raw }),
	"an attested key": withData(func(raw []byte) []byte {
		raw[32] |= 0x40
		return append(append(append(raw, make([]byte, 16)...), 0, 1, 7), 0xa0)
	}),
	"a signature with a newline": func(a *authenticator.Answer) {
		a.ReplaceJSON = func(_, response map[string]any) { response["signature"] = "\n" + response["signature"].(string) }
	},
	"large authenticator data":    withData(func(raw []byte) []byte { return append(raw, make([]byte, 5000)...) }),
	"authenticator data of a map": withMember("authenticatorData", map[string]any{}),
}

func passkeysMalformed(t *testing.T, p *passkeys) {
	passkey := p.registered(t)
	registration, assertion := p.register(t), p.sign(t)
	refuseBoth := func(t *testing.T, credential domain.Secret, what string) {
		t.Helper()
		_, err := p.ParseAssertion(credential)
		requireMalformed(t, err, what)
		_, err = p.VerifyAssertion(credential, passkey, p.request)
		requireMalformed(t, err, what)
	}
	refuseRegistration := func(t *testing.T, credential domain.Secret, what string) {
		t.Helper()
		_, err := p.ParseRegistration(credential)
		requireMalformed(t, err, what)
		_, err = p.VerifyRegistration(credential, p.registration)
		requireMalformed(t, err, what)
	}
	refuseBoth(t, registration, "a registration instead of an assertion")
	refuseRegistration(t, assertion, "an assertion instead of a registration")
	for what, fault := range merged(sharedFaults, registrationFaults) {
		refuseRegistration(t, p.register(t, fault), what)
	}
	for what, fault := range merged(sharedFaults, assertionFaults) {
		refuseBoth(t, p.sign(t, fault), what)
	}
	honest := assertion.Reveal()
	for _, text := range []string{
		"", "null", "7", `"evil"`, "[]", "{}", "{", honest[:len(honest)-1], honest + "{}", honest + "evil", "[" + honest + "]",
		`{"id":"AAAA",` + honest[1:], `{"evil":{"a":1,"a":1},` + honest[1:], "{\"a\":\"\xff\"," + honest[1:],
		`{"a":"\ud800",` + honest[1:], `{"a":` + strings.Repeat("[", 12_000), honest + strings.Repeat(" ", 16<<10),
	} {
		refuseBoth(t, domain.NewSecret(text), text[:min(len(text), 40)])
		refuseRegistration(t, domain.NewSecret(text), text[:min(len(text), 40)])
	}
}

// listAsStatement replaces an empty attestation statement with an empty list.
func listAsStatement(object []byte) []byte {
	return bytes.Replace(object, []byte("attStmt\xa0"), []byte("attStmt\x80"), 1)
}

func merged(faults, more map[string]func(*authenticator.Answer)) map[string]func(*authenticator.Answer) {
	all := maps.Clone(faults)
	maps.Copy(all, more)
	return all
}

func withoutMember(name string) func(*authenticator.Answer) {
	return func(a *authenticator.Answer) {
		a.ReplaceJSON = func(_, response map[string]any) { delete(response, name) }
	}
}

func withMember(name string, value any) func(*authenticator.Answer) {
	return func(a *authenticator.Answer) {
		a.ReplaceJSON = func(_, response map[string]any) { response[name] = value }
	}
}

func withOuter(name string, value any) func(*authenticator.Answer) {
	return func(a *authenticator.Answer) {
		a.ReplaceJSON = func(credential, _ map[string]any) { credential[name] = value }
	}
}

func withClientData(name string, value any) func(*authenticator.Answer) {
	return func(a *authenticator.Answer) { a.ClientData[name] = value }
}

func withClientText(change func(string) string) func(*authenticator.Answer) {
	return func(a *authenticator.Answer) {
		a.ReplaceClientData = func(text []byte) []byte { return []byte(change(string(text))) }
	}
}

func withData(change func([]byte) []byte) func(*authenticator.Answer) {
	return func(a *authenticator.Answer) { a.ReplaceData = change }
}

func withObject(change func([]byte) []byte) func(*authenticator.Answer) {
	return func(a *authenticator.Answer) { a.ReplaceObject = change }
}
