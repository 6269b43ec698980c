package factors

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	codes "github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/adapters/webauthn"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/authenticator"
	"github.com/sole-platform/sole/test/conformance"
)

func TestTOTPIsASecondFactor(t *testing.T) {
	secrets, err := fernet.New("the secret key of this test, kept", nil)
	require.NoError(t, err)
	conformance.SecondFactor(t, func(*testing.T) conformance.FactorUnderTest {
		return conformance.FactorUnderTest{
			Factor: factor.TOTP{Codes: codes.Codes{}, Secrets: secrets},
			Answer: func(t *testing.T, enrolled, _ port.Prompt, at time.Time) domain.Secret {
				code, err := totp.GenerateCode(enrolled[factor.TOTPSecret].Reveal(), at)
				require.NoError(t, err)
				return domain.NewSecret(code)
			},
		}
	})
}

// passkeys returns the factor passkey, and the browser of a person who has one.
func passkeys() (factor.Passkey, conformance.FactorUnderTest) {
	site := webauthn.New(webauthn.Config{RPID: "example.org", Origins: []string{"https://id.example.org"}})
	passkeys := factor.Passkey{
		WebAuthn: site, Ceremonies: memory.NewCeremonies(time.Now), Records: webauthn.Records{},
		NewID: uuid.NewString, Random: opaque.RandomBytes,
	}
	device := &authenticator.Authenticator{Origin: "https://id.example.org"}
	return passkeys, conformance.FactorUnderTest{
		Factor: passkeys,
		Answer: func(t *testing.T, _, asked port.Prompt, _ time.Time) domain.Secret {
			options := []byte(asked[factor.PasskeyOptions].Reveal())
			answer := device.Sign
			if bytes.Contains(options, []byte("pubKeyCredParams")) {
				answer = device.Register
			}
			credential, err := answer(options)
			require.NoError(t, err)
			return domain.NewSecret(string(credential))
		},
	}
}

func TestAPasskeyIsAFirstAndASecondFactor(t *testing.T) {
	conformance.SecondFactor(t, func(*testing.T) conformance.FactorUnderTest {
		_, under := passkeys()
		return under
	})
	conformance.FirstFactor(t, func(*testing.T) (conformance.FactorUnderTest, port.FirstFactor) {
		first, under := passkeys()
		return under, first
	})
}

func TestAKeyIsASecondFactor(t *testing.T) {
	conformance.SecondFactor(t, func(*testing.T) conformance.FactorUnderTest {
		return conformance.FactorUnderTest{
			Factor: &keys{challenges: map[string]string{}},
			Answer: func(_ *testing.T, _, asked port.Prompt, _ time.Time) domain.Secret {
				return domain.NewSecret("front door:" + asked["challenge"].Reveal())
			},
		}
	})
}
