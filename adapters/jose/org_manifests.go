package jose

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// manifestType distinguishes manifests from other signed texts (RFC 8725 §3.11).
const manifestType = "org-export+jws"

// maxManifest is the size of a manifest above which it is refused unread, in bytes.
const maxManifest = 64 << 10

// manifest is the payload of a manifest.
type manifest struct {
	Org       domain.OrgID            `json:"org"`
	Issuer    string                  `json:"iss"`
	Recipient string                  `json:"recipient"`
	CreatedAt time.Time               `json:"created_at"`
	Rows      map[port.OrgSection]int `json:"rows"`
	Digest    string                  `json:"digest"`
}

// OrgManifests implements port.OrgManifests with the keys of a ring.
type OrgManifests struct {
	Keys  *Keys
	Clock port.Clock
}

var _ port.OrgManifests = OrgManifests{}

// Sign implements port.OrgManifests.
func (m OrgManifests) Sign(of port.OrgManifest) (signed string, by domain.KeyID, err error) {
	payload, err := json.Marshal(manifest{
		Org: of.Org, Issuer: of.Issuer, Recipient: of.Recipient, CreatedAt: of.CreatedAt.UTC(), Rows: of.Rows, Digest: of.Digest.String(),
	})
	if err != nil {
		return "", "", fmt.Errorf("jose: write manifest: %w", err)
	}
	signer := m.Keys.signer(m.Clock())
	token, err := signer.manifests.Sign(payload)
	if err != nil {
		return "", "", fmt.Errorf("jose: sign: %w", err)
	}
	signed, err = token.CompactSerialize()
	return signed, domain.KeyID(signer.id), err
}

// Verify implements port.OrgManifests.
func (m OrgManifests) Verify(signed string, keys domain.SealOrigins) (of port.OrgManifest, by domain.KeyID, err error) {
	header, canonical := split(signed, maxManifest)
	named := parseHeader(header, manifestType)
	if !canonical || named.KeyID == "" {
		return of, "", errors.New("this is not a signed manifest")
	}
	key, err := originKey(domain.KeyID(named.KeyID), keys)
	if err != nil {
		return of, "", err
	}
	payload, err := verify(signed, named, key)
	if err != nil {
		return of, "", errors.New("the signature of the manifest is wrong")
	}
	var text manifest
	if err := json.Unmarshal(payload, &text); err != nil {
		return of, "", errors.New("the content of the manifest cannot be read")
	}
	digest, err := domain.ParseDigest(text.Digest)
	if err != nil {
		return of, "", errors.New("the digest of the manifest cannot be read")
	}
	return port.OrgManifest{
		Org: text.Org, Issuer: text.Issuer, Recipient: text.Recipient, CreatedAt: text.CreatedAt.UTC(), Rows: text.Rows, Digest: digest,
	}, domain.KeyID(named.KeyID), nil
}

// originKey returns the key with the id, which must be its thumbprint.
func originKey(id domain.KeyID, keys domain.SealOrigins) (jose.JSONWebKey, error) {
	for _, origin := range keys {
		if origin.Key != id {
			continue
		}
		public, err := LoadPublicKey([]byte(origin.PublicPEM))
		if err != nil {
			return jose.JSONWebKey{}, err
		}
		if entry, err := published(public); err != nil || entry.KeyID == string(id) {
			return entry, err
		}
	}
	return jose.JSONWebKey{}, errors.New("the key that signed the manifest is not in the file")
}
