package platform

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases is what platform operators do with all orgs of a deployment. What they do on the
// command line is not part of it.
type UseCases struct {
	ListOrgs       ListOrgs
	GetOrg         GetOrg
	CreateOrg      CreateOrg
	ChangeStanding ChangeStanding
}

// Deps is what these use cases need.
type Deps struct {
	Guard       proof.Guard
	Hasher      port.PasswordHasher
	NewPassword port.NewTemporaryPassword
}

// New returns the use cases.
func New(d Deps) UseCases {
	return UseCases{
		ListOrgs:       ListOrgs{d.Guard},
		GetOrg:         GetOrg{d.Guard},
		CreateOrg:      CreateOrg{Guard: d.Guard, Hasher: d.Hasher, NewPassword: d.NewPassword},
		ChangeStanding: ChangeStanding{d.Guard},
	}
}
