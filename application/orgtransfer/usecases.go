// Package orgtransfer moves a whole org from one deployment to another, in a file that is encrypted to the receiving one.
package orgtransfer

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// UseCases are what the operators of two deployments do to move an org. They have the database and the keys, and need no
// session.
type UseCases struct {
	ReceiveKey ReceiveKey
	Export     Export
	Plan       Plan
	Import     Import
}

// Deps are what the use cases need.
type Deps struct {
	Store    port.Store
	Orgs     port.OrgTransfers
	Files    port.OrgFiles
	Contents port.FileStore
	Keys     port.KeyRing
	Records  port.PasskeyRecords
	// CheckHash returns an error for a text that is no stored password hash, or that costs more than one of this service may.
	CheckHash func(domain.PasswordHash) error
	Manifests port.OrgManifests
	// VerifyLog verifies the audit log of an org with the keys of this deployment and those of the origins.
	VerifyLog func(context.Context, port.AuditSeals, domain.OrgID, domain.SealOrigins) (*domain.Break, error)
	// SealNow seals the events of every org that wait.
	SealNow func(context.Context) (int, error)
	// SealKeys returns the keys of this deployment that can have signed a seal.
	SealKeys func(context.Context) ([]domain.SigningKey, error)
	Clock    port.Clock
	NewID    port.NewID

	Issuer  string
	Version string // of this program
	RPID    string // the site that passkeys are for
	Rules   domain.WebhookRules
	// OnlyOrg is the org that the deployment serves, if it serves one only.
	OnlyOrg domain.OrgID
}

// New returns the use cases.
func New(d Deps) UseCases {
	return UseCases{
		ReceiveKey: ReceiveKey{Files: d.Files},
		Export:     Export{Deps: d},
		Plan:       Plan{Deps: d},
		Import:     Import{Deps: d},
	}
}

// ReceiveKey returns the public key that exports for this deployment are encrypted to.
type ReceiveKey struct{ Files port.OrgFiles }

// PublicKey is a public key with the fingerprint by which people compare it.
type PublicKey struct{ Key, Fingerprint string }

// Execute returns the key. It stays the same until SECRET_KEY is replaced.
func (uc ReceiveKey) Execute() (PublicKey, error) {
	key := uc.Files.PublicKeys()[0]
	fingerprint, err := uc.Files.Fingerprint(key)
	return PublicKey{Key: key, Fingerprint: fingerprint}, err
}
