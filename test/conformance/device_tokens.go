package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// DeviceTokens checks every promise of port.DeviceTokens.
func DeviceTokens(t *testing.T, open func(t *testing.T) port.DeviceTokens) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.DeviceTokens)
	}{
		{"parses its own token, with org, device and hash", deviceRoundTrip},
		{"makes a new token of a device each time", deviceTokensDiffer},
		{"returns a hash that shows nothing of the token", deviceHashHides},
		{"refuses a token in any other form", deviceForms},
		{"opens a sealed successor with the old token", deviceSealed},
		{"does not open a sealed successor with anything else", deviceSealedElsewhere},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
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

func mustSealDevice(t *testing.T, tokens port.DeviceTokens) (old, next port.DeviceToken, sealed []byte) {
	t.Helper()
	old, next = tokens.New(tokenOrg, tokenDevice), tokens.New(tokenOrg, tokenDevice)
	sealed, err := tokens.Seal(old, next)
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	return old, next, sealed
}

func deviceSealed(t *testing.T, tokens port.DeviceTokens) {
	old, next, sealed := mustSealDevice(t, tokens)
	presented, err := tokens.Parse(domain.NewSecret(old.Secret.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // as often as it is repeated
		opened, err := tokens.Open(presented, sealed)
		if err != nil || opened.Secret.Reveal() != next.Secret.Reveal() || !opened.Hash.Equal(next.Hash) || opened.Device != tokenDevice {
			t.Errorf("got %+v, %v; want %+v", opened, err, next)
		}
	}
	if strings.Contains(string(sealed), next.Secret.Reveal()[8:]) {
		t.Error("the successor is not encrypted")
	}
}

func deviceSealedElsewhere(t *testing.T, tokens port.DeviceTokens) {
	old, next, sealed := mustSealDevice(t, tokens)
	stolen := old // all that a stolen database holds
	stolen.Secret = domain.NewSecret(string(old.Hash))
	elsewhere := old // a successor of another device
	elsewhere.Device = domain.DeviceID(tokenSession)
	for what, token := range map[string]port.DeviceToken{
		"the successor itself": next, "another token of the device": tokens.New(tokenOrg, tokenDevice),
		"the hash": stolen, "no token": {Org: tokenOrg, Device: tokenDevice}, "another device": elsewhere,
	} {
		if opened, err := tokens.Open(token, sealed); err == nil || !opened.Secret.IsZero() {
			t.Errorf("%s opened it", what)
		}
	}
	for i := range sealed {
		changed := slices.Clone(sealed)
		changed[i] ^= 1
		if _, err := tokens.Open(old, changed); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
		if _, err := tokens.Open(old, sealed[:i]); err == nil {
			t.Errorf("opened with %d bytes only", i)
		}
	}
}
