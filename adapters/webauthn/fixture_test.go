package webauthn_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

const (
	rpID   = "example.org"
	origin = "https://example.org"
)

func newRelyingParty() *webauthn.RelyingParty {
	return webauthn.New(webauthn.Config{RPID: rpID, Origins: []string{origin}})
}

func newRegistration() port.PasskeyRegistration {
	return port.PasskeyRegistration{
		Challenge: make([]byte, 32), UserHandle: []byte("0123456789abcdef0123456789abcdef"), Email: "ada@example.org",
	}
}

// register returns the answer to a registration.
func register(tb testing.TB, a *authenticator.Authenticator, bends ...func(*authenticator.Answer)) domain.Secret {
	tb.Helper()
	options, err := newRelyingParty().CreationOptions(newRegistration())
	require.NoError(tb, err)
	credential, err := a.Register([]byte(options.Reveal()), bends...)
	require.NoError(tb, err)
	return domain.NewSecret(string(credential))
}

// sign returns the answer to a request.
func sign(tb testing.TB, a *authenticator.Authenticator, r port.PasskeyRequest, bends ...func(*authenticator.Answer)) domain.Secret {
	tb.Helper()
	options, err := newRelyingParty().RequestOptions(r)
	require.NoError(tb, err)
	credential, err := a.Sign([]byte(options.Reveal()), bends...)
	require.NoError(tb, err)
	return domain.NewSecret(string(credential))
}

// vector is a test vector of section 16. All are for example.org.
type vector struct {
	Name           string         `json:"name"`
	CredentialID   string         `json:"credential_id"`
	Registration   responseVector `json:"registration"`
	Authentication responseVector `json:"authentication"`
}

type responseVector struct {
	Challenge         string `json:"challenge"`
	ClientData        string `json:"clientDataJSON"`
	Object            string `json:"attestationObject,omitempty"`
	AuthenticatorData string `json:"authenticatorData,omitempty"`
	Signature         string `json:"signature,omitempty"`
}

func vectors(tb testing.TB) (list []vector) {
	tb.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	require.NoError(tb, err)
	require.NoError(tb, json.Unmarshal(text, &list))
	require.Len(tb, list, 14)
	return list
}

// credential returns the JSON form of an answer.
func (v vector) credential(tb testing.TB, r responseVector) domain.Secret {
	tb.Helper()
	id := base64.RawURLEncoding.EncodeToString(unhex(tb, v.CredentialID))
	response := map[string]string{}
	for name, value := range map[string]string{
		"clientDataJSON": r.ClientData, "attestationObject": r.Object, "authenticatorData": r.AuthenticatorData, "signature": r.Signature,
	} {
		if value != "" {
			response[name] = base64.RawURLEncoding.EncodeToString(unhex(tb, value))
		}
	}
	text, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response})
	require.NoError(tb, err)
	return domain.NewSecret(string(text))
}

func unhex(tb testing.TB, text string) []byte {
	tb.Helper()
	raw, err := hex.DecodeString(text)
	require.NoError(tb, err)
	return raw
}
