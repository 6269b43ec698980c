package conformance

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/authenticator"
)

func passkeysOfEachAlgorithm(t *testing.T, p *passkeys) {
	for _, algorithm := range []int64{authenticator.ES256, authenticator.EdDSA, authenticator.RS256} {
		p.Algorithm = algorithm
		passkey := p.registered(t)
		_, err := p.VerifyAssertion(p.sign(t), passkey, p.request)
		require.NoError(t, err, "algorithm %d", algorithm)
	}
}

func passkeysOfEachOrigin(t *testing.T, p *passkeys) {
	for _, origin := range []string{passkeyOrigin, otherOrigin} {
		p.Origin = origin
		passkey := p.registered(t)
		_, err := p.VerifyAssertion(p.sign(t), passkey, p.request)
		require.NoError(t, err, origin)
	}
}

func passkeysWithStatements(t *testing.T, p *passkeys) {
	for name, bend := range map[string]func(*authenticator.Answer){
		"a right self attestation": func(a *authenticator.Answer) { a.Format = "packed" },
		"a wrong self attestation": func(a *authenticator.Answer) {
			a.Format, a.Statement = "packed", map[string]any{"alg": -7, "sig": []byte{1}}
		},
		"a list of statements": func(a *authenticator.Answer) {
			a.Format, a.Statement, a.ReplaceObject = "compound", map[string]any{}, listAsStatement
		},
		"an unknown format": func(a *authenticator.Answer) {
			a.Format, a.Statement = "new-format", map[string]any{"x5c": []any{[]byte{1}, []byte{2}}}
		},
	} {
		passkey := p.registered(t, bend)
		_, err := p.VerifyAssertion(p.sign(t), passkey, p.request)
		require.NoError(t, err, name)
	}
}

func passkeysSummaries(t *testing.T, p *passkeys) {
	registration := p.register(t)
	summary, err := p.ParseRegistration(registration)
	require.NoError(t, err)
	passkey, err := p.VerifyRegistration(registration, p.registration)
	require.NoError(t, err)
	require.Equal(t, port.PasskeyAnswer{Challenge: p.registration.Challenge, Credential: passkey.ID}, summary)
	summary, err = p.ParseAssertion(p.sign(t))
	require.NoError(t, err)
	require.Equal(t, port.PasskeyAnswer{Challenge: p.request.Challenge, Credential: passkey.ID}, summary)
}

func passkeysFlags(t *testing.T, p *passkeys) {
	const largest = 1<<32 - 1
	passkey := p.registered(t, func(a *authenticator.Answer) {
		a.Eligible, a.Counter, a.Transports = true, largest, []string{"usb", "hybrid", "new-one", "usb"}
		a.AAGUID = [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	})
	held := p.Passkeys()[0]
	require.NotEmpty(t, passkey.PublicKey)
	passkey.PublicKey = nil
	require.Equal(t, port.Passkey{
		ID: encodedBytes(held.ID), UserHandle: p.registration.UserHandle, RPID: passkeyRPID,
		AAGUID:         "01020304-0506-0708-090a-0b0c0d0e0f10",
		Transports:     []string{"hybrid", "new-one", "usb"},
		BackupEligible: true, Counter: largest,
	}, passkey)

	p.Synced = true
	passkey = p.registered(t)
	require.True(t, passkey.BackupEligible && passkey.BackedUp)
	require.Zero(t, passkey.Counter)
	used, err := p.VerifyAssertion(p.sign(t, func(a *authenticator.Answer) { a.BackedUp, a.Counter = false, 7 }), passkey, p.request)
	require.NoError(t, err)
	passkey.BackedUp, passkey.Counter = false, 7
	require.Equal(t, passkey, used)
	passkey.Counter = 9
	used, err = p.VerifyAssertion(p.sign(t, func(a *authenticator.Answer) { a.Counter = 3 }), passkey, p.request)
	require.NoError(t, err, "the caller compares the counter")
	passkey.BackedUp, passkey.Counter = true, 3
	require.Equal(t, passkey, used)
}

func passkeysUnknownMembers(t *testing.T, p *passkeys) {
	unknown := func(a *authenticator.Answer) {
		a.ClientData["new_keys_may_be_added_here"] = map[string]any{"a": []any{1, "x", nil}}
		a.ReplaceJSON = func(credential, response map[string]any) {
			credential["clientExtensionResults"] = map[string]any{"credProps": map[string]any{"rk": true}}
			credential["ID"], credential["future"], response["Signature"] = "evil", []any{}, 1
			delete(credential, "authenticatorAttachment")
			if _, created := response["attestationObject"]; created { // what the response repeats for convenience
				delete(response, "publicKey")
				response["authenticatorData"], response["publicKeyAlgorithm"], response["transports"] = "evil", "evil", nil
			}
		}
	}
	passkey := p.registered(t, unknown)
	require.Empty(t, passkey.Transports)
	_, err := p.VerifyAssertion(p.sign(t, unknown), passkey, p.request)
	require.NoError(t, err)
}

func passkeysUnverified(t *testing.T, p *passkeys) {
	p.TouchOnly = true
	passkey := p.registered(t)
	answer := p.sign(t)
	_, err := p.VerifyAssertion(answer, passkey, p.request)
	requireRefused(t, err, "user verification was required")
	p.request.VerifiedUser = false
	_, err = p.VerifyAssertion(answer, passkey, p.request)
	require.NoError(t, err)
}

func passkeysWithoutHandle(t *testing.T, p *passkeys) {
	passkey := p.registered(t)
	p.request.Allow = []port.Passkey{{ID: "AAAA"}, passkey}
	for name, handle := range map[string]any{"absent": nil, "null": json.RawMessage("null"), "empty": ""} {
		_, err := p.VerifyAssertion(p.sign(t, func(a *authenticator.Answer) {
			a.ReplaceJSON = func(_, response map[string]any) {
				response["userHandle"] = handle
				if handle == nil {
					delete(response, "userHandle")
				}
			}
		}), passkey, p.request)
		require.NoError(t, err, name)
	}
}
