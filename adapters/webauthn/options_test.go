package webauthn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/port"
)

// TestOptionsNeedAChallengeAndAUserHandle: a caller without them has a fault.
func TestOptionsNeedAChallengeAndAUserHandle(t *testing.T) {
	p := newRelyingParty()
	for length, good := range map[int]bool{0: false, 15: false, 16: true, 64: true} {
		r := newRegistration()
		r.Challenge = make([]byte, length)
		_, err := p.CreationOptions(r)
		require.Equal(t, good, err == nil, length)
		_, err = p.RequestOptions(port.PasskeyRequest{Challenge: r.Challenge})
		require.Equal(t, good, err == nil, length)
	}
	for length, good := range map[int]bool{0: false, 1: true, 64: true, 65: false} {
		r := newRegistration()
		r.UserHandle = make([]byte, length)
		_, err := p.CreationOptions(r)
		require.Equal(t, good, err == nil, length)
	}
}

// TestRPIDsAreLowerCase: browsers compare and hash the RP ID in lower case.
func TestRPIDsAreLowerCase(t *testing.T) {
	p := webauthn.New(webauthn.Config{RPID: "Example.ORG", Origins: []string{origin}})
	options, err := p.RequestOptions(port.PasskeyRequest{Challenge: make([]byte, 32)})
	require.NoError(t, err)
	require.Contains(t, options.Reveal(), `"rpId":"example.org"`)
}
