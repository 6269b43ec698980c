package earlier

import (
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// UseCases is what the operator of the deployment does with the earlier service at the command line.
type UseCases struct {
	Plan MakePlan
	Move Move
}

// Deps is what these use cases need. Of the guard they need the store, the clock, the ids and the limits.
type Deps struct {
	proof.Guard
	DefaultOrg  domain.OrgID
	MultiTenant bool
	CreateOrg   CreateOrg
	Import      Import
}

// New returns the use cases.
func New(d Deps) UseCases { return UseCases{Plan: MakePlan{d}, Move: Move{d}} }
