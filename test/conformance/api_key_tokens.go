package conformance

import (
	"errors"
	"testing"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// APIKeyTokens checks every promise of port.APIKeyTokens.
func APIKeyTokens(t *testing.T, open func(t *testing.T) port.APIKeyTokens) {
	for _, promise := range []struct {
		must  string
		check func(t *testing.T, keys, others port.OpaqueTokens)
	}{
		{"parses its own key, with org and hash", opaqueRoundTrip},
		{"makes a new key of at least 256 bits each time", opaqueDiffer},
		{"returns a hash that shows nothing of the key", opaqueHashHides},
		{"refuses a key in any other form", opaqueForms},
		{"refuses a key of which any character was changed", keyCharacters},
		{"serves many callers at once", opaqueConcurrent},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t), nil) })
	}
}

func keyCharacters(t *testing.T, keys, _ port.OpaqueTokens) {
	genuine := keys.New(tokenOrg).Secret.Reveal()
	if !domain.IsAPIKey(genuine) {
		t.Errorf("a key must begin with %s", domain.APIKeyPrefix)
	}
	for i := range genuine {
		for _, c := range []byte("0Az_") {
			changed := []byte(genuine)
			if changed[i] == c {
				continue
			}
			changed[i] = c
			if _, err := keys.Parse(domain.NewSecret(string(changed))); !errors.Is(err, domain.ErrUnauthenticated) {
				t.Errorf("another character at %d: got %v, want ErrUnauthenticated", i, err)
			}
		}
	}
}
