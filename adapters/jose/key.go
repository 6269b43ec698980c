package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/sole-platform/sole/domain"
)

// Sizes of RSA keys in bits. Smaller keys are not secure (NIST SP 800-131A); larger ones make every verification slow.
const (
	DefaultKeyBits = 2048
	minKeyBits     = 2048
	maxKeyBits     = 8192
)

const (
	adviceRSA  = "make one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
	adviceP256 = "make one with openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
)

// Advice says how to make a key for an algorithm.
func Advice(algorithm domain.SigningAlgorithm) string {
	if algorithm == domain.ES256 {
		return adviceP256
	}
	return adviceRSA
}

// GenerateKey returns a new key for an algorithm. Bits is the size of an RSA key, or zero for DefaultKeyBits; for ES256
// it must be zero.
func GenerateKey(algorithm domain.SigningAlgorithm, bits int) (key crypto.Signer, err error) {
	switch {
	case algorithm == domain.ES256 && bits == 0:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case algorithm == domain.ES256:
		return nil, fmt.Errorf("jose: a key for %s has no choice of size", algorithm)
	case algorithm != domain.RS256:
		return nil, fmt.Errorf("jose: unknown algorithm %q", algorithm)
	case bits == 0:
		key, err = rsa.GenerateKey(rand.Reader, DefaultKeyBits)
	case bits < minKeyBits || bits > maxKeyBits:
		return nil, fmt.Errorf("jose: a key must have %d to %d bits, not %d", minKeyBits, maxKeyBits, bits)
	default:
		key, err = rsa.GenerateKey(rand.Reader, bits)
	}
	if err != nil {
		return nil, fmt.Errorf("jose: generate key: %w", err)
	}
	return key, nil
}

// Algorithm returns the only algorithm that a public key is used with (RFC 8725 §3.1): RS256 for RSA keys of a secure size,
// ES256 for keys on the curve P-256. Any other key is an error.
func Algorithm(key crypto.PublicKey) (domain.SigningAlgorithm, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key == nil || key.N == nil {
			return "", errMissing
		}
		if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
			return "", fmt.Errorf("the key has %d bits, and %d to %d are needed: %s", bits, minKeyBits, maxKeyBits, adviceRSA)
		}
		return domain.RS256, nil
	case *ecdsa.PublicKey:
		if key == nil || key.Curve == nil {
			return "", errMissing
		}
		if key.Curve != elliptic.P256() {
			return "", fmt.Errorf("the key is on the curve %s, and ES256 needs P-256: %s", key.Curve.Params().Name, adviceP256)
		}
		return domain.ES256, nil
	case nil:
		return "", errMissing
	}
	return "", errUnsupported
}

var errMissing = errors.New("a key is missing: " + adviceRSA)

// KeyID returns the thumbprint of a key (RFC 7638), which is its id everywhere.
func KeyID(key crypto.PublicKey) (string, error) {
	if _, err := Algorithm(key); err != nil {
		return "", err
	}
	sum, err := (&jose.JSONWebKey{Key: key}).Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("jose: thumbprint: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// published returns the entry of a public key in a JWKS (RFC 7517 §4).
func published(key crypto.PublicKey) (jose.JSONWebKey, error) {
	algorithm, err := Algorithm(key)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	id, err := KeyID(key)
	return jose.JSONWebKey{Key: key, KeyID: id, Algorithm: string(algorithm), Use: "sig"}, err
}
