package operations

import (
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// UseCases are what an operator can do with a running or stopped deployment. Backups have use cases of their own, which
// need the database as a file.
type UseCases struct {
	RotateSigningKey RotateSigningKey
	RetireSigningKey RetireSigningKey
	SecretsStatus    SecretsStatus
	Reencrypt        Reencrypt
	RetireSecretKey  RetireSecretKey
	Recover          Recover
	AfterRestore     AfterRestore
	PasskeySites     PasskeySites
	PasskeyOrgs      PasskeyOrgs
}

// Deps are what the use cases need.
type Deps struct {
	Store       port.Store
	Keys        port.KeyRing
	Maker       port.KeyMaker
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
	Waiting     port.WaitingJobs
	Clock       port.Clock
	NewID       port.NewID
	Records     port.PasskeyRecords
	// DefaultOrg is the org whose audit log records changes of signing keys.
	DefaultOrg domain.OrgID
	// Configured is the signing key of the configuration. New keys have its algorithm.
	Configured domain.SigningKey
	// TokenLifetime is how long an access token is valid.
	TokenLifetime time.Duration
}

// New returns the use cases.
func New(d Deps) UseCases {
	return UseCases{
		RotateSigningKey: RotateSigningKey{
			Load:       LoadSigningKeys{Store: d.Store, Box: d.Keys, Clock: d.Clock},
			Configured: d.Configured,
			Store:      d.Store,
			Maker:      d.Maker,
			Box:        d.Keys,
			Clock:      d.Clock,
			NewID:      d.NewID,
			Org:        d.DefaultOrg,
		},
		RetireSigningKey: RetireSigningKey{
			Store: d.Store, Clock: d.Clock, NewID: d.NewID, Org: d.DefaultOrg,
			Algorithm: d.Configured.Algorithm, Lifetime: d.TokenLifetime,
		},
		SecretsStatus:   SecretsStatus{Store: d.Store, Keys: d.Keys},
		Reencrypt:       Reencrypt{Store: d.Store, Keys: d.Keys},
		RetireSecretKey: RetireSecretKey{Store: d.Store, Keys: d.Keys},
		Recover:         Recover{Store: d.Store, Hasher: d.Hasher, NewPassword: d.NewPassword, Clock: d.Clock, NewID: d.NewID},
		AfterRestore:    AfterRestore{Store: d.Store, Waiting: d.Waiting, Clock: d.Clock, NewID: d.NewID},
		PasskeySites:    PasskeySites{Store: d.Store, Records: d.Records},
		PasskeyOrgs:     PasskeyOrgs{Store: d.Store},
	}
}
