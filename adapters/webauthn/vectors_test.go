package webauthn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// refusedVectors are the test vectors that break a rule of ours, with the reasons.
var refusedVectors = map[string]string{
	"none-es256-crossOrigin": "a frame of another origin",
	"none-es256-topOrigin":   "a frame of another origin",
	"packed-es384":           "was not offered",
	"packed-es512":           "was not offered",
}

// TestTheVectorsOfTheSpecification verifies the examples of WebAuthn Level 3, section 16, which come from another
// implementation.
func TestTheVectorsOfTheSpecification(t *testing.T) {
	p := newRelyingParty()
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			passkey, err := p.VerifyRegistration(v.credential(t, v.Registration),
				port.PasskeyRegistration{Challenge: unhex(t, v.Registration.Challenge), UserHandle: []byte{1}})
			reason, refused := refusedVectors[v.Name]
			if refused {
				require.ErrorIs(t, err, domain.ErrInvalidCode)
				require.ErrorContains(t, err, reason)
				return
			}
			require.NoError(t, err)
			r := port.PasskeyRequest{Challenge: unhex(t, v.Authentication.Challenge), Allow: []port.Passkey{passkey}}
			_, err = p.VerifyAssertion(v.credential(t, v.Authentication), passkey, r)
			require.NoError(t, err)
		})
	}
}
