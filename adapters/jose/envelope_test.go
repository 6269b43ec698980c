package jose

import (
	"strings"
	"testing"
	"time"

	"github.com/sole-platform/sole/domain"
)

func TestOpenRefusesTokensOverEightKilobytes(t *testing.T) {
	key, err := GenerateKey(domain.RS256, 0)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]bool{4_000: true, 6_200: false} { // bytes before base64
		signed, err := keys.signer(time.Time{}).Sign([]byte(strings.Repeat("x", size)))
		if err != nil {
			t.Fatal(err)
		}
		token, err := signed.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, ok := keys.open(token); ok != want {
			t.Errorf("a token of %d bytes: got %t, want %t", len(token), ok, want)
		}
	}
}
