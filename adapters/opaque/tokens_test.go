package opaque_test

import (
	"encoding/base64"
	"errors"
	"regexp"
	"testing"

	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

const (
	org     domain.OrgID     = "01890a5d-ac96-774b-bcce-b302099a8057"
	session domain.SessionID = "01890a5d-ac96-774b-bcce-b302099a8058"
	device  domain.DeviceID  = "01890a5d-ac96-774b-bcce-b302099a8059"
)

func TestConformance(t *testing.T) {
	conformance.OpaqueTokens(t, func(_ *testing.T, kind string) port.OpaqueTokens { return opaque.New(kind) })
	conformance.RefreshTokens(t, func(*testing.T) port.RefreshTokens { return opaque.RefreshTokens{} })
	conformance.DeviceTokens(t, func(*testing.T) port.DeviceTokens { return opaque.DeviceTokens{} })
	conformance.Decisions(t, func(*testing.T) port.Decisions { return opaque.NewDecisions() })
}

func TestForms(t *testing.T) {
	for form, token := range map[string]domain.Secret{
		`^ch_[A-Za-z0-9_-]{64}$`:  opaque.New("ch").New(org).Secret,
		`^rt_[A-Za-z0-9_-]{107}$`: opaque.RefreshTokens{}.New(org, session).Secret,
		`^dv_[A-Za-z0-9_-]{86}$`:  opaque.DeviceTokens{}.New(org, device).Secret,
	} {
		if !regexp.MustCompile(form).MatchString(token.Reveal()) {
			t.Errorf("got %s, want %s", token.Reveal(), form)
		}
	}
}

func TestKindsAreNotInterchangeable(t *testing.T) {
	tokens := map[string]domain.Secret{
		"ch": opaque.New("ch").New(org).Secret,
		"su": opaque.New("su").New(org).Secret,
		"rt": opaque.RefreshTokens{}.New(org, session).Secret,
		"dv": opaque.DeviceTokens{}.New(org, device).Secret,
	}
	parsers := map[string]func(domain.Secret) error{
		"ch": func(s domain.Secret) error { _, err := opaque.New("ch").Parse(s); return err },
		"su": func(s domain.Secret) error { _, err := opaque.New("su").Parse(s); return err },
		"rt": func(s domain.Secret) error { _, err := opaque.RefreshTokens{}.Parse(s); return err },
		"dv": func(s domain.Secret) error { _, err := opaque.DeviceTokens{}.Parse(s); return err },
	}
	for made, token := range tokens {
		for read, parse := range parsers {
			if err := parse(token); made == read && err != nil || made != read && !errors.Is(err, domain.ErrUnauthenticated) {
				t.Errorf("%s read as %s: %v", made, read, err)
			}
		}
	}
}

// What is stored must be found again by every release. The hashes were computed with sha256sum.
func TestHashesNeverChange(t *testing.T) {
	opaqueToken, err := opaque.New("ch").Parse(domain.NewSecret("ch_" + text(48)))
	if err != nil || opaqueToken.Hash != "M_XZX8IFzB2UZYf9YeSy8WSyNTp1xfWGpxGAS-bkqkI" {
		t.Errorf("opaque: got %s, %v", opaqueToken.Hash, err)
	}
	refresh, err := opaque.RefreshTokens{}.Parse(domain.NewSecret("rt_" + text(80)))
	if err != nil || refresh.Hash != "RwBsRKweVRWDbw8t68h2waVRBruvZWzojN4oYtnIB9w" ||
		refresh.FamilyHash != "N8pzkDqyepkQv4Ubmbm8Ct3S3rHPRRDoGfrHeaBrneU" {
		t.Errorf("refresh: got %s, %s, %v", refresh.Hash, refresh.FamilyHash, err)
	}
	if refresh.Org != "00010203-0405-0607-0809-0a0b0c0d0e0f" || refresh.Session != "10111213-1415-1617-1819-1a1b1c1d1e1f" {
		t.Errorf("refresh: got org %s, session %s", refresh.Org, refresh.Session)
	}
}

// text is the bytes 0, 1, 2, ... in base64url.
func text(size int) string {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i)
	}
	return base64.RawURLEncoding.EncodeToString(content)
}

func TestOnlyIDsGetTokens(t *testing.T) {
	for name, produce := range map[string]func(){
		"a slug for an org":         func() { opaque.New("ch").New("acme") },
		"upper case":                func() { opaque.New("ch").New("01890A5D-AC96-774B-BCCE-B302099A8057") },
		"no session":                func() { opaque.RefreshTokens{}.New(org, "") },
		"no device":                 func() { opaque.DeviceTokens{}.New(org, "") },
		"the next of no generation": func() { opaque.RefreshTokens{}.Next(domain.RefreshToken{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("made a token")
				}
			}()
			produce()
		})
	}
}

func TestOpenRefusesASuccessorOfAnotherFamily(t *testing.T) {
	tokens := opaque.RefreshTokens{}
	old, stranger := tokens.New(org, session), tokens.New(org, session)
	sealed, err := tokens.Seal(old, stranger)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Open(old, sealed); !errors.Is(err, domain.ErrUnauthenticated) {
		t.Errorf("got %v, want ErrUnauthenticated", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("ch_" + text(48))
	f.Add("rt_" + text(80))
	f.Add("dv_" + text(64))
	f.Add("ch_" + text(48) + "\n")
	f.Fuzz(func(t *testing.T, token string) {
		secret := domain.NewSecret(token)
		if parsed, err := opaque.New("ch").Parse(secret); err == nil && (len(token) != 67 || !domain.IsID(string(parsed.Org))) {
			t.Errorf("accepted %q", token)
		}
		if parsed, err := (opaque.RefreshTokens{}).Parse(secret); err == nil && (len(token) != 110 || !domain.IsID(string(parsed.Session))) {
			t.Errorf("accepted %q", token)
		}
		if parsed, err := (opaque.DeviceTokens{}).Parse(secret); err == nil && (len(token) != 89 || !domain.IsID(string(parsed.Device))) {
			t.Errorf("accepted %q", token)
		}
	})
}

func FuzzOpen(f *testing.F) {
	tokens := opaque.RefreshTokens{}
	old, err := tokens.Parse(domain.NewSecret("rt_" + text(80)))
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := tokens.Seal(old, tokens.Next(old))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed[:12])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if _, err := tokens.Open(old, sealed); err == nil {
			t.Errorf("opened %x", sealed)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	token := opaque.RefreshTokens{}.New(org, session).Secret
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (opaque.RefreshTokens{}).Parse(token); err != nil {
			b.Fatal(err)
		}
	}
}
