package jose

import (
	"errors"
	"fmt"
	"maps"

	"github.com/go-jose/go-jose/v4"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// originVerifier is a SealVerifier that also accepts the seals of origins.
type originVerifier struct {
	own     SealVerifier
	origins domain.SealOrigins
	keys    map[string]jose.JSONWebKey // of the origins
}

// Trusting implements port.SealVerifier.
func (v SealVerifier) Trusting(origins domain.SealOrigins) (port.SealVerifier, error) {
	return originVerifier{own: v, keys: map[string]jose.JSONWebKey{}}.Trusting(origins)
}

// Trusting implements port.SealVerifier.
func (v originVerifier) Trusting(origins domain.SealOrigins) (port.SealVerifier, error) {
	keys := maps.Clone(v.keys)
	for _, origin := range origins {
		public, err := LoadPublicKey([]byte(origin.PublicPEM))
		if err != nil {
			return nil, fmt.Errorf("the key %.8s that sealed the log elsewhere: %w", origin.Key, err)
		}
		entry, err := published(public)
		if err != nil {
			return nil, err
		}
		if entry.KeyID != string(origin.Key) {
			return nil, fmt.Errorf("the key %.8s that sealed the log elsewhere has another id: %.8s", origin.Key, entry.KeyID)
		}
		keys[entry.KeyID] = entry
	}
	all := append(append(domain.SealOrigins{}, v.origins...), origins...)
	return originVerifier{own: v.own, origins: all, keys: keys}, nil
}

// Verify implements port.SealVerifier.
func (v originVerifier) Verify(token domain.SealToken) (domain.Seal, error) {
	seal, refusal := v.own.Verify(token)
	if refusal == nil {
		return seal, nil
	}
	seal, err := SealVerifier{keys: v.keys}.Verify(token)
	if err != nil {
		return domain.Seal{}, refusal
	}
	header, _ := split(string(token), maxSeal)
	signedBy := domain.KeyID(parseHeader(header, sealType).KeyID)
	for _, origin := range v.origins {
		if origin.Key == signedBy && origin.Org == seal.Org && seal.Number <= origin.Through {
			return seal, nil
		}
	}
	return domain.Seal{}, errors.New("the seal is signed with a key of another deployment, which this service trusts only " +
		"for the seals of the org that were imported with it")
}
