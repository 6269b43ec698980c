// Package fernet encrypts secrets at rest as Fernet tokens (github.com/fernet/spec).
//
// A sealed secret is <key id>.<Fernet token>. Any Fernet implementation can decrypt the token with the derived key. The
// plaintext contains the Place that the secret belongs to and the secret.
package fernet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fernet/fernet-go"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Box encrypts with its current key and decrypts with any of its keys. It is safe for concurrent use.
type Box struct {
	ids  []string                 // of the keys in the given order; the first one encrypts
	keys map[string][]*fernet.Key // by id, which two keys can share by chance
}

var _ port.KeyRing = (*Box)(nil)

// New derives a key from each secret. current encrypts and decrypts; fallbacks only decrypt, so that a secret key can be
// replaced while rows are still encrypted with the old one. An empty secret is an error.
func New(current string, fallbacks []string) (*Box, error) {
	box := &Box{keys: map[string][]*fernet.Key{}}
	for _, secret := range append([]string{current}, fallbacks...) {
		if secret == "" {
			return nil, errors.New("fernet: a secret key is empty: set it to at least 32 random bytes, or leave it out")
		}
		id, key, err := derive(secret)
		if err != nil {
			return nil, err
		}
		box.ids = append(box.ids, id)
		box.keys[id] = append(box.keys[id], key)
	}
	return box, nil
}

// Seal encrypts the secret so that it can be decrypted only for the same place.
func (b *Box) Seal(secret domain.Secret, place port.Place) (domain.SealedSecret, error) {
	token, err := fernet.EncryptAndSign(append(label(place), secret.Reveal()...), b.keys[b.Current()][0])
	if err != nil {
		return "", fmt.Errorf("fernet: seal: %w", err)
	}
	return domain.SealedSecret(b.Current() + "." + string(token)), nil
}

// Open decrypts what Seal returned for place. It returns domain.ErrSecretUnreadable for an unknown key, another place, and a
// changed or truncated token. Sealed secrets do not expire.
func (b *Box) Open(sealed domain.SealedSecret, place port.Place) (domain.Secret, error) {
	id, token, _ := strings.Cut(string(sealed), ".")
	content, ok := openToken(token, b.keys[id])
	if !ok {
		return domain.Secret{}, domain.ErrSecretUnreadable
	}
	secret, here := strings.CutPrefix(string(content), string(label(place)))
	if !here {
		return domain.Secret{}, domain.ErrSecretUnreadable
	}
	return domain.NewSecret(secret), nil
}

// Current returns the id of the key that encrypts. Secrets with another key id should be encrypted again.
func (b *Box) Current() string { return b.ids[0] }

// KeyIDs implements port.KeyRing.
func (b *Box) KeyIDs() []string { return slices.Clone(b.ids) }
