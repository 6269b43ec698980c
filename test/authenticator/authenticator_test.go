package authenticator

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"
)

const (
	creation = `{"challenge":"Y2hhbGxlbmdlLW9uZQ","rp":{"id":"example.org","name":"Example"},"user":{"id":"AAEC","name":"a"},
		"pubKeyCredParams":[{"type":"public-key","alg":-65535},{"type":"public-key","alg":-7}]}`
	request = `{"challenge":"Y2hhbGxlbmdlLXR3bw","rpId":"example.org","userVerification":"required"}`
)

// parsed is a credential with its parts decoded.
type parsed struct {
	ID, Type                     string
	clientData, data, signature  []byte
	object, publicKey, user, raw []byte
}

func parse(t *testing.T, credential json.RawMessage) parsed {
	t.Helper()
	var c struct {
		ID, RawID, Type string
		Response        map[string]any
	}
	require.NoError(t, json.Unmarshal(credential, &c))
	part := func(name string) []byte {
		text, _ := c.Response[name].(string)
		decoded, err := base64.RawURLEncoding.DecodeString(text)
		require.NoError(t, err)
		return decoded
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.RawID)
	require.NoError(t, err)
	return parsed{
		ID: c.ID, Type: c.Type, raw: raw,
		clientData: part("clientDataJSON"), data: part("authenticatorData"), signature: part("signature"),
		object: part("attestationObject"), publicKey: part("publicKey"), user: part("userHandle"),
	}
}

// verified reports whether the public key, in SubjectPublicKeyInfo, made the signature of an assertion.
func verified(t *testing.T, spki []byte, p parsed) bool {
	t.Helper()
	hash := sha256.Sum256(p.clientData)
	message := append(bytes.Clone(p.data), hash[:]...)
	digest := sha256.Sum256(message)
	public, err := x509.ParsePKIXPublicKey(spki)
	require.NoError(t, err)
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, digest[:], p.signature)
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, p.signature)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], p.signature) == nil
	}
	return false
}

func TestAPasskeyOfEachAlgorithmSigns(t *testing.T) {
	for _, algorithm := range []int64{0, ES256, EdDSA, RS256} {
		a := &Authenticator{Origin: "https://example.org", Algorithm: algorithm}
		registered, err := a.Register([]byte(creation))
		require.NoError(t, err)
		spki := parse(t, registered).publicKey
		signed, err := a.Sign([]byte(request))
		require.NoError(t, err)
		p := parse(t, signed)
		require.True(t, verified(t, spki, p), "algorithm %d", algorithm)
		require.Equal(t, []byte{0, 1, 2}, p.user)
		require.Equal(t, p.raw, a.Passkeys()[0].ID)
		require.JSONEq(t, `{"type":"webauthn.get","challenge":"Y2hhbGxlbmdlLXR3bw","origin":"https://example.org","crossOrigin":false}`,
			string(p.clientData))
		require.EqualValues(t, flagPresent|flagVerified, p.data[32])
		require.Equal(t, []byte{0, 0, 0, 1}, p.data[33:])
	}
}

func TestARegistrationHoldsTheKeyOfThePasskey(t *testing.T) {
	for _, algorithm := range []int64{ES256, EdDSA, RS256} {
		a := &Authenticator{Algorithm: algorithm, Synced: true}
		registered, err := a.Register([]byte(creation), func(answer *Answer) { answer.Format = "packed" })
		require.NoError(t, err)
		var object struct {
			Format    string         `cbor:"fmt"`
			Statement map[string]any `cbor:"attStmt"`
			Data      []byte         `cbor:"authData"`
		}
		p := parse(t, registered)
		require.NoError(t, cbor.Unmarshal(p.object, &object))
		hash := sha256.Sum256([]byte("example.org"))
		require.Equal(t, hash[:], object.Data[:32])
		require.EqualValues(t, flagPresent|flagVerified|flagEligible|flagBackedUp|flagAttested, object.Data[32])
		require.Equal(t, append([]byte{0, 32}, a.Passkeys()[0].ID...), object.Data[53:87])
		var key map[int]any
		require.NoError(t, cbor.Unmarshal(object.Data[87:], &key))
		require.EqualValues(t, algorithm, key[3])
		require.Equal(t, "packed", object.Format)
		p.signature = object.Statement["sig"].([]byte)
		require.True(t, verified(t, p.publicKey, p), "algorithm %d", algorithm)
	}
}

func TestAnAuthenticatorKeepsToTheOptions(t *testing.T) {
	a, other := &Authenticator{}, &Authenticator{}
	_, err := a.Register([]byte(creation))
	require.NoError(t, err)
	id := encoded(a.Passkeys()[0].ID)
	excluding := creation[:len(creation)-1] + `,"excludeCredentials":[{"type":"public-key","id":"` + id + `"}]}`
	_, err = a.Register([]byte(excluding))
	require.ErrorIs(t, err, ErrExcluded)
	_, err = other.Register([]byte(excluding))
	require.NoError(t, err)

	allowing := request[:len(request)-1] + `,"allowCredentials":[{"type":"public-key","id":"` + id + `"}]}`
	signed, err := a.Sign([]byte(allowing))
	require.NoError(t, err)
	require.Equal(t, id, parse(t, signed).ID)
	_, err = other.Sign([]byte(allowing))
	require.ErrorIs(t, err, ErrNoPasskey)
	other.Hold(a.Passkeys()[0])
	_, err = other.Sign([]byte(allowing))
	require.NoError(t, err)
	_, err = a.Sign([]byte(`{"challenge":"AA","rpId":"other.example"}`))
	require.ErrorIs(t, err, ErrNoPasskey)
}

func TestBendsChangeAnAnswer(t *testing.T) {
	a := &Authenticator{Synced: true}
	registered, err := a.Register([]byte(creation))
	require.NoError(t, err)
	spki := parse(t, registered).publicKey
	sign := func(bends ...func(*Answer)) parsed {
		signed, err := a.Sign([]byte(request), bends...)
		require.NoError(t, err)
		return parse(t, signed)
	}
	honest := sign()
	require.EqualValues(t, flagPresent|flagVerified|flagEligible|flagBackedUp, honest.data[32])
	require.Equal(t, make([]byte, 4), honest.data[33:], "the counter of a synced passkey stays 0")

	bent := sign(func(answer *Answer) {
		answer.ClientData["origin"], answer.ClientData["topOrigin"] = "https://evil.example", "https://evil.example"
		answer.RPID, answer.Present, answer.Verified, answer.Eligible, answer.Counter = "evil.example", false, false, false, 7
		answer.UserHandle = nil
	})
	require.Contains(t, string(bent.clientData), `"topOrigin":"https://evil.example"`)
	require.NotEqual(t, honest.data[:32], bent.data[:32])
	require.EqualValues(t, flagBackedUp, bent.data[32])
	require.Equal(t, []byte{0, 0, 0, 7}, bent.data[33:])
	require.Empty(t, bent.user)
	require.True(t, verified(t, spki, bent), "a bent answer is signed")

	require.False(t, verified(t, spki, sign(func(answer *Answer) { answer.Key, err = NewKey(ES256) })))
	require.NoError(t, err)
	require.False(t, verified(t, spki, sign(func(answer *Answer) {
		answer.ReplaceSignature = func(signature []byte) []byte { signature[len(signature)-1] ^= 1; return signature }
	})))
	require.True(t, verified(t, spki, sign(func(answer *Answer) {
		answer.ReplaceClientData = func(text []byte) []byte { return append(text, ' ') }
		answer.ReplaceData = func(data []byte) []byte { return append(data, 0xa0) }
	})), "what is replaced is signed")
	require.Equal(t, "other", sign(func(answer *Answer) {
		answer.ReplaceJSON = func(credential, response map[string]any) {
			credential["type"] = "other"
			delete(response, "userHandle")
		}
	}).Type)
}

func TestBendsChangeARegistration(t *testing.T) {
	a := &Authenticator{}
	small, err := NewRSAKey(1024)
	require.NoError(t, err)
	registered, err := a.Register([]byte(creation), func(answer *Answer) {
		answer.Key, answer.PublicKey, answer.CredentialID = small, small.COSE(), []byte("taken")
		answer.PublicKey[3] = -65535
		answer.ReplaceObject = RepeatKey
	})
	require.NoError(t, err)
	p := parse(t, registered)
	require.Equal(t, []byte("taken"), p.raw)
	require.Equal(t, []byte("taken"), a.Passkeys()[0].ID)
	strict, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF}.DecMode()
	require.NoError(t, err)
	var object map[string]any
	var key map[int]any
	duplicate := &cbor.DupMapKeyError{}
	require.True(t, errors.As(strict.Unmarshal(p.object, &object), &duplicate))
	require.NoError(t, cbor.Unmarshal(p.data[60:], &key))
	require.EqualValues(t, -65535, key[3])
}
