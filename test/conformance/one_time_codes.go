package conformance

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// OneTimeCodes checks every promise of port.OneTimeCodes.
func OneTimeCodes(t *testing.T, open func(t *testing.T) port.OneTimeCodes) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, port.OneTimeCodes)
	}{
		{"makes a new secret of at least 160 bits each time", codesMakeSecrets},
		{"shows the secret as a Key URI", codesShowURI},
		{"shows the URI as an SVG image", codesShowQR},
		{"shows a secret the same each time", codesShowAgain},
		{"matches the test vectors of RFC 6238", codesMatchVectors},
		{"accepts a code one time step early or late, and no more", codesAllowOneStep},
		{"matches six ASCII digits and nothing else", codesAreSixDigits},
		{"matches no code of another secret", codesOfAnotherSecret},
		{"matches no code of a secret that it cannot read", codesOfNoSecret},
		{"serves many callers at once", codesAreConcurrent},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t)) })
	}
}

// rfcSecret is the ASCII secret 12345678901234567890 of RFC 6238 appendix B in base32.
var rfcSecret = domain.NewSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")

func mustEnrol(t *testing.T, codes port.OneTimeCodes) port.Enrollment {
	t.Helper()
	enrollment, err := codes.Show(codes.New(), "ACME Co", "ada+x@example.org")
	if err != nil {
		t.Fatalf("Show: %v", err)
	}
	return enrollment
}

// codeAt computes the code of a time step as RFC 4226 §5.3 describes it.
func codeAt(t *testing.T, secret domain.Secret, step int64) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret.Reveal())
	if err != nil {
		t.Fatalf("the secret is not base32 without padding: %v", err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	value := binary.BigEndian.Uint32(sum[sum[19]&0xf:]) & 0x7fffffff
	return fmt.Sprintf("%06d", value%1_000_000)
}

func codesMakeSecrets(t *testing.T, codes port.OneTimeCodes) {
	seen := map[string]bool{}
	for range 20 {
		secret := mustEnrol(t, codes).Secret.Reveal()
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
		if err != nil || len(raw) < 20 {
			t.Errorf("got %d bytes, %v; want at least 20 in base32", len(raw), err)
		}
		if seen[secret] {
			t.Error("the same secret twice")
		}
		seen[secret] = true
	}
}

func codesShowURI(t *testing.T, codes port.OneTimeCodes) {
	enrollment := mustEnrol(t, codes)
	uri, err := url.Parse(enrollment.URI.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	if uri.Scheme != "otpauth" || uri.Host != "totp" || uri.Path != "/ACME Co:ada+x@example.org" {
		t.Errorf("got %s://%s%s", uri.Scheme, uri.Host, uri.Path)
	}
	want := url.Values{
		"secret": {enrollment.Secret.Reveal()}, "issuer": {"ACME Co"},
		"algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"},
	}
	if got := uri.Query(); got.Encode() != want.Encode() {
		t.Errorf("got %s, want %s", got.Encode(), want.Encode())
	}
	if strings.Contains(enrollment.URI.Reveal(), "+") {
		t.Errorf("a blank or plus as +, which apps show as it stands: %s", enrollment.URI.Reveal())
	}
}

func codesShowQR(t *testing.T, codes port.OneTimeCodes) {
	decoder := xml.NewDecoder(strings.NewReader(mustEnrol(t, codes).QR.Reveal()))
	var names []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		if element, ok := token.(xml.StartElement); ok {
			names = append(names, element.Name.Local)
		}
	}
	if len(names) < 2 || names[0] != "svg" || strings.Contains(strings.Join(names, " "), "script") {
		t.Errorf("got elements %v", names)
	}
}

func codesShowAgain(t *testing.T, codes port.OneTimeCodes) {
	first := mustEnrol(t, codes)
	again, err := codes.Show(first.Secret, "ACME Co", "ada+x@example.org")
	if err != nil || again.Secret.Reveal() != first.Secret.Reveal() ||
		again.URI.Reveal() != first.URI.Reveal() || again.QR.Reveal() != first.QR.Reveal() {
		t.Errorf("Show differs from Enrol, error %v", err)
	}
}

func codesMatchVectors(t *testing.T, codes port.OneTimeCodes) {
	for second, code := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471",
		1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		step, ok := codes.Match(rfcSecret, code, time.Unix(second, 0))
		if !ok || step != second/30 {
			t.Errorf("%s at %d: got step %d, %t; want %d", code, second, step, ok, second/30)
		}
	}
}

func codesAllowOneStep(t *testing.T, codes port.OneTimeCodes) {
	secret := mustEnrol(t, codes).Secret
	const current = 58_000_000
	for _, now := range []time.Time{time.Unix(current*30, 0), time.Unix(current*30+29, 999_999_999)} {
		for skew := int64(-3); skew <= 3; skew++ {
			step, ok := codes.Match(secret, codeAt(t, secret, current+skew), now)
			want := skew >= -1 && skew <= 1
			if ok != want || ok && step != current+skew {
				t.Errorf("%d steps off: got %d, %t; want %d, %t", skew, step, ok, current+skew, want)
			}
		}
	}
}

func codesAreSixDigits(t *testing.T, codes port.OneTimeCodes) {
	now := time.Unix(59, 0)
	for _, code := range []string{
		"", "2", "87082", "0287082", "94287082", " 287082", "287082 ", "287082\n", "287 082", "287-082",
		"+87082", "-87082", "2870a2", "28708\x00", "287082\x00", "٢٨٧٠٨٢", "２８７０８２", strings.Repeat("287082", 1000),
	} {
		if _, ok := codes.Match(rfcSecret, code, now); ok {
			t.Errorf("matched %.20q", code)
		}
	}
}

func codesOfAnotherSecret(t *testing.T, codes port.OneTimeCodes) {
	mine, other := mustEnrol(t, codes).Secret, mustEnrol(t, codes).Secret
	matched := 0
	for step := range int64(100) {
		if _, ok := codes.Match(mine, codeAt(t, other, 1000+10*step), time.Unix(30*(1000+10*step), 0)); ok {
			matched++
		}
	}
	if matched > 2 { // each has a chance of three in a million
		t.Errorf("%d of 100 codes of another secret matched", matched)
	}
}

func codesOfNoSecret(t *testing.T, codes port.OneTimeCodes) {
	const firstOfEmptyKey = "328482" // HOTP of the empty key at step 0, which everyone can compute
	for _, secret := range []domain.Secret{{}, domain.NewSecret(""), domain.NewSecret(" "), domain.NewSecret("AE"),
		domain.NewSecret("not base32!")} {
		for _, code := range []string{firstOfEmptyKey, "000000", "287082"} {
			if _, ok := codes.Match(secret, code, time.Unix(0, 0)); ok {
				t.Errorf("%q matched %s", secret.Reveal(), code)
			}
		}
	}
}

func codesAreConcurrent(t *testing.T, codes port.OneTimeCodes) {
	var crowd sync.WaitGroup
	for range 16 {
		crowd.Go(func() {
			if _, err := codes.Show(codes.New(), "ACME Co", "ada@example.org"); err != nil {
				t.Errorf("Show: %v", err)
			}
			if _, ok := codes.Match(rfcSecret, "287082", time.Unix(59, 0)); !ok {
				t.Error("the right code did not match in a crowd")
			}
		})
	}
	crowd.Wait()
}
