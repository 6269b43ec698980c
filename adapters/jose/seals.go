package jose

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// sealType keeps seals of the audit log and any other signed text apart (RFC 8725 §3.11).
const sealType = "audit-seal+jws"

// maxSeal bounds what is looked at, in bytes. A full seal has about 12,000.
const maxSeal = 64 << 10

// sealed is what a seal says, as it is written. An event is its id, a space and its hash.
type sealed struct {
	Org      domain.OrgID `json:"org"`
	Number   int64        `json:"seal"`
	At       time.Time    `json:"sealed_at"`
	Previous string       `json:"previous"` // empty in the first
	First    int64        `json:"first"`
	Until    time.Time    `json:"until"`
	More     bool         `json:"more"`
	Events   []string     `json:"events"`
}

// SealSigner signs seals with the keys of a ring.
type SealSigner struct{ Keys *Keys }

var _ port.SealSigner = SealSigner{}

// Sign implements port.SealSigner.
func (s SealSigner) Sign(seal domain.Seal) (domain.SealToken, error) {
	text := sealed{Org: seal.Org, Number: seal.Number, At: seal.At.UTC(), First: seal.First, Until: seal.Until.UTC(), More: seal.More, Events: []string{}}
	if seal.Previous != (domain.Digest{}) {
		text.Previous = seal.Previous.String()
	}
	for _, entry := range seal.Entries {
		text.Events = append(text.Events, string(entry.Event)+" "+entry.Hash.String())
	}
	payload, err := json.Marshal(text)
	if err != nil {
		return "", fmt.Errorf("jose: write seal: %w", err)
	}
	signed, err := s.Keys.signer(seal.At).seals.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("jose: sign: %w", err)
	}
	token, err := signed.CompactSerialize()
	return domain.SealToken(token), err
}

// SealVerifier opens seals under keys that somebody trusts. Unlike a ring it also knows
// retired ones: what they sealed while they signed goes on counting.
type SealVerifier struct{ keys map[string]*rsa.PublicKey }

var _ port.SealVerifier = SealVerifier{}

// NewSealVerifier trusts these keys.
func NewSealVerifier(keys []*rsa.PublicKey) (SealVerifier, error) {
	v := SealVerifier{map[string]*rsa.PublicKey{}}
	for _, key := range keys {
		id, err := keyID(key)
		if err != nil {
			return v, err
		}
		v.keys[id] = key
	}
	if len(v.keys) == 0 {
		return v, errors.New("jose: there is no key to verify seals with")
	}
	return v, nil
}

// Verify implements port.SealVerifier.
func (v SealVerifier) Verify(token domain.SealToken) (domain.Seal, error) {
	header, canonical := split(string(token), maxSeal)
	id := keyNamed(header, sealType)
	if !canonical || id == "" {
		return domain.Seal{}, errors.New("it is no seal")
	}
	key := v.keys[id]
	if key == nil {
		return domain.Seal{}, errors.New("it is signed with a key that is not among the trusted ones")
	}
	parsed, err := jose.ParseSignedCompact(string(token), onlyRS256)
	if err != nil {
		return domain.Seal{}, errors.New("it is no seal")
	}
	payload, err := parsed.Verify(key)
	if err != nil {
		return domain.Seal{}, errors.New("its signature is wrong")
	}
	return parseSeal(payload)
}

func parseSeal(payload []byte) (domain.Seal, error) {
	var text sealed
	unreadable := errors.New("what it says cannot be read")
	if err := json.Unmarshal(payload, &text); err != nil {
		return domain.Seal{}, unreadable
	}
	seal := domain.Seal{Org: text.Org, Number: text.Number, At: text.At.UTC(), First: text.First, Until: text.Until.UTC(), More: text.More}
	var err error
	if text.Previous != "" {
		if seal.Previous, err = domain.ParseDigest(text.Previous); err != nil {
			return domain.Seal{}, unreadable
		}
	}
	for _, event := range text.Events {
		i := strings.LastIndexByte(event, ' ')
		if i < 0 {
			return domain.Seal{}, unreadable
		}
		hash, err := domain.ParseDigest(event[i+1:])
		if err != nil {
			return domain.Seal{}, unreadable
		}
		seal.Entries = append(seal.Entries, domain.SealEntry{Event: domain.EventID(event[:i]), Hash: hash})
	}
	return seal, nil
}

// EncodeKeySet writes public keys as a JWKS (RFC 7517 §5).
func EncodeKeySet(keys []*rsa.PublicKey) ([]byte, error) {
	published := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, key := range keys {
		id, err := keyID(key)
		if err != nil {
			return nil, err
		}
		published.Keys = append(published.Keys, jose.JSONWebKey{Key: key, KeyID: id, Algorithm: string(jose.RS256), Use: "sig"})
	}
	return json.Marshal(published)
}

// ParseKeySet reads the RSA keys of a JWKS. What the set calls them counts for nothing:
// a key is known by its thumbprint.
func ParseKeySet(text []byte) (keys []*rsa.PublicKey, err error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("jose: this is no JWKS: give what /.well-known/jwks.json or `sole audit keys` answers")
	}
	for _, key := range set.Keys {
		if public, ok := key.Key.(*rsa.PublicKey); ok {
			keys = append(keys, public)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("jose: the JWKS holds no RSA key")
	}
	return keys, nil
}
