package jose

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// Key sizes in bits. Under 2048 a key does not last (NIST SP 800-131A); beyond 8192 it
// makes every check slow.
const (
	DefaultKeyBits = 2048
	minKeyBits     = 2048
	maxKeyBits     = 8192
)

const adviceGenerate = "make one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"

// GenerateKey makes an RSA key of that many bits, or of DefaultKeyBits when bits is zero.
func GenerateKey(bits int) (*rsa.PrivateKey, error) {
	if bits == 0 {
		bits = DefaultKeyBits
	}
	if bits < minKeyBits || bits > maxKeyBits {
		return nil, fmt.Errorf("jose: a key has %d to %d bits, not %d", minKeyBits, maxKeyBits, bits)
	}
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fmt.Errorf("jose: generate key: %w", err)
	}
	return key, nil
}

// keyID is the thumbprint of a key (RFC 7638), by which everybody knows it.
func keyID(key *rsa.PublicKey) (string, error) {
	if err := checkSize(key); err != nil {
		return "", err
	}
	sum, err := (&jose.JSONWebKey{Key: key}).Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("jose: thumbprint: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// checkSize refuses keys that are too small to be safe, or too large to be quick.
func checkSize(key *rsa.PublicKey) error {
	if key == nil || key.N == nil {
		return errors.New("jose: a key is missing: " + adviceGenerate)
	}
	if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return fmt.Errorf("jose: the key has %d bits, and %d to %d are needed: %s", bits, minKeyBits, maxKeyBits, adviceGenerate)
	}
	return nil
}
