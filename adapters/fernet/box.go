// Package fernet encrypts secrets at rest as Fernet tokens (github.com/fernet/spec).
//
// A sealed secret reads <key id>.<Fernet token>. Any Fernet implementation with the
// derived key opens the token; inside stand the place the secret belongs to and the
// secret itself. Where a key comes from is the business of whoever makes the Box.
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

// Box seals with its current key and opens with any key it knows. It is safe for
// concurrent use.
type Box struct {
	ids  []string                 // of the keys as they were given: the first one seals
	keys map[string][]*fernet.Key // by id; two keys may by chance share one
}

var _ port.KeyRing = (*Box)(nil)

// New derives a key from each secret: current seals and opens, fallbacks only open, so
// that a secret key can be replaced while old rows are still about. Secrets must not be empty.
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

// Seal encrypts the secret so that it opens at place only.
func (b *Box) Seal(secret domain.Secret, place port.Place) (domain.SealedSecret, error) {
	token, err := fernet.EncryptAndSign(append(label(place), secret.Reveal()...), b.keys[b.Current()][0])
	if err != nil {
		return "", fmt.Errorf("fernet: seal: %w", err)
	}
	return domain.SealedSecret(b.Current() + "." + string(token)), nil
}

// Open decrypts what Seal made for place. Anything else (an unknown key, another place,
// a changed or shortened token) is domain.ErrSecretUnreadable. Sealed secrets do not age.
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

// Current is the id of the key that seals: what is sealed under another is due to be sealed anew.
func (b *Box) Current() string { return b.ids[0] }

// KeyIDs implements port.KeyRing.
func (b *Box) KeyIDs() []string { return slices.Clone(b.ids) }
