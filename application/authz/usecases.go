package authz

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases explains decisions about access.
type UseCases struct {
	Explain         Explain
	CheckPermission CheckPermission
}

// Deps is what these use cases need.
type Deps struct {
	Guard     proof.Guard
	Decisions port.Decisions
}

// New returns the use cases.
func New(d Deps) UseCases {
	return UseCases{
		Explain:         Explain{Guard: d.Guard, Decisions: d.Decisions},
		CheckPermission: CheckPermission{d.Guard},
	}
}
