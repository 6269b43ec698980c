package jose

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// sealType distinguishes seals of the audit log from other signed texts (RFC 8725 §3.11).
const sealType = "audit-seal+jws"

// maxSeal is the size of a seal above which it is refused unread, in bytes. A full seal has about 12,000.
const maxSeal = 64 << 10

// sealed is the payload of a seal. An event is encoded as its id, a space and its hash.
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
	text := sealed{
		Org: seal.Org, Number: seal.Number, At: seal.At.UTC(),
		First: seal.First, Until: seal.Until.UTC(), More: seal.More, Events: []string{},
	}
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

// SealVerifier implements port.SealVerifier with a set of trusted keys. Unlike a ring it includes retired keys, because what
// they sealed before they were retired stays valid.
type SealVerifier struct{ keys map[string]jose.JSONWebKey }

var _ port.SealVerifier = SealVerifier{}

// NewSealVerifier returns a SealVerifier that trusts these keys.
func NewSealVerifier(keys []crypto.PublicKey) (SealVerifier, error) {
	v := SealVerifier{map[string]jose.JSONWebKey{}}
	for _, key := range keys {
		entry, err := published(key)
		if err != nil {
			return v, err
		}
		v.keys[entry.KeyID] = entry
	}
	if len(v.keys) == 0 {
		return v, errors.New("jose: there is no key to verify seals with")
	}
	return v, nil
}

// Verify implements port.SealVerifier.
func (v SealVerifier) Verify(token domain.SealToken) (domain.Seal, error) {
	header, canonical := split(string(token), maxSeal)
	named := parseHeader(header, sealType)
	if !canonical || named.KeyID == "" {
		return domain.Seal{}, errors.New("this is not a seal")
	}
	key, trusted := v.keys[named.KeyID]
	if !trusted {
		return domain.Seal{}, errors.New("the seal is signed with a key that is not among the trusted ones")
	}
	payload, err := verify(string(token), named, key)
	if err != nil {
		return domain.Seal{}, errors.New("the signature of the seal is wrong")
	}
	return parseSeal(payload)
}

func parseSeal(payload []byte) (domain.Seal, error) {
	var text sealed
	unreadable := errors.New("the content of the seal cannot be read")
	if err := json.Unmarshal(payload, &text); err != nil {
		return domain.Seal{}, unreadable
	}
	seal := domain.Seal{
		Org: text.Org, Number: text.Number, At: text.At.UTC(),
		First: text.First, Until: text.Until.UTC(), More: text.More,
	}
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

// EncodeKeySet returns public keys as a JWKS (RFC 7517 §5).
func EncodeKeySet(keys []crypto.PublicKey) ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, key := range keys {
		entry, err := published(key)
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, entry)
	}
	return json.Marshal(set)
}

// ParseKeySet returns the RSA and P-256 keys of a JWKS. It ignores their names in the set: the id of a key is its thumbprint.
func ParseKeySet(text []byte) (keys []crypto.PublicKey, err error) {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("this is not a JWKS: use the content of /.well-known/jwks.json or of `sole audit keys`")
	}
	for _, key := range set.Keys {
		if _, err := Algorithm(key.Key); err == nil {
			keys = append(keys, key.Key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("jose: the JWKS contains neither an RSA key nor a P-256 key")
	}
	return keys, nil
}
