package conformance

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

const (
	passkeyRPID   = "example.org"
	passkeyOrigin = "https://login.example.org:8443"
	otherOrigin   = "https://example.com" // related to the RP ID by configuration
)

// OpenWebAuthn returns the port for an RP ID and the origins of pages.
type OpenWebAuthn func(t *testing.T, rpID string, origins ...string) port.WebAuthn

// WebAuthn checks every promise of port.WebAuthn.
func WebAuthn(t *testing.T, open OpenWebAuthn) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, *passkeys)
	}{
		{"returns creation options for discoverable passkeys without attestation", passkeysCreationOptions},
		{"returns request options with and without user verification", passkeysRequestOptions},
		{"accepts passkeys of each algorithm it offers", passkeysOfEachAlgorithm},
		{"accepts every origin that is configured", passkeysOfEachOrigin},
		{"accepts attestation statements of all formats", passkeysWithStatements},
		{"says which challenge and which credential an answer has", passkeysSummaries},
		{"returns the counter and the flags as they were sent", passkeysFlags},
		{"ignores unknown members", passkeysUnknownMembers},
		{"accepts a passkey without user verification if that is preferred only", passkeysUnverified},
		{"accepts an answer without a user handle if it named the passkey", passkeysWithoutHandle},
		{"refuses text that is not a credential", passkeysMalformed},
		{"refuses both kinds of answers for the reasons they share", passkeysRefused},
		{"refuses registrations with bad keys and ids", passkeysBadKeys},
		{"refuses assertions of other passkeys and accounts", passkeysOfOthers},
		{"refuses every assertion of an empty passkey", passkeysEmpty},
		{"refuses assertions in which one byte was changed", passkeysChangedBytes},
		{"serves many callers at once", passkeysAreConcurrent},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, openPasskeys(t, open)) })
	}
	t.Run("needs a domain as RP ID", func(t *testing.T) { passkeysNeedDomains(t, open) })
}

// passkeys is a port with an authenticator.
type passkeys struct {
	port.WebAuthn
	authenticator.Authenticator
	registration port.PasskeyRegistration
	request      port.PasskeyRequest // requires user verification, allows any passkey
}

func openPasskeys(t *testing.T, open OpenWebAuthn) *passkeys {
	return &passkeys{
		WebAuthn:      open(t, passkeyRPID, passkeyOrigin, otherOrigin),
		Authenticator: authenticator.Authenticator{Origin: passkeyOrigin},
		registration: port.PasskeyRegistration{
			Challenge: randomBytes(32), UserHandle: randomBytes(32), Email: "ada@example.org", FullName: "Ada \"<Lovelace>\"",
		},
		request: port.PasskeyRequest{Challenge: randomBytes(32), VerifiedUser: true},
	}
}

func randomBytes(n int) []byte {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails
	return raw
}

func encodedBytes(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func (p *passkeys) creation(t *testing.T) []byte {
	t.Helper()
	options, err := p.CreationOptions(p.registration)
	require.NoError(t, err)
	return []byte(options.Reveal())
}

// register answers the creation options.
func (p *passkeys) register(t *testing.T, bends ...func(*authenticator.Answer)) domain.Secret {
	t.Helper()
	credential, err := p.Register(p.creation(t), bends...)
	require.NoError(t, err)
	return domain.NewSecret(string(credential))
}

// sign answers the request options.
func (p *passkeys) sign(t *testing.T, bends ...func(*authenticator.Answer)) domain.Secret {
	t.Helper()
	options, err := p.RequestOptions(p.request)
	require.NoError(t, err)
	credential, err := p.Sign([]byte(options.Reveal()), bends...)
	require.NoError(t, err)
	return domain.NewSecret(string(credential))
}

// registered returns a new passkey.
func (p *passkeys) registered(t *testing.T, bends ...func(*authenticator.Answer)) port.Passkey {
	t.Helper()
	passkey, err := p.VerifyRegistration(p.register(t, bends...), p.registration)
	require.NoError(t, err)
	return passkey
}

func requireRefused(t *testing.T, err error, what string) {
	t.Helper()
	require.ErrorIs(t, err, domain.ErrInvalidCode, what)
	require.NotContains(t, err.Error(), "evil", "the reason contains a value from the client")
	require.LessOrEqual(t, len(err.Error()), 80, "the reason is for the audit log")
}

func requireMalformed(t *testing.T, err error, what string) {
	t.Helper()
	failure, ok := errors.AsType[*domain.Error](err)
	require.True(t, ok, "%s: got %v", what, err)
	require.Equal(t, domain.CodeInvalid, failure.Code, what)
	require.Len(t, failure.Fields, 1, what)
	require.Equal(t, "credential", failure.Fields[0].Field, what)
	require.NotContains(t, failure.Fields[0].Message, "evil", "the message contains a value from the client")
}

func passkeysNeedDomains(t *testing.T, open OpenWebAuthn) {
	for _, id := range []string{"example.org", "localhost", "1.example", "xn--bcher-kva.example", "deadbeef", "a.b0x1"} {
		require.NoError(t, open(t, id, "https://"+id).Available(), id)
	}
	for _, id := range []string{
		"", "127.0.0.1", "127.0.0.1.", "127.1", "2130706433", "0x7f000001", "10.0.0.0xFF", "10.0x", "0x1ffffffffffffffffff",
		"::1", "[::1]", "[2001:db8::1]",
	} {
		require.ErrorIs(t, open(t, id, "https://"+id).Available(), domain.ErrNoPasskeys, id)
	}
}

func passkeysCreationOptions(t *testing.T, p *passkeys) {
	first := p.registered(t)
	p.registration.Exclude = []port.Passkey{first}
	var options map[string]any
	require.NoError(t, json.Unmarshal(p.creation(t), &options))
	require.NotEmpty(t, options["rp"].(map[string]any)["name"])
	delete(options["rp"].(map[string]any), "name")
	require.NotZero(t, options["timeout"])
	delete(options, "timeout")
	parameters := options["pubKeyCredParams"].([]any)
	require.Equal(t, map[string]any{"type": "public-key", "alg": -7.0}, parameters[0], "ES256 comes first")
	require.Contains(t, parameters, map[string]any{"type": "public-key", "alg": -8.0})
	require.Contains(t, parameters, map[string]any{"type": "public-key", "alg": -257.0})
	delete(options, "pubKeyCredParams")
	require.Equal(t, map[string]any{
		"rp":        map[string]any{"id": passkeyRPID},
		"challenge": encodedBytes(p.registration.Challenge),
		"user": map[string]any{
			"id": encodedBytes(p.registration.UserHandle), "name": "ada@example.org", "displayName": "Ada \"<Lovelace>\"",
		},
		"excludeCredentials":     []any{map[string]any{"type": "public-key", "id": first.ID, "transports": []any{"internal"}}},
		"authenticatorSelection": map[string]any{"residentKey": "required", "requireResidentKey": true, "userVerification": "preferred"},
		"attestation":            "none",
	}, options)
	_, err := p.Register(p.creation(t))
	require.ErrorIs(t, err, authenticator.ErrExcluded)
}

func passkeysRequestOptions(t *testing.T, p *passkeys) {
	passkey := p.registered(t)
	for verification, r := range map[string]port.PasskeyRequest{
		"required":  {Challenge: p.request.Challenge, VerifiedUser: true},
		"preferred": {Challenge: p.request.Challenge, Allow: []port.Passkey{passkey}},
	} {
		secret, err := p.RequestOptions(r)
		require.NoError(t, err)
		var options map[string]any
		require.NoError(t, json.Unmarshal([]byte(secret.Reveal()), &options))
		require.NotZero(t, options["timeout"])
		delete(options, "timeout")
		want := map[string]any{"challenge": encodedBytes(r.Challenge), "rpId": passkeyRPID, "userVerification": verification}
		if len(r.Allow) > 0 {
			want["allowCredentials"] = []any{map[string]any{"type": "public-key", "id": passkey.ID, "transports": []any{"internal"}}}
		} else if list, ok := options["allowCredentials"]; ok { // absent and empty mean the same
			require.Empty(t, list)
			delete(options, "allowCredentials")
		}
		require.Equal(t, want, options)
	}
}

func passkeysAreConcurrent(t *testing.T, p *passkeys) {
	passkey := p.registered(t)
	assertion := p.sign(t)
	registration := p.register(t)
	var crowd sync.WaitGroup
	for range 16 {
		crowd.Go(func() {
			if _, err := p.VerifyRegistration(registration, p.registration); err != nil {
				t.Errorf("VerifyRegistration: %v", err)
			}
			if _, err := p.VerifyAssertion(assertion, passkey, p.request); err != nil {
				t.Errorf("VerifyAssertion: %v", err)
			}
		})
	}
	crowd.Wait()
}
