package fernet_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

const (
	oldKey = "the secret key of last year, kept"
	newKey = "the secret key of this year, ours"
)

var place = port.Place{
	Purpose: "totp",
	Org:     "01890a5d-ac96-774b-bcce-b302099a8057",
	User:    "01890a5d-ac96-774b-bcce-b302099a8058",
}

func newBox(t *testing.T, current string, fallbacks ...string) *fernet.Box {
	t.Helper()
	box, err := fernet.New(current, fallbacks)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func seal(t *testing.T, box *fernet.Box) domain.SealedSecret {
	t.Helper()
	sealed, err := box.Seal(domain.NewSecret("JBSWY3DPEHPK3PXP"), place)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.SecretBox(t, func(t *testing.T) port.SecretBox { return newBox(t, newKey, oldKey) })
}

func TestKeyRingConformance(t *testing.T) {
	t.Parallel()
	conformance.KeyRing(t, func(t *testing.T, current string, fallbacks ...string) port.KeyRing {
		return newBox(t, current, fallbacks...)
	})
}

func TestKeyIDsAreEightHexadecimalDigits(t *testing.T) {
	t.Parallel()
	for _, id := range newBox(t, newKey, oldKey).KeyIDs() {
		if !regexp.MustCompile(`^[0-9a-f]{8}$`).MatchString(id) {
			t.Errorf("key id %q", id)
		}
	}
}

func TestNewRefusesAnEmptyKey(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]string{"current": {"", oldKey}, "fallback": {newKey, oldKey, ""}} {
		if _, err := fernet.New(keys[0], keys[1:]); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestTokenUnderAnotherKeysIDIsUnreadable(t *testing.T) {
	t.Parallel()
	box := newBox(t, newKey, oldKey)
	_, token, _ := strings.Cut(string(seal(t, box)), ".")
	moved := domain.SealedSecret(newBox(t, oldKey).Current() + "." + token)
	if _, err := box.Open(moved, place); !errors.Is(err, domain.ErrSecretUnreadable) {
		t.Errorf("under another key id: got %v, want ErrSecretUnreadable", err)
	}
}
