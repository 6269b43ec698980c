// Package jose signs and checks access tokens (RFC 9068) and publishes the keys that
// check them (RFC 7517). It knows one algorithm, RS256: what a token says of its own
// algorithm or key selects nothing.
package jose

import (
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// Keys is a ring: one key signs, and several verify, so that a key can be replaced while
// tokens under the old one still live. It never changes and is safe for concurrent use.
type Keys struct {
	signing   *rsa.PrivateKey
	current   string                    // the id of the signing key
	verifying map[string]*rsa.PublicKey // by id, the signing key among them
	jwks      []byte
}

// NewKeys makes a ring of the key that signs and of others that only verify. Each is
// known by its thumbprint (RFC 7638). Keys under 2048 bits are refused.
func NewKeys(signing *rsa.PrivateKey, others ...*rsa.PublicKey) (*Keys, error) {
	if signing == nil {
		return nil, errors.New("jose: there is no key to sign with: " + adviceGenerate)
	}
	ring := &Keys{signing: signing, verifying: map[string]*rsa.PublicKey{}}
	var set jose.JSONWebKeySet
	for i, key := range append([]*rsa.PublicKey{&signing.PublicKey}, others...) {
		id, err := keyID(key)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			ring.current = id
		}
		if ring.verifying[id] == nil {
			ring.verifying[id] = key
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: key, KeyID: id, Algorithm: string(jose.RS256), Use: "sig"})
		}
	}
	jwks, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("jose: write key set: %w", err)
	}
	ring.jwks = jwks
	return ring, nil
}

// JWKS is the key set as JSON, the signing key first: public members only.
func (k *Keys) JWKS() []byte { return slices.Clone(k.jwks) }

// Current is the id of the key that signs.
func (k *Keys) Current() string { return k.current }
