package webauthn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/authenticator"
)

// TestAByteOrderMarkBeforeClientDataIsDropped as section 7.1 demands.
func TestAByteOrderMarkBeforeClientDataIsDropped(t *testing.T) {
	credential := register(t, &authenticator.Authenticator{Origin: origin}, func(a *authenticator.Answer) {
		a.ReplaceClientData = func(text []byte) []byte { return append([]byte("\xef\xbb\xbf"), text...) }
	})
	_, err := newRelyingParty().VerifyRegistration(credential, newRegistration())
	require.NoError(t, err)
}
