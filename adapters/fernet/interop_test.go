package fernet

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fernet/fernet-go"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// implementation is a Fernet that is not ours, for content of any bytes.
type implementation struct {
	seal func(t *testing.T, key *fernet.Key, content []byte) (token string)
	open func(t *testing.T, key *fernet.Key, token string) (content []byte)
}

var (
	bySpecification = implementation{sealBySpecification, func(t *testing.T, key *fernet.Key, token string) []byte {
		return []byte(readBySpecification(t, key, token))
	}}
	byPython = implementation{sealByPython, openByPython}
)

func TestExchangesTokensWithTheSpecificationInBothDirections(t *testing.T) {
	t.Parallel()
	exchange(t, bySpecification)
}

func TestExchangesTokensWithPythonInBothDirections(t *testing.T) {
	t.Parallel()
	if output, err := exec.CommandContext(t.Context(), "python3", "-c", "import cryptography").CombinedOutput(); err != nil {
		t.Skipf("no python3 with the package cryptography: %v %s", err, output)
	}
	exchange(t, byPython)
}

// exchange has each side open what the other sealed.
func exchange(t *testing.T, other implementation) {
	box, err := New("a secret key of the operator's, long", nil)
	if err != nil {
		t.Fatal(err)
	}
	key, place := box.keys[box.Current()][0], port.Place{Purpose: "totp", Org: "an org", User: "a user"}
	secrets := []string{"JBSWY3DPEHPK3PXP", "\x00\xff\n\"", strings.Repeat("długi ", 200)}
	for n := 0; n <= 16; n += 4 {
		secrets = append(secrets, strings.Repeat("x", n))
	}
	for _, secret := range secrets {
		content := append(label(place), secret...)
		sealed, err := box.Seal(domain.NewSecret(secret), place)
		if err != nil {
			t.Fatal(err)
		}
		_, token, _ := strings.Cut(string(sealed), ".")
		if got := other.open(t, key, token); !bytes.Equal(got, content) {
			t.Errorf("%.20q: they opened %q", secret, got)
		}
		theirs := domain.SealedSecret(box.Current() + "." + other.seal(t, key, content))
		if got, err := box.Open(theirs, place); err != nil || got.Reveal() != secret {
			t.Errorf("%.20q: we opened %q, %v", secret, got.Reveal(), err)
		}
		if _, err := box.Open(theirs, port.Place{Purpose: "totp", Org: "an org", User: "another"}); err == nil {
			t.Errorf("%.20q: we opened theirs in another place", secret)
		}
	}
}

// sealBySpecification follows github.com/fernet/spec (Spec.md, "Generating") with the
// standard library alone: version | time | IV | AES-128-CBC with PKCS #7 | HMAC-SHA256.
func sealBySpecification(t *testing.T, key *fernet.Key, content []byte) string {
	t.Helper()
	block, err := aes.NewCipher(key[16:])
	if err != nil {
		t.Fatal(err)
	}
	iv := make([]byte, aes.BlockSize)
	_, _ = rand.Read(iv)
	padding := aes.BlockSize - len(content)%aes.BlockSize
	padded := append(bytes.Clone(content), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)

	signed := binary.BigEndian.AppendUint64([]byte{0x80}, uint64(time.Now().Unix()))
	signed = append(append(signed, iv...), padded...)
	mac := hmac.New(sha256.New, key[:16])
	mac.Write(signed)
	return base64.URLEncoding.EncodeToString(mac.Sum(signed))
}

// sealByPython and openByPython pass the key and the data to pyca/cryptography as base64.
func sealByPython(t *testing.T, key *fernet.Key, content []byte) string {
	return python(t, "print(f.encrypt(base64.b64decode(data)).decode())", key, base64.StdEncoding.EncodeToString(content))
}

func openByPython(t *testing.T, key *fernet.Key, token string) []byte {
	content, err := base64.StdEncoding.DecodeString(python(t, "print(base64.b64encode(f.decrypt(data.encode())).decode())", key, token))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func python(t *testing.T, statement string, key *fernet.Key, data string) string {
	t.Helper()
	const prologue = "import base64, sys\nfrom cryptography.fernet import Fernet\nf, data = Fernet(sys.argv[1]), sys.stdin.read()\n"
	command := exec.CommandContext(t.Context(), "python3", "-c", prologue+statement, base64.URLEncoding.EncodeToString(key[:]))
	command.Stdin = strings.NewReader(data)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("python3: %v: %s", err, output)
	}
	return strings.TrimSpace(string(output))
}
