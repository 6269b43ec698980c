package opaque

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/sole-platform/sole/domain"
)

// successors encrypts the token that replaces another under a key derived from the old token
// (HKDF-SHA256, RFC 5869; AES-256-GCM with a random nonce). The database has only the hash of
// the old token, so it cannot derive the key. The label separates the keys of different uses; it
// must not change while sealed successors are stored.
type successors struct{ label string }

func (s successors) seal(old, successor domain.Secret) ([]byte, error) {
	box, err := s.boxOf(old)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, []byte(successor.Reveal()), nil), nil //nolint:gosec // the box makes its own nonce
}

// open decrypts the result of seal with the same old token. Anything else is domain.ErrUnauthenticated.
func (s successors) open(old domain.Secret, sealed []byte) (domain.Secret, error) {
	box, err := s.boxOf(old)
	if err != nil {
		return domain.Secret{}, err
	}
	text, err := box.Open(nil, nil, sealed, nil)
	if err != nil {
		return domain.Secret{}, domain.ErrUnauthenticated
	}
	return domain.NewSecret(string(text)), nil
}

// boxOf returns the cipher whose key is derived from the old token.
func (s successors) boxOf(old domain.Secret) (cipher.AEAD, error) {
	if old.IsZero() {
		return nil, domain.ErrUnauthenticated
	}
	key, err := hkdf.Key(sha256.New, []byte(old.Reveal()), nil, s.label, 32)
	if err != nil {
		return nil, fmt.Errorf("opaque: derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("opaque: make cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}
