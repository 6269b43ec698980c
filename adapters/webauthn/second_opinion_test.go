package webauthn_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
)

// The tests of this file compare this package with go-webauthn, another implementation: what this one accepts, that one must
// accept too. The tests leave out what the specification permits and go-webauthn refuses: statements of attestation, which are
// not verified here; members of the JSON form that repeat others; unknown members of the client data whose names differ from
// known ones in letter case; a byte order mark; and tokenBinding, which Level 3 has no more.

// registers reports whether go-webauthn accepts the answer to a registration.
func registers(credential domain.Secret, challenge []byte) error {
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(credential.Reveal()))
	if err != nil {
		return err
	}
	if parsed.Response.AttestationObject.Format != "none" {
		return nil // it has a statement, which is not verified
	}
	var offered []protocol.CredentialParameter
	for _, algorithm := range []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256} {
		offered = append(offered, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: algorithm})
	}
	_, err = parsed.Verify(base64.RawURLEncoding.EncodeToString(challenge), rpID, []string{origin}, nil, nil,
		protocol.TopOriginExplicitVerificationMode, false, false, true, nil, offered, protocol.AttestationPolicy{}, protocol.SignaturePolicy{})
	return err
}

// signsIn reports whether go-webauthn accepts the answer of the passkey to a request.
func signsIn(credential domain.Secret, passkey port.Passkey, r port.PasskeyRequest) error {
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(credential.Reveal()))
	if err != nil {
		return err
	}
	return parsed.Verify(base64.RawURLEncoding.EncodeToString(r.Challenge), rpID, "", []string{origin}, nil, nil,
		protocol.TopOriginExplicitVerificationMode, false, r.VerifiedUser, true, passkey.PublicKey, protocol.SignaturePolicy{})
}

func TestAnotherImplementationAcceptsTheSameVectors(t *testing.T) {
	p, accepted := newRelyingParty(), 0
	for _, v := range vectors(t) {
		registration := port.PasskeyRegistration{Challenge: unhex(t, v.Registration.Challenge), UserHandle: []byte{1}}
		passkey, err := p.VerifyRegistration(v.credential(t, v.Registration), registration)
		if err != nil {
			continue
		}
		accepted++
		require.NoError(t, registers(withoutStatement(t, v), registration.Challenge), v.Name)
		r := port.PasskeyRequest{Challenge: unhex(t, v.Authentication.Challenge), Allow: []port.Passkey{passkey}}
		_, err = p.VerifyAssertion(v.credential(t, v.Authentication), passkey, r)
		require.NoError(t, err, v.Name)
		require.NoError(t, signsIn(v.credential(t, v.Authentication), passkey, r), v.Name)
	}
	require.Equal(t, len(vectors(t))-len(refusedVectors), accepted)
}

// withoutStatement returns the registration of a vector with attestation none: the certificates of the examples expire.
func withoutStatement(t *testing.T, v vector) domain.Secret {
	t.Helper()
	var object map[string]any
	require.NoError(t, cbor.Unmarshal(unhex(t, v.Registration.Object), &object))
	object["fmt"], object["attStmt"] = "none", map[string]any{}
	encoded, err := cbor.Marshal(object)
	require.NoError(t, err)
	v.Registration.Object = hex.EncodeToString(encoded)
	return v.credential(t, v.Registration)
}

const mutations = 1500 // of each kind of answer

// TestWhatIsAcceptedAnotherImplementationAcceptsToo changes parts of honest answers at random: before they are signed, as a
// hostile authenticator or browser does, and afterwards.
func TestWhatIsAcceptedAnotherImplementationAcceptsToo(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	p := newRelyingParty()
	compare := func(t *testing.T, answer func(bends ...func(*authenticator.Answer)) domain.Secret, verify, other func(domain.Secret) error) {
		t.Helper()
		honest := answer()
		require.NoError(t, verify(honest))
		require.NoError(t, other(honest))
		accepted := 0
		for range mutations {
			credential := mutatedJSON(random, answer(bent(random)))
			if verify(credential) != nil || respelt(t, credential) {
				continue
			}
			accepted++
			require.NoError(t, other(credential), "%s", credential.Reveal())
		}
		require.Greater(t, accepted, mutations/50, "the test compares nothing")
		require.Less(t, accepted, mutations/2, "the changes change nothing")
	}
	for name, algorithm := range map[string]int64{"ES256": authenticator.ES256, "EdDSA": authenticator.EdDSA} {
		t.Run("registration "+name, func(t *testing.T) {
			compare(t, func(bends ...func(*authenticator.Answer)) domain.Secret {
				return register(t, &authenticator.Authenticator{Origin: origin, Algorithm: algorithm}, append(bends, plain)...)
			}, func(credential domain.Secret) error {
				_, err := p.VerifyRegistration(credential, newRegistration())
				return err
			}, func(credential domain.Secret) error { return registers(credential, newRegistration().Challenge) })
		})
		t.Run("assertion "+name, func(t *testing.T) {
			device := &authenticator.Authenticator{Origin: origin, Algorithm: algorithm}
			passkey, err := p.VerifyRegistration(register(t, device), newRegistration())
			require.NoError(t, err)
			r := port.PasskeyRequest{Challenge: make([]byte, 32), VerifiedUser: true}
			compare(t, func(bends ...func(*authenticator.Answer)) domain.Secret {
				return sign(t, device, r, append(bends, plain)...)
			}, func(credential domain.Secret) error {
				_, err := p.VerifyAssertion(credential, passkey, r)
				return err
			}, func(credential domain.Secret) error { return signsIn(credential, passkey, r) })
		})
	}
}

// respelt reports whether the client data has a member whose name differs from a known one in letter case only. To WebAuthn
// that is an unknown member; go-webauthn takes it for the known one.
func respelt(t *testing.T, credential domain.Secret) bool {
	t.Helper()
	var answer struct {
		Response struct {
			ClientDataJSON string `json:"clientDataJSON"`
		} `json:"response"`
	}
	require.NoError(t, json.Unmarshal([]byte(credential.Reveal()), &answer))
	text, err := base64.RawURLEncoding.DecodeString(answer.Response.ClientDataJSON)
	require.NoError(t, err)
	var members map[string]any
	require.NoError(t, json.Unmarshal(text, &members))
	for name := range members {
		for _, known := range []string{"type", "challenge", "origin", "crossOrigin", "topOrigin"} {
			if name != known && strings.EqualFold(name, known) {
				return true
			}
		}
	}
	return false
}

// plain leaves only the members of an answer that are verified.
func plain(a *authenticator.Answer) {
	a.ReplaceJSON = func(credential, response map[string]any) {
		for _, name := range []string{"authenticatorAttachment", "clientExtensionResults"} {
			delete(credential, name)
		}
		for _, name := range []string{"publicKey", "publicKeyAlgorithm", "transports"} {
			delete(response, name)
		}
		if response["attestationObject"] != nil {
			delete(response, "authenticatorData")
		}
	}
}

// bent changes one part of an answer, or none.
func bent(random *rand.Rand) func(*authenticator.Answer) {
	change := func(part []byte) []byte { return mutated(random, part) }
	return func(a *authenticator.Answer) {
		switch random.IntN(9) {
		case 0:
			a.ReplaceClientData = change
		case 1:
			a.ReplaceData = change
		case 2:
			a.ReplaceObject = change
		case 3:
			a.ReplaceSignature = change
		case 4:
			a.ClientData[pick(random, "type", "challenge", "origin", "crossOrigin", "topOrigin", "other")] = pick[any](random,
				"webauthn.get", "webauthn.create", origin, origin+"/", "https://example.org:443", "HTTPS://EXAMPLE.ORG", "", nil, true, false, 1,
				map[string]any{"a": 1})
		case 5:
			a.Present, a.Verified, a.Eligible, a.BackedUp = random.IntN(4) > 0, random.IntN(2) > 0, random.IntN(2) > 0, random.IntN(2) > 0
		case 6:
			if a.PublicKey == nil { // an assertion has none
				return
			}
			a.PublicKey[pick(random, 1, 3, -1, -2, -3, 4)] = pick[any](random, 1, 2, 3, -7, -8, -257, 6, make([]byte, 32), make([]byte, 33))
		case 7:
			a.CredentialID = make([]byte, pick(random, 0, 15, 16, 64, 1023, 1024))
		case 8:
			a.Counter, a.RPID = random.Uint32(), pick(random, rpID, rpID, "example.com")
		}
	}
}

// mutatedJSON changes the text of one answer in four.
func mutatedJSON(random *rand.Rand, credential domain.Secret) domain.Secret {
	if random.IntN(4) > 0 || !json.Valid([]byte(credential.Reveal())) {
		return credential
	}
	return domain.NewSecret(string(mutated(random, []byte(credential.Reveal()))))
}

// mutated returns a copy of a part in which a few bytes are changed, inserted, repeated or left out.
func mutated(random *rand.Rand, part []byte) []byte {
	part = slices.Clone(part)
	for range 1 + random.IntN(2) {
		if len(part) == 0 {
			return part
		}
		from := random.IntN(len(part))
		to := min(len(part), from+1+random.IntN(8))
		switch random.IntN(5) {
		case 0:
			part[from] ^= 1 << random.IntN(8)
		case 1:
			part[from] = byte(random.UintN(256))
		case 2:
			part = slices.Insert(part, from, byte(random.UintN(256)))
		case 3:
			part = slices.Insert(part, from, slices.Clone(part[from:to])...)
		case 4:
			part = slices.Delete(part, from, to)
		}
	}
	return part
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }
