package webauthn_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// requireSummary fails unless an answer is malformed or has a challenge and an id of allowed lengths.
func requireSummary(t *testing.T, summary port.PasskeyAnswer, err error) {
	t.Helper()
	if err != nil {
		failure, ok := errors.AsType[*domain.Error](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, domain.CodeInvalid, failure.Code)
		require.Zero(t, summary)
		return
	}
	require.NotEmpty(t, summary.Challenge)
	id, err := base64.RawURLEncoding.DecodeString(summary.Credential)
	require.NoError(t, err)
	require.NotEmpty(t, id)
	require.LessOrEqual(t, len(id), 1023)
}

// FuzzParseRegistration reads any text. What it accepts says the challenge of the registration somewhere.
func FuzzParseRegistration(f *testing.F) {
	p := newRelyingParty()
	for _, v := range vectors(f) {
		f.Add(v.credential(f, v.Registration).Reveal())
	}
	r := port.PasskeyRegistration{Challenge: unhex(f, vectors(f)[0].Registration.Challenge), UserHandle: []byte{1}}
	f.Fuzz(func(t *testing.T, text string) {
		summary, err := p.ParseRegistration(domain.NewSecret(text))
		requireSummary(t, summary, err)
		passkey, err := p.VerifyRegistration(domain.NewSecret(text), r)
		if err != nil {
			require.Zero(t, passkey)
			return
		}
		require.Equal(t, r.Challenge, summary.Challenge)
		require.Equal(t, summary.Credential, passkey.ID)
	})
}

// FuzzParseAssertion reads any text, and verifies it by an empty passkey, which must never succeed.
func FuzzParseAssertion(f *testing.F) {
	p := newRelyingParty()
	for _, v := range vectors(f) {
		f.Add(v.credential(f, v.Authentication).Reveal())
	}
	f.Fuzz(func(t *testing.T, text string) {
		summary, err := p.ParseAssertion(domain.NewSecret(text))
		requireSummary(t, summary, err)
		_, err = p.VerifyAssertion(domain.NewSecret(text), port.Passkey{}, port.PasskeyRequest{Challenge: summary.Challenge})
		require.Error(t, err)
	})
}

// FuzzVerifyAssertion changes the parts of signed assertions. None may be accepted but the original.
func FuzzVerifyAssertion(f *testing.F) {
	p := newRelyingParty()
	var known []vector
	var passkeys []port.Passkey
	for _, v := range vectors(f) {
		passkey, err := p.VerifyRegistration(v.credential(f, v.Registration),
			port.PasskeyRegistration{Challenge: unhex(f, v.Registration.Challenge), UserHandle: []byte{1}})
		if err != nil {
			continue
		}
		a := v.Authentication
		f.Add(uint8(len(known)), unhex(f, a.ClientData), unhex(f, a.AuthenticatorData), unhex(f, a.Signature))
		known, passkeys = append(known, v), append(passkeys, passkey)
	}
	f.Fuzz(func(t *testing.T, which uint8, clientData, data, signature []byte) {
		n := int(which) % len(known)
		honest := known[n].Authentication
		credential := parts{id: unhex(t, known[n].CredentialID), clientData: clientData, data: data, signature: signature}.assertion(t)
		r := port.PasskeyRequest{Challenge: unhex(t, honest.Challenge), Allow: passkeys[n : n+1]}
		_, err := p.VerifyAssertion(credential, passkeys[n], r)
		same := bytes.Equal(clientData, unhex(t, honest.ClientData)) && bytes.Equal(data, unhex(t, honest.AuthenticatorData)) &&
			bytes.Equal(signature, unhex(t, honest.Signature))
		require.Equal(t, same, err == nil, "%v", err)
	})
}

// FuzzSignedAnswers signs any client data and authenticator data, as a hostile authenticator can. Another reader of JSON
// must see in what is accepted what the rules demand.
func FuzzSignedAnswers(f *testing.F) {
	p := newRelyingParty()
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, err := cbor.Marshal(map[int]any{1: 1, 3: -8, -1: 6, -2: []byte(private.Public().(ed25519.PublicKey))})
	require.NoError(f, err)
	id, challenge := make([]byte, 16), make([]byte, 32)
	passkey := port.Passkey{ID: base64.RawURLEncoding.EncodeToString(id), PublicKey: public, UserHandle: []byte{1}, RPID: rpID}
	head := sha256.Sum256([]byte(rpID))
	text := `{"type":"webauthn.get","challenge":"` + base64.RawURLEncoding.EncodeToString(challenge) + `","origin":"` + origin + `"`
	for _, end := range []string{
		`}`, `,"crossOrigin":false}`, `,"crossOrigin":true,"topOrigin":"https://a.b"}`, `,"Origin":"https://a.b","a":[{}]}`,
	} {
		f.Add([]byte(text+end), append(head[:], 5, 0, 0, 0, 1))
		f.Add([]byte(text+end), append(head[:], 0x85, 0, 0, 0, 1, 0xa1, 0x61, 'a', 0xf5))
	}
	f.Fuzz(func(t *testing.T, clientData, data []byte) {
		hash := sha256.Sum256(clientData)
		signature := ed25519.Sign(private, append(bytes.Clone(data), hash[:]...))
		credential := parts{id: id, handle: []byte{1}, clientData: clientData, data: data, signature: signature}.assertion(t)
		used, err := p.VerifyAssertion(credential, passkey, port.PasskeyRequest{Challenge: challenge, VerifiedUser: true})
		if err != nil {
			return
		}
		var read map[string]any
		require.NoError(t, json.Unmarshal(bytes.TrimPrefix(clientData, []byte("\xef\xbb\xbf")), &read))
		require.Equal(t, "webauthn.get", read["type"])
		require.Equal(t, origin, read["origin"])
		require.Equal(t, base64.RawURLEncoding.EncodeToString(challenge), read["challenge"])
		require.NotEqual(t, true, read["crossOrigin"])
		require.Nil(t, read["topOrigin"])
		require.Equal(t, head[:], data[:32])
		require.Equal(t, byte(5), data[32]&0b0101_1101, "UP and UV without BE, BS and AT")
		require.Equal(t, data[32]&0x80 == 0, len(data) == 37)
		require.False(t, used.BackedUp)
	})
}

// parts are what an assertion consists of.
type parts struct{ id, handle, clientData, data, signature []byte }

func (p parts) assertion(t *testing.T) domain.Secret {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	text, err := json.Marshal(map[string]any{
		"id": encode(p.id), "rawId": encode(p.id), "type": "public-key",
		"response": map[string]any{
			"clientDataJSON": encode(p.clientData), "authenticatorData": encode(p.data),
			"signature": encode(p.signature), "userHandle": encode(p.handle),
		},
	})
	require.NoError(t, err)
	return domain.NewSecret(string(text))
}
