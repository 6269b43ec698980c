package conformance

import (
	"testing"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// DeviceTokens checks every promise of port.DeviceTokens.
func DeviceTokens(t *testing.T, open func(t *testing.T) port.DeviceTokens) {
	for _, sentence := range []struct {
		must  string
		check func(*testing.T, port.DeviceTokens)
	}{
		{"parses what it made, with its org, device and hash", deviceRoundTrip},
		{"makes another token of a device each time", deviceTokensDiffer},
		{"keeps a hash that shows nothing of the token", deviceHashHides},
		{"does not parse a token written in any other way", deviceForms},
	} {
		t.Run(sentence.must, func(t *testing.T) { sentence.check(t, open(t)) })
	}
}

func deviceRoundTrip(t *testing.T, tokens port.DeviceTokens) {
	made := tokens.New(tokenOrg, tokenDevice)
	parsed, err := tokens.Parse(domain.NewSecret(made.Secret.Reveal()))
	if err != nil || parsed.Org != tokenOrg || parsed.Device != tokenDevice || !parsed.Hash.Equal(made.Hash) {
		t.Errorf("got %+v, %v; want %+v", parsed, err, made)
	}
}

func deviceTokensDiffer(t *testing.T, tokens port.DeviceTokens) {
	seen := map[domain.TokenHash]bool{}
	for range 1000 {
		seen[tokens.New(tokenOrg, tokenDevice).Hash] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different tokens of 1,000", len(seen))
	}
}

func deviceHashHides(t *testing.T, tokens port.DeviceTokens) {
	token := tokens.New(tokenOrg, tokenDevice)
	mustHide(t, token.Hash, token.Secret)
}

func deviceForms(t *testing.T, tokens port.DeviceTokens) {
	mustParseOneForm(t, tokens.New(tokenOrg, tokenDevice).Secret, func(token domain.Secret) error {
		_, err := tokens.Parse(token)
		return err
	})
}
