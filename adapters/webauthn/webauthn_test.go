package webauthn_test

import (
	"testing"

	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/conformance"
)

func TestConformance(t *testing.T) {
	conformance.WebAuthn(t, func(_ *testing.T, rpID string, origins ...string) port.WebAuthn {
		return webauthn.New(webauthn.Config{RPID: rpID, Origins: origins})
	})
}
