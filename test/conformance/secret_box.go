package conformance

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// SecretBox checks every promise of port.SecretBox.
func SecretBox(t *testing.T, open func(t *testing.T) port.SecretBox) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.SecretBox)
	}{
		{"opens a sealed secret byte for byte", boxRoundTrip},
		{"seals a secret differently each time, and never readably", boxHides},
		{"does not open a secret in another place", boxRefusesOtherPlaces},
		{"does not open a sealed secret with any character changed", boxRefusesChanges},
		{"does not open a sealed secret that was shortened or lengthened", boxRefusesOtherLengths},
		{"does not open text that it never sealed", boxRefusesForeign},
		{"serves many callers at once", boxIsConcurrent},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

var boxPlace = port.Place{
	Purpose: "totp",
	Org:     "01890a5d-ac96-774b-bcce-b302099a8057",
	User:    "01890a5d-ac96-774b-bcce-b302099a8058",
}

func mustSeal(t *testing.T, box port.SecretBox, secret string) domain.SealedSecret {
	t.Helper()
	sealed, err := box.Seal(domain.NewSecret(secret), boxPlace)
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	return sealed
}

func mustNotOpen(t *testing.T, box port.SecretBox, sealed domain.SealedSecret, place port.Place, why string) {
	t.Helper()
	secret, err := box.Open(sealed, place)
	if !errors.Is(err, domain.ErrSecretUnreadable) || !secret.IsZero() {
		t.Errorf("%s: got %q, %v; want ErrSecretUnreadable", why, secret.Reveal(), err)
	}
}

func boxRoundTrip(t *testing.T, box port.SecretBox) {
	for _, secret := range []string{"", "JBSWY3DPEHPK3PXP", "\x00\xff.\n\"", strings.Repeat("длинный ", 999)} {
		opened, err := box.Open(mustSeal(t, box, secret), boxPlace)
		if err != nil || opened.Reveal() != secret {
			t.Errorf("%.20q: got %.20q, %v", secret, opened.Reveal(), err)
		}
	}
}

func boxHides(t *testing.T, box port.SecretBox) {
	first, second := mustSeal(t, box, "JBSWY3DPEHPK3PXP"), mustSeal(t, box, "JBSWY3DPEHPK3PXP")
	if first == second {
		t.Error("sealed the same twice")
	}
	if strings.Contains(string(first), "JBSWY3DP") {
		t.Errorf("the secret shows: %s", first)
	}
}

func boxRefusesOtherPlaces(t *testing.T, box port.SecretBox) {
	sealed := mustSeal(t, box, "JBSWY3DPEHPK3PXP")
	p := boxPlace
	for why, place := range map[string]port.Place{
		"another purpose":         {Purpose: "canary", Org: p.Org, User: p.User},
		"another org":             {Purpose: p.Purpose, Org: domain.OrgID(p.User), User: p.User},
		"another account":         {Purpose: p.Purpose, Org: p.Org, User: domain.UserID(p.Org)},
		"org and account swapped": {Purpose: p.Purpose, Org: domain.OrgID(p.User), User: domain.UserID(p.Org)},
		"parts run together":      {Purpose: p.Purpose + string(p.Org), User: p.User},
		"no account":              {Purpose: p.Purpose, Org: p.Org},
		"nowhere":                 {},
	} {
		mustNotOpen(t, box, sealed, place, why)
	}
}

func boxRefusesChanges(t *testing.T, box port.SecretBox) {
	sealed := mustSeal(t, box, "JBSWY3DPEHPK3PXP")
	for i := range sealed {
		for _, c := range []byte{'A', 'z', '.', '=', '\n'} {
			if sealed[i] != c {
				changed := sealed[:i] + domain.SealedSecret(c) + sealed[i+1:]
				mustNotOpen(t, box, changed, boxPlace, fmt.Sprintf("character %d made %q", i, c))
			}
		}
	}
}

func boxRefusesOtherLengths(t *testing.T, box port.SecretBox) {
	sealed := mustSeal(t, box, "JBSWY3DPEHPK3PXP")
	for i := range sealed {
		mustNotOpen(t, box, sealed[:i], boxPlace, fmt.Sprintf("only %d characters", i))
		mustNotOpen(t, box, sealed[i+1:], boxPlace, fmt.Sprintf("without the first %d characters", i+1))
	}
	for _, tail := range []domain.SealedSecret{"A", "=", "\n", " ", "AAAA", ".", "\x00", sealed} {
		mustNotOpen(t, box, sealed+tail, boxPlace, fmt.Sprintf("followed by %.9q", tail))
		mustNotOpen(t, box, tail+sealed, boxPlace, fmt.Sprintf("preceded by %.9q", tail))
	}
}

func boxRefusesForeign(t *testing.T, box port.SecretBox) {
	for _, sealed := range []domain.SealedSecret{"", ".", "..", "JBSWY3DPEHPK3PXP", "00000000.gAAAAA==", "\xff\x00"} {
		mustNotOpen(t, box, sealed, boxPlace, fmt.Sprintf("%q", sealed))
	}
}

func boxIsConcurrent(t *testing.T, box port.SecretBox) {
	var crowd sync.WaitGroup
	for i := range 16 {
		crowd.Go(func() {
			secret := fmt.Sprintf("secret %d", i)
			sealed, err := box.Seal(domain.NewSecret(secret), boxPlace)
			if err != nil {
				t.Errorf("Seal: %v", err)
			}
			if opened, err := box.Open(sealed, boxPlace); err != nil || opened.Reveal() != secret {
				t.Errorf("got %q, %v; want %q", opened.Reveal(), err, secret)
			}
		})
	}
	crowd.Wait()
}
