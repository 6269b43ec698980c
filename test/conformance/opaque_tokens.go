package conformance

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	tokenOrg     domain.OrgID     = "01890a5d-ac96-774b-bcce-b302099a8057"
	tokenSession domain.SessionID = "01890a5d-ac96-774b-bcce-b302099a8058"
	tokenDevice  domain.DeviceID  = "01890a5d-ac96-774b-bcce-b302099a8059"
)

// OpaqueTokens checks every promise of port.OpaqueTokens. open returns an adapter for tokens of a
// kind, which is a short word of lower-case letters.
func OpaqueTokens(t *testing.T, open func(t *testing.T, kind string) port.OpaqueTokens) {
	for _, promise := range []struct {
		must  string
		check func(t *testing.T, tokens, others port.OpaqueTokens)
	}{
		{"parses its own token, with org and hash", opaqueRoundTrip},
		{"makes a new token of at least 256 bits each time", opaqueDiffer},
		{"returns a hash that shows nothing of the token", opaqueHashHides},
		{"does not parse a token of another kind", opaqueKinds},
		{"refuses a token in any other form", opaqueForms},
		{"serves many callers at once", opaqueConcurrent},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, open(t, "ch"), open(t, "su")) })
	}
}

func opaqueRoundTrip(t *testing.T, tokens, _ port.OpaqueTokens) {
	made := tokens.New(tokenOrg)
	parsed, err := tokens.Parse(domain.NewSecret(made.Secret.Reveal()))
	if err != nil || parsed.Org != tokenOrg || !parsed.Hash.Equal(made.Hash) || parsed.Secret.Reveal() != made.Secret.Reveal() {
		t.Errorf("got %+v, %v; want %+v", parsed, err, made)
	}
}

func opaqueDiffer(t *testing.T, tokens, _ port.OpaqueTokens) {
	texts, hashes := map[string]bool{}, map[domain.TokenHash]bool{}
	for range 1000 {
		made := tokens.New(tokenOrg)
		texts[made.Secret.Reveal()], hashes[made.Hash] = true, true
		if len(made.Secret.Reveal()) < 43 { // 256 bits in base64
			t.Fatalf("a token of only %d characters", len(made.Secret.Reveal()))
		}
	}
	if len(texts) != 1000 || len(hashes) != 1000 {
		t.Errorf("%d different tokens and %d hashes of 1,000", len(texts), len(hashes))
	}
}

func opaqueHashHides(t *testing.T, tokens, _ port.OpaqueTokens) {
	mustHide(t, tokens.New(tokenOrg).Hash, tokens.New(tokenOrg).Secret)
}

// mustHide fails the test unless the hash is a SHA-256 in base64url without any part of the token.
func mustHide(t *testing.T, hash domain.TokenHash, token domain.Secret) {
	t.Helper()
	if raw, err := base64.RawURLEncoding.DecodeString(string(hash)); err != nil || len(raw) != 32 {
		t.Errorf("hash of %d bytes, %v; want 32 in base64url", len(raw), err)
	}
	text := token.Reveal()
	for i := 0; i+12 <= len(text); i++ {
		if strings.Contains(string(hash), text[i:i+12]) {
			t.Errorf("the hash shows the token at %d", i)
		}
	}
}

func opaqueKinds(t *testing.T, tokens, others port.OpaqueTokens) {
	token := others.New(tokenOrg).Secret
	if _, err := tokens.Parse(token); !errors.Is(err, domain.ErrUnauthenticated) {
		t.Errorf("got %v, want ErrUnauthenticated", err)
	}
}

func opaqueForms(t *testing.T, tokens, _ port.OpaqueTokens) {
	mustParseOneForm(t, tokens.New(tokenOrg).Secret, func(token domain.Secret) error {
		_, err := tokens.Parse(token)
		return err
	})
}

func opaqueConcurrent(t *testing.T, tokens, _ port.OpaqueTokens) {
	var crowd sync.WaitGroup
	for range 16 {
		crowd.Go(func() {
			made := tokens.New(tokenOrg)
			if parsed, err := tokens.Parse(made.Secret); err != nil || !parsed.Hash.Equal(made.Hash) {
				t.Errorf("got %v", err)
			}
		})
	}
	crowd.Wait()
}

// mustParseOneForm fails the test if any variation of the token is accepted.
func mustParseOneForm(t *testing.T, genuine domain.Secret, parse func(domain.Secret) error) {
	t.Helper()
	if err := parse(genuine); err != nil {
		t.Fatalf("the genuine token: %v", err)
	}
	for what, text := range otherForms(genuine.Reveal()) {
		if err := parse(domain.NewSecret(text)); !errors.Is(err, domain.ErrUnauthenticated) {
			t.Errorf("%s: got %v, want ErrUnauthenticated", what, err)
		}
	}
	if err := parse(domain.Secret{}); !errors.Is(err, domain.ErrUnauthenticated) {
		t.Errorf("no token at all: got %v, want ErrUnauthenticated", err)
	}
}

func otherForms(text string) map[string]string {
	prefix, body, _ := strings.Cut(text, "_")
	forms := map[string]string{
		"no prefix":                body,
		"another prefix":           "xx_" + body,
		"the prefix in upper case": strings.ToUpper(prefix) + "_" + body,
		"the prefix twice":         prefix + "_" + text,
		"another separator":        prefix + "-" + body,
		"the prefix alone":         prefix + "_",
		"all in upper case":        strings.ToUpper(text),
		"twice over":               text + text,
		"a megabyte":               text + strings.Repeat("A", 1<<20),
		"a line break inside":      text[:20] + "\n" + text[21:],
		"one more line break":      text[:20] + "\n" + text[20:],
		"standard base64":          text[:20] + "+" + text[21:],
	}
	for i := range text {
		forms[fmt.Sprintf("only %d characters", i)] = text[:i]
	}
	for _, more := range []string{"=", "==", "\n", "\r\n", " ", "\x00", "A", "AAAA", "."} {
		forms[fmt.Sprintf("followed by %q", more)] = text + more
		forms[fmt.Sprintf("preceded by %q", more)] = more + text
	}
	if len(body)%4 != 0 { // the last character has bits to spare
		forms["spelt differently"] = text[:len(text)-1] + respelt(text[len(text)-1])
	}
	return forms
}

// respelt returns the base64url character that differs from the canonical last one in an unused bit.
func respelt(last byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	next := (strings.IndexByte(alphabet, last) + 1) % len(alphabet)
	return alphabet[next : next+1]
}
