package audit

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases is what auditors do with the audit events of their org.
type UseCases struct {
	List        List
	ListNamed   ListNamed
	Get         Get
	Export      Export
	CheckNewest CheckNewest
}

// Deps is what these use cases need.
type Deps struct {
	Guard    proof.Guard
	Verifier func(context.Context) (port.SealVerifier, error) // of the seals, with all keys of the service
}

// New returns the use cases.
func New(d Deps) UseCases {
	return UseCases{
		List: List{d.Guard}, ListNamed: ListNamed{d.Guard}, Get: Get{d.Guard}, Export: Export{d.Guard},
		CheckNewest: CheckNewest{Guard: d.Guard, Verifier: d.Verifier},
	}
}
