package platform

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UseCases is what platform operators do with all orgs of a deployment, and how the first of them becomes one. What they do
// on the command line is not part of it.
type UseCases struct {
	ListOrgs       ListOrgs
	GetOrg         GetOrg
	CreateOrg      CreateOrg
	ChangeStanding ChangeStanding

	HasOwner         HasOwner
	CompleteFirstRun CompleteFirstRun
}

// Deps is what these use cases need.
type Deps struct {
	Guard         proof.Guard
	Hasher        port.PasswordHasher
	NewPassword   port.NewTemporaryPassword
	Passwords     proof.NewPassword
	DefaultOrg    domain.OrgID
	FirstRuns     port.FirstRuns
	FirstRunToken port.OpaqueTokens
}

// New returns the use cases.
func New(d Deps) UseCases {
	hasOwner := NewHasOwner(d.Guard.Store, d.DefaultOrg)
	return UseCases{
		ListOrgs:       ListOrgs{d.Guard},
		GetOrg:         GetOrg{d.Guard},
		CreateOrg:      CreateOrg{Guard: d.Guard, Hasher: d.Hasher, NewPassword: d.NewPassword},
		ChangeStanding: ChangeStanding{d.Guard},
		HasOwner:       hasOwner,
		CompleteFirstRun: CompleteFirstRun{
			HasOwner: hasOwner, Offers: d.FirstRuns, Tokens: d.FirstRunToken, NewPassword: d.Passwords,
			Wrong: d.Guard.Wrong, Clock: d.Guard.Clock, NewID: d.Guard.NewID, Limits: d.Guard.Limits,
		},
	}
}
