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
	conformance.SecretBox(t, func(t *testing.T) port.SecretBox { return newBox(t, newKey, oldKey) })
}

func TestFallbackKeysOpenAndOnlyTheCurrentOneSeals(t *testing.T) {
	old, rotated := newBox(t, oldKey), newBox(t, newKey, oldKey)
	if secret, err := rotated.Open(seal(t, old), place); err != nil || secret.Reveal() != "JBSWY3DPEHPK3PXP" {
		t.Errorf("sealed with the fallback: %q, %v", secret.Reveal(), err)
	}
	if rotated.Current() != newBox(t, newKey).Current() || rotated.KeyOf(seal(t, rotated)) != rotated.Current() {
		t.Errorf("sealed with %s, want the current key", rotated.KeyOf(seal(t, rotated)))
	}
	if _, err := old.Open(seal(t, rotated), place); !errors.Is(err, domain.ErrSecretUnreadable) {
		t.Errorf("without the new key: got %v, want ErrSecretUnreadable", err)
	}
}

func TestKeyOf(t *testing.T) {
	box := newBox(t, newKey)
	for sealed, want := range map[domain.SealedSecret]string{
		seal(t, box): box.Current(),
		"0a1b2c3d.x": "0a1b2c3d",
		"":           "",
		"no dot":     "",
	} {
		if got := box.KeyOf(sealed); got != want {
			t.Errorf("%s: got %q, want %q", sealed, got, want)
		}
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}$`).MatchString(box.Current()) {
		t.Errorf("key id %q", box.Current())
	}
}

func TestNewRefusesAnEmptyKey(t *testing.T) {
	for name, keys := range map[string][]string{"current": {"", oldKey}, "fallback": {newKey, oldKey, ""}} {
		if _, err := fernet.New(keys[0], keys[1:]); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestTokenUnderAnotherKeysIDIsUnreadable(t *testing.T) {
	box := newBox(t, newKey, oldKey)
	_, token, _ := strings.Cut(string(seal(t, box)), ".")
	moved := domain.SealedSecret(newBox(t, oldKey).Current() + "." + token)
	if _, err := box.Open(moved, place); !errors.Is(err, domain.ErrSecretUnreadable) {
		t.Errorf("under another key id: got %v, want ErrSecretUnreadable", err)
	}
}
