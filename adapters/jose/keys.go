// Package jose signs and checks access tokens (RFC 9068) and publishes the keys that
// check them (RFC 7517). It knows one algorithm, RS256: what a token says of its own
// algorithm or key selects nothing.
package jose

import (
	"cmp"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Key is one key of a ring. It verifies from the moment it is in the ring; with its private
// half it also signs, from an instant on until a later key does.
type Key struct {
	Public    *rsa.PublicKey
	Private   *rsa.PrivateKey // nil: it only verifies
	SignsFrom time.Time
}

// Keys is a ring: one key signs, and several verify, so that a key can be replaced while
// tokens under the old one still live. It can be exchanged at any time, and is safe for
// concurrent use.
type Keys struct {
	set atomic.Pointer[keySet]
	// Missing is called when a token names a key that is not in the ring: another replica may
	// know it already. It exchanges the ring, or does nothing. Set it before the ring is used.
	Missing func()
}

// keySet is a ring as it stands; it never changes.
type keySet struct {
	signers   []signer                  // the latest first
	verifying map[string]*rsa.PublicKey // by id
	jwks      []byte
}

type signer struct {
	jose.Signer // of access tokens
	seals       jose.Signer
	id          string
	from        time.Time
}

// NewKeys makes a ring of the key that signs and of others that only verify. Each is
// known by its thumbprint (RFC 7638). Keys under 2048 bits are refused.
func NewKeys(signing *rsa.PrivateKey, others ...*rsa.PublicKey) (*Keys, error) {
	if signing == nil {
		return nil, errors.New("jose: there is no key to sign with: " + adviceGenerate)
	}
	ring := []Key{{Public: &signing.PublicKey, Private: signing}}
	for _, other := range others {
		ring = append(ring, Key{Public: other})
	}
	keys := &Keys{}
	return keys, keys.Exchange(ring)
}

// Exchange puts these keys in the place of all others, at once for everybody. One of them
// must be able to sign. On an error the ring stays as it is.
func (k *Keys) Exchange(ring []Key) error {
	set, published := &keySet{verifying: map[string]*rsa.PublicKey{}}, jose.JSONWebKeySet{}
	for _, key := range ring {
		id, err := keyID(key.Public)
		if err != nil {
			return err
		}
		if set.verifying[id] == nil {
			set.verifying[id] = key.Public
			published.Keys = append(published.Keys, jose.JSONWebKey{Key: key.Public, KeyID: id, Algorithm: string(jose.RS256), Use: "sig"})
		}
		if key.Private == nil {
			continue
		}
		s, err := newSigner(key, id)
		if err != nil {
			return err
		}
		set.signers = append(set.signers, s)
	}
	if len(set.signers) == 0 {
		return errors.New("jose: there is no key to sign with: " + adviceGenerate)
	}
	slices.SortStableFunc(set.signers, func(a, b signer) int { return cmp.Or(b.from.Compare(a.from), cmp.Compare(a.id, b.id)) })
	jwks, err := json.Marshal(published)
	if err != nil {
		return fmt.Errorf("jose: write key set: %w", err)
	}
	set.jwks = jwks
	k.set.Store(set)
	return nil
}

func newSigner(key Key, id string) (signer, error) {
	signing := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key.Private, KeyID: id}}
	access, err := jose.NewSigner(signing, (&jose.SignerOptions{}).WithType(accessType))
	if err != nil {
		return signer{}, fmt.Errorf("jose: make signer: %w", err)
	}
	seals, err := jose.NewSigner(signing, (&jose.SignerOptions{}).WithType(sealType))
	if err != nil {
		return signer{}, fmt.Errorf("jose: make signer: %w", err)
	}
	return signer{access, seals, id, key.SignsFrom}, nil
}

// signer is the one whose turn it is: the latest that has begun, or the first to begin.
func (k *Keys) signer(now time.Time) signer {
	signers := k.set.Load().signers
	for _, s := range signers {
		if !s.from.After(now) {
			return s
		}
	}
	return signers[len(signers)-1]
}

// verifying is the key of that id, or nil.
func (k *Keys) verifying(id string) *rsa.PublicKey { return k.set.Load().verifying[id] }

// JWKS is the key set as JSON: public members only, in the order of the ring.
func (k *Keys) JWKS() []byte { return slices.Clone(k.set.Load().jwks) }

// Current is the id of the key that signs at now.
func (k *Keys) Current(now time.Time) string { return k.signer(now).id }

// KeyID is the thumbprint of a key (RFC 7638), by which everybody knows it.
func KeyID(key *rsa.PublicKey) (string, error) { return keyID(key) }
