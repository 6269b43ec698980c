package opaque

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/sole-platform/sole/domain"
)

// successorLabel says what the key derived from a rotated token is for. It never changes
// while sealed successors are about.
const successorLabel = "sole/refresh/successor/v1"

// Seal encrypts the successor under a key that only the text of the old token yields
// (HKDF-SHA256, RFC 5869; AES-256-GCM with a random nonce). The database has the hash of
// that text alone.
func (RefreshTokens) Seal(old, successor domain.RefreshToken) ([]byte, error) {
	box, err := boxOf(old)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, []byte(successor.Secret.Reveal()), nil), nil //nolint:gosec // the box makes its own nonce
}

// Open decrypts what Seal made with the same old token. What does not open, or is no
// token of the same family, is domain.ErrUnauthenticated.
func (t RefreshTokens) Open(old domain.RefreshToken, sealed []byte) (domain.RefreshToken, error) {
	box, err := boxOf(old)
	if err != nil {
		return domain.RefreshToken{}, err
	}
	text, err := box.Open(nil, nil, sealed, nil)
	if err != nil {
		return domain.RefreshToken{}, domain.ErrUnauthenticated
	}
	successor, err := t.Parse(domain.NewSecret(string(text)))
	if err != nil || successor.Org != old.Org || !successor.FamilyHash.Equal(old.FamilyHash) {
		return domain.RefreshToken{}, domain.ErrUnauthenticated
	}
	return successor, nil
}

// boxOf makes the cipher whose key is the old token.
func boxOf(old domain.RefreshToken) (cipher.AEAD, error) {
	if old.Secret.IsZero() {
		return nil, domain.ErrUnauthenticated
	}
	key, err := hkdf.Key(sha256.New, []byte(old.Secret.Reveal()), nil, successorLabel, 32)
	if err != nil {
		return nil, fmt.Errorf("opaque: derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("opaque: make cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
