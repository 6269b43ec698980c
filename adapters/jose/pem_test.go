package jose_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/domain"
)

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func der[K any](t *testing.T, marshal func(K) ([]byte, error), key K) []byte {
	t.Helper()
	out, err := marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func encoded(t *testing.T, key crypto.Signer) (private, public []byte) {
	t.Helper()
	return der(t, jose.EncodePrivateKey, key), der(t, jose.EncodePublicKey, key.Public())
}

func TestP256KeysSurviveEncodingAsPEM(t *testing.T) {
	key := newKeyFor(t, domain.ES256).(*ecdsa.PrivateKey)
	private, public := encoded(t, key)
	sec1 := block("EC PRIVATE KEY", der(t, x509.MarshalECPrivateKey, key))
	parameters := block("EC PARAMETERS", []byte{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07})
	for name, text := range map[string][]byte{
		"PKCS#8": private, "SEC 1": sec1, "SEC 1 after its curve, as openssl ecparam -genkey writes it": append(parameters, sec1...),
	} {
		if got, err := jose.LoadPrivateKey(text); err != nil || !key.Equal(got) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := jose.LoadPublicKey(public); err != nil || !key.PublicKey.Equal(got) {
		t.Error(err)
	}
}

func TestKeysSurviveEncodingAsPEM(t *testing.T) {
	key := newKey(t)
	private, public := encoded(t, key)
	for name, text := range map[string][]byte{
		"PKCS#8":                private,
		"PKCS#1":                block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		"Windows line breaks":   bytes.ReplaceAll(private, []byte("\n"), []byte("\r\n")),
		"blank lines around":    []byte("\n\n" + string(private) + "\n \n"),
		"no last line break":    bytes.TrimSpace(private),
		"a comment ahead of it": append([]byte("key of 2026\n"), private...),
	} {
		if got, err := jose.LoadPrivateKey(text); err != nil || !key.Equal(got) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string][]byte{
		"PKIX":   public,
		"PKCS#1": block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&key.PublicKey)),
	} {
		if got, err := jose.LoadPublicKey(text); err != nil || !key.PublicKey.Equal(got) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoadingAnInvalidKeyReturnsARemedy(t *testing.T) {
	key := newKey(t)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, public := encoded(t, key)
	smallPrivate, smallPublic := encoded(t, small)
	encrypted := &pem.Block{
		Type:    "RSA PRIVATE KEY",
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"},
		Bytes:   []byte("secret"),
	}

	for name, c := range map[string]struct {
		text    []byte
		private string // what the error of LoadPrivateKey says
		public  string // what the error of LoadPublicKey says
	}{
		"nothing":            {nil, "not PEM", "not PEM"},
		"DER":                {x509.MarshalPKCS1PrivateKey(key), "not PEM", "not PEM"},
		"written-out breaks": {bytes.ReplaceAll(private, []byte("\n"), []byte(`\n`)), "line breaks", "line breaks"},
		"cut off":            {private[:len(private)/2], "not PEM", "not PEM"},
		"two keys":           {append(bytes.Clone(private), private...), "more than one", "more than one"},
		"the other half":     {public, "public key where a private", ""},
		"the private half":   {private, "", "private key where a public"},
		"damaged":            {block("PRIVATE KEY", []byte("secret")), "for ES256 make one", "private key where a public"},
		"damaged public":     {block("PUBLIC KEY", []byte("secret")), "public key where a private", "another curve"},
		"small":              {smallPrivate, "1024 bits", "private key where a public"},
		"small public":       {smallPublic, "public key where a private", "1024 bits"},
		"elliptic":           {block("PRIVATE KEY", der(t, x509.MarshalPKCS8PrivateKey, any(curve))), "P-384", "private key where a public"},
		"elliptic public": {block("PUBLIC KEY", der(t, x509.MarshalPKIXPublicKey, any(&curve.PublicKey))), "public key where a private",
			"P-384"},
		"elliptic, SEC 1": {block("EC PRIVATE KEY", der(t, x509.MarshalECPrivateKey, curve)), "P-384", "private key where a public"},
		"Ed25519": {block("PRIVATE KEY", der(t, x509.MarshalPKCS8PrivateKey, any(edwards))), "neither RSA",
			"private key where a public"},
		"Ed25519 public": {block("PUBLIC KEY", der(t, x509.MarshalPKIXPublicKey, any(edwards.Public()))), "public key where a private",
			"neither RSA"},
		"only a curve":        {block("EC PARAMETERS", []byte{0x06}), "not PEM", "not PEM"},
		"a certificate":       {block("CERTIFICATE", []byte("x")), "does not contain", "does not contain"},
		"encrypted, PKCS#8":   {block("ENCRYPTED PRIVATE KEY", []byte("x")), "encrypted", "encrypted"},
		"encrypted, old form": {pem.EncodeToMemory(encrypted), "encrypted", "encrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, privately := jose.LoadPrivateKey(c.text)
			_, publicly := jose.LoadPublicKey(c.text)
			for want, err := range map[string]error{c.private: privately, c.public: publicly} {
				if want == "" {
					continue
				}
				if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
					t.Errorf("got %v, want an error that says %q", err, want)
				}
			}
		})
	}
}

func FuzzLoadPrivateKey(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: x\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if key, err := jose.LoadPrivateKey(text); err == nil {
			if _, err := jose.Algorithm(key.Public()); err != nil {
				t.Error(err)
			}
		}
	})
}
