package webauthn_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/authenticator"
)

func BenchmarkVerifyAssertion(b *testing.B) {
	p := newRelyingParty()
	for name, algorithm := range map[string]int64{"ES256": authenticator.ES256, "EdDSA": authenticator.EdDSA, "RS256": authenticator.RS256} {
		a := &authenticator.Authenticator{Origin: origin, Algorithm: algorithm}
		passkey, err := p.VerifyRegistration(register(b, a), newRegistration())
		require.NoError(b, err)
		r := port.PasskeyRequest{Challenge: make([]byte, 32), VerifiedUser: true}
		answer := sign(b, a, r)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.VerifyAssertion(answer, passkey, r); err != nil {
					b.Fatal(err)
				}
			}
		})
		if name == "ES256" {
			b.Run("unknown credential", func(b *testing.B) {
				for b.Loop() {
					if _, err := p.VerifyAssertion(answer, port.Passkey{}, r); err == nil {
						b.Fatal("an empty passkey was accepted")
					}
				}
			})
		}
	}
}
