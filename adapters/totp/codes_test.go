package totp_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"

	"github.com/sole-platform/sole/adapters/totp"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
)

func TestConformance(t *testing.T) {
	conformance.OneTimeCodes(t, func(*testing.T) port.OneTimeCodes { return totp.Codes{} })
	conformance.RecoveryCodeMaker(t, func(*testing.T) port.RecoveryCodeMaker { return totp.RecoveryCodes{} })
}

func TestKeyURI(t *testing.T) {
	for name, c := range map[string]struct{ issuer, account, want string }{
		"plain":              {"ACME", "ada@example.org", "otpauth://totp/ACME:ada%40example.org?secret=S&issuer=ACME"},
		"blanks":             {"ACME Co", "ada@example.org", "otpauth://totp/ACME%20Co:ada%40example.org?secret=S&issuer=ACME%20Co"},
		"plus and ampersand": {"A&B", "ada+x@example.org", "otpauth://totp/A%26B:ada%2Bx%40example.org?secret=S&issuer=A%26B"},
		"colons":             {"ACME: West", "a:da", "otpauth://totp/ACME%20West:ada?secret=S&issuer=ACME%20West"},
		"signs of a URI":     {"a?b#c/d%", "x=y", "otpauth://totp/a%3Fb%23c%2Fd%25:x%3Dy?secret=S&issuer=a%3Fb%23c%2Fd%25"},
		"another alphabet":   {"Ωμ", "ada", "otpauth://totp/%CE%A9%CE%BC:ada?secret=S&issuer=%CE%A9%CE%BC"},
		"a long name": {strings.Repeat("é", 41), "ada",
			"otpauth://totp/" + strings.Repeat("%C3%A9", 40) + ":ada?secret=S&issuer=" + strings.Repeat("%C3%A9", 40)},
	} {
		t.Run(name, func(t *testing.T) {
			e := enrol(t, c.issuer, c.account)
			got := strings.Replace(e.URI.Reveal(), e.Secret.Reveal(), "S", 1)
			if want := c.want + "&algorithm=SHA1&digits=6&period=30"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestURIReadsBackInAnotherLibrary(t *testing.T) {
	e := enrol(t, "ACME Co", "ada+x@example.org")
	key, err := otp.NewKeyFromURL(e.URI.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if key.Issuer() != "ACME Co" || key.AccountName() != "ada+x@example.org" || key.Secret() != e.Secret.Reveal() {
		t.Errorf("got %s, %s, %s", key.Issuer(), key.AccountName(), key.Secret())
	}
}

func TestLongestNamesStillFitAQRCode(t *testing.T) {
	e := enrol(t, strings.Repeat("🔑", 200), strings.Repeat("🔑", 254))
	if _, err := url.Parse(e.URI.Reveal()); err != nil || e.QR.IsZero() {
		t.Errorf("got %v, QR empty: %t", err, e.QR.IsZero())
	}
}

func TestNewRefusesToEnrolNobody(t *testing.T) {
	for _, names := range [][2]string{{"", "ada"}, {"ACME", ""}} {
		if _, err := (totp.Codes{}).Show(totp.Codes{}.New(), names[0], names[1]); err == nil {
			t.Errorf("%q: accepted", names)
		}
	}
}

func TestMatchBeforeTheFirstStepLooksAtNoNegativeOne(t *testing.T) {
	secret := domain.NewSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if step, ok := (totp.Codes{}).Match(secret, "755224", time.Unix(0, 0)); !ok || step != 0 { // RFC 4226 appendix D
		t.Errorf("at the first step: got %d, %t", step, ok)
	}
	if _, ok := (totp.Codes{}).Match(secret, "755224", time.Time{}); ok {
		t.Error("matched in the year 1")
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "287082", int64(59))
	f.Add("", "755224", int64(0))
	f.Add("%%%", "٠١٢٣٤٥", int64(-1))
	f.Fuzz(func(t *testing.T, secret, code string, second int64) {
		now := time.Unix(second, 0)
		step, ok := totp.Codes{}.Match(domain.NewSecret(secret), code, now)
		if ok && (len(code) != 6 || step < second/30-1 || step > second/30+1) {
			t.Errorf("matched %q at step %d of %d", code, step, second/30)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	secret := domain.NewSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	for b.Loop() {
		totp.Codes{}.Match(secret, "287082", time.Unix(59, 0))
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := (totp.Codes{}).Show(totp.Codes{}.New(), "ACME Co", "ada.lovelace@example.org"); err != nil {
			b.Fatal(err)
		}
	}
}

func enrol(t *testing.T, issuer, account string) port.Enrollment {
	t.Helper()
	e, err := totp.Codes{}.Show(totp.Codes{}.New(), issuer, account)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
