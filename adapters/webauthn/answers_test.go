package webauthn_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

func TestMessagesSayWhichMemberIsMalformed(t *testing.T) {
	set := func(name string, value any) func(*authenticator.Answer) {
		return func(a *authenticator.Answer) {
			a.ReplaceJSON = func(_, response map[string]any) { response[name] = value }
		}
	}
	for want, fault := range map[string]func(*authenticator.Answer){
		"response.clientDataJSON is not base64url without padding":        set("clientDataJSON", "evil!"),
		"response.clientDataJSON is too long":                             set("clientDataJSON", strings.Repeat("A", 6000)),
		"response.attestationObject is missing":                           set("attestationObject", nil),
		"response.transports is not a list of names of transports":        set("transports", "evil"),
		"response.clientDataJSON.crossOrigin is not a boolean":            func(a *authenticator.Answer) { a.ClientData["crossOrigin"] = "evil" },
		"response.clientDataJSON has no type or no origin":                func(a *authenticator.Answer) { delete(a.ClientData, "origin") },
		"response.clientDataJSON is not valid JSON, or repeats a member":  repeatType,
		"the public key in the authenticator data is not a canonical map": cutKey,
	} {
		_, err := newRelyingParty().ParseRegistration(register(t, &authenticator.Authenticator{Origin: origin}, fault))
		failure, ok := errors.AsType[*domain.Error](err)
		require.True(t, ok, want)
		require.Equal(t, []domain.FieldError{{
			Field: "credential", Message: "must be what PublicKeyCredential.toJSON() returns: " + want,
		}}, failure.Fields)
	}
}

func cutKey(a *authenticator.Answer) {
	a.ReplaceData = func(data []byte) []byte { return data[:len(data)-1] }
}

func repeatType(a *authenticator.Answer) {
	a.ReplaceClientData = func(text []byte) []byte { return append([]byte(`{"type":"evil",`), text[1:]...) }
}

// TestNobodyCanSignForAPasskeyWithoutAKey signs with the private key 1. Its public key is the one that takes the place of
// a missing key, so that the verification takes its time.
func TestNobodyCanSignForAPasskeyWithoutAKey(t *testing.T) {
	one := make([]byte, 32)
	one[31] = 1
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), one)
	require.NoError(t, err)
	challenge, id, head := make([]byte, 32), make([]byte, 16), sha256.Sum256([]byte(rpID))
	data := append(head[:], 5, 0, 0, 0, 1)
	encoded := base64.RawURLEncoding.EncodeToString(challenge)
	clientData := []byte(`{"type":"webauthn.get","challenge":"` + encoded + `","origin":"` + origin + `"}`)
	hash := sha256.Sum256(clientData)
	digest := sha256.Sum256(slices.Concat(data, hash[:]))
	signature, err := private.Sign(rand.Reader, digest[:], nil)
	require.NoError(t, err)
	credential := parts{id: id, handle: []byte{1}, clientData: clientData, data: data, signature: signature}.assertion(t)
	for _, key := range [][]byte{nil, {}, {0xa0}, {0xf6}} {
		passkey := port.Passkey{ID: base64.RawURLEncoding.EncodeToString(id), PublicKey: key, UserHandle: []byte{1}, RPID: rpID}
		_, err = newRelyingParty().VerifyAssertion(credential, passkey, port.PasskeyRequest{Challenge: challenge})
		require.ErrorIs(t, err, domain.ErrInvalidCode)
	}
}
