// Package jose signs and verifies access tokens (RFC 9068) and publishes the keys that verify them (RFC 7517). It supports
// the algorithms RS256 and ES256. The kind of a key decides the algorithm; the header of a token never selects another
// algorithm or key.
package jose

import (
	"cmp"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sole-platform/sole/domain"
)

// Key is one key of a ring. It verifies as long as it is in the ring. With its private half it also signs, from a given
// time until a later key of the same algorithm starts to sign.
type Key struct {
	Public    crypto.PublicKey
	Private   crypto.Signer // nil: it only verifies
	SignsFrom time.Time
}

// Keys is a ring of keys: one signs and several verify, so that a key can be replaced while tokens signed with the old one
// are still valid. The keys that verify can be of both algorithms, so that a change of the algorithm is a rotation, too.
// The keys can be exchanged at any time. Keys is safe for concurrent use.
type Keys struct {
	algorithm domain.SigningAlgorithm
	set       atomic.Pointer[keySet]
	// Missing is called if a token names a key that is not in the ring, because another replica may have it already. It
	// calls Exchange, or does nothing. Set it before the ring is used.
	Missing func()
}

// keySet is the content of a ring at one time. It never changes.
type keySet struct {
	signers   []signer                   // the latest first, of the algorithm of the ring only
	verifying map[string]jose.JSONWebKey // by id
	jwks      []byte
}

type signer struct {
	jose.Signer // of access tokens
	seals       jose.Signer
	manifests   jose.Signer // of exports of orgs
	id          string
	from        time.Time
}

var errNoSigner = errors.New("jose: there is no key to sign with: " + adviceRSA)

// NewKeys returns a ring with the key that signs and others that only verify. The ring signs with the algorithm of that key,
// also after an exchange. The id of a key is its thumbprint (RFC 7638). A key that is missing, too small or of another
// kind is an error.
func NewKeys(signing crypto.Signer, others ...crypto.PublicKey) (*Keys, error) {
	if signing == nil {
		return nil, errNoSigner
	}
	algorithm, err := Algorithm(signing.Public())
	if err != nil {
		return nil, err
	}
	ring := []Key{{Public: signing.Public(), Private: signing}}
	for _, other := range others {
		ring = append(ring, Key{Public: other})
	}
	keys := &Keys{algorithm: algorithm}
	return keys, keys.Exchange(ring)
}

// Exchange replaces all keys in one step. At least one of the new ones must be of the ring's algorithm and have its private
// half. After an error the ring is unchanged.
func (k *Keys) Exchange(ring []Key) error {
	set, all := &keySet{verifying: map[string]jose.JSONWebKey{}}, jose.JSONWebKeySet{}
	for _, key := range ring {
		entry, err := published(key.Public)
		if err != nil {
			return err
		}
		if _, known := set.verifying[entry.KeyID]; !known {
			set.verifying[entry.KeyID] = entry
			all.Keys = append(all.Keys, entry)
		}
		if key.Private == nil || entry.Algorithm != string(k.algorithm) {
			continue
		}
		s, err := newSigner(key, entry)
		if err != nil {
			return err
		}
		set.signers = append(set.signers, s)
	}
	if len(set.signers) == 0 {
		return errNoSigner
	}
	slices.SortStableFunc(set.signers, func(a, b signer) int { return cmp.Or(b.from.Compare(a.from), cmp.Compare(a.id, b.id)) })
	jwks, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("jose: write key set: %w", err)
	}
	set.jwks = jwks
	k.set.Store(set)
	return nil
}

func newSigner(key Key, entry jose.JSONWebKey) (signer, error) {
	signing := jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(entry.Algorithm),
		Key:       jose.JSONWebKey{Key: key.Private, KeyID: entry.KeyID},
	}
	access, err := jose.NewSigner(signing, (&jose.SignerOptions{}).WithType(accessType))
	if err != nil {
		return signer{}, fmt.Errorf("jose: make signer: %w", err)
	}
	seals, err := jose.NewSigner(signing, (&jose.SignerOptions{}).WithType(sealType))
	if err != nil {
		return signer{}, fmt.Errorf("jose: make signer: %w", err)
	}
	manifests, err := jose.NewSigner(signing, (&jose.SignerOptions{}).WithType(manifestType))
	if err != nil {
		return signer{}, fmt.Errorf("jose: make signer: %w", err)
	}
	return signer{Signer: access, seals: seals, manifests: manifests, id: entry.KeyID, from: key.SignsFrom}, nil
}

// signer returns the key that signs at a time: the latest that has started, or else the first that will start.
func (k *Keys) signer(now time.Time) signer {
	signers := k.set.Load().signers
	for _, s := range signers {
		if !s.from.After(now) {
			return s
		}
	}
	return signers[len(signers)-1]
}

// verifying returns the key with the id.
func (k *Keys) verifying(id string) (key jose.JSONWebKey, known bool) {
	key, known = k.set.Load().verifying[id]
	return key, known
}

// JWKS returns the key set as JSON, with public members only, in the order of the ring.
func (k *Keys) JWKS() []byte { return slices.Clone(k.set.Load().jwks) }

// Current returns the id of the key that signs at now.
func (k *Keys) Current(now time.Time) string { return k.signer(now).id }
