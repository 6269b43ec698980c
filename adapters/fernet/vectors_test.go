package fernet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/fernet/fernet-go"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// The vectors of github.com/fernet/spec (verify.json, invalid.json).
const (
	specKey   = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
	specToken = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="
)

func TestOpensTheTokenOfTheSpecificationAtAnyAge(t *testing.T) {
	t.Parallel()
	content, ok := openToken(specToken, fernet.MustDecodeKeys(specKey))
	if !ok || string(content) != "hello" {
		t.Errorf("got %q, %t; want hello", content, ok)
	}
}

func TestRefusesTheInvalidTokensOfTheSpecification(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]string{
		"incorrect mac":  "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
		"too short":      "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==",
		"invalid base64": "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
		"payload size not multiple of block size": "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7m" +
			"rfyudzUm",
		"payload padding error": "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNY" +
			"IbkuKNqOhw==",
		"incorrect IV (causes padding error)": "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1" +
			"TIvcZjK1zQ==",
		"very short payload size":  "gAAAAABdnQ1TUKh2OE_ggbyCIxfg",
		"super short payload size": "gAAA",
		"nothing":                  "",
		"bytes after the padding":  specToken + "AAAA",
		"a line break":             specToken + "\n",
		"no padding":               strings.TrimRight(specToken, "="),
	} {
		t.Run(name, func(t *testing.T) {
			if content, ok := openToken(token, fernet.MustDecodeKeys(specKey)); ok {
				t.Errorf("opened as %q", content)
			}
		})
	}
}

// A reader written from the specification alone opens what Box seals.
func TestSealsTokensAsTheSpecificationHasThem(t *testing.T) {
	t.Parallel()
	box, err := New("a secret key of the operator's", nil)
	if err != nil {
		t.Fatal(err)
	}
	place := port.Place{Purpose: "totp", Org: "org", User: "user"}
	sealed, err := box.Seal(domain.NewSecret("JBSWY3DP"), place)
	if err != nil {
		t.Fatal(err)
	}
	id, token, _ := strings.Cut(string(sealed), ".")
	got := readBySpecification(t, box.keys[id][0], token)
	if want := "\x00\x00\x00\x04totp\x00\x00\x00\x03org\x00\x00\x00\x04userJBSWY3DP"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func readBySpecification(t *testing.T, key *fernet.Key, token string) string {
	t.Helper()
	raw, err := base64.URLEncoding.DecodeString(token)
	if err != nil || raw[0] != 0x80 {
		t.Fatalf("not version 0x80 in base64url: %v", err)
	}
	signed, mac := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	want := hmac.New(sha256.New, key[:16])
	want.Write(signed)
	if !hmac.Equal(mac, want.Sum(nil)) {
		t.Fatal("the HMAC does not fit")
	}
	block, err := aes.NewCipher(key[16:])
	if err != nil {
		t.Fatal(err)
	}
	plain := make([]byte, len(signed)-25)
	cipher.NewCBCDecrypter(block, signed[9:25]).CryptBlocks(plain, signed[25:])
	return string(plain[:len(plain)-int(plain[len(plain)-1])])
}

func TestKeysThatShareAnIDBothOpen(t *testing.T) {
	t.Parallel()
	place := port.Place{Purpose: "totp", Org: "org", User: "user"}
	first, _ := New("first", nil)
	second, _ := New("second", nil)
	sealed, err := first.Seal(domain.NewSecret("JBSWY3DP"), place)
	if err != nil {
		t.Fatal(err)
	}
	id := first.Current()
	both := &Box{ids: []string{id}, keys: map[string][]*fernet.Key{id: {second.keys[second.Current()][0], first.keys[id][0]}}}
	if secret, err := both.Open(sealed, place); err != nil || secret.Reveal() != "JBSWY3DP" {
		t.Errorf("got %q, %v", secret.Reveal(), err)
	}
}

// Sealed in 1985 by another implementation of HKDF and Fernet (pyca/cryptography): what
// one release sealed, every later one must open.
const (
	foreignKey    = "correct horse battery staple, long"
	foreignSealed = "dddaac3d.gAAAAAAdwJ6wJzdG-vExDM0LP_Dp2UG_oB8GUn060U0K02CHAoUmWtuzt9qFvwRFfgeaClY-Mwj7RRasQhLRiNirklFHqXjaDePxxd5TQTS" +
		"7eaMjDuqSKbidmR1EYZiqzhyRbj8UhBJddnt0VOHTVbbWP_RQwZYqnqoUEbPWsm2rCR_I2tX07XRIppEC_pUyt7C6yxe70nOZspIStxfikXsuM4QqbmnHWg=="
)

var foreignPlace = port.Place{
	Purpose: "totp",
	Org:     "01890a5d-ac96-774b-bcce-b302099a8057",
	User:    "01890a5d-ac96-774b-bcce-b302099a8058",
}

func TestOpensWhatAnotherImplementationSealed(t *testing.T) {
	t.Parallel()
	box, err := New(foreignKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	if secret, err := box.Open(foreignSealed, foreignPlace); err != nil || secret.Reveal() != "JBSWY3DPEHPK3PXP" {
		t.Errorf("got %q, %v", secret.Reveal(), err)
	}
}

func FuzzOpen(f *testing.F) {
	box, err := New(foreignKey, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(foreignSealed)
	f.Add(box.Current() + "." + specToken)
	f.Add(".")
	f.Fuzz(func(t *testing.T, text string) {
		if secret, err := box.Open(domain.SealedSecret(text), foreignPlace); err == nil && text != foreignSealed {
			t.Errorf("opened %q as %q", text, secret.Reveal())
		}
	})
}
