package audit

import "github.com/sole-platform/sole/application/proof"

// UseCases is what auditors do with the audit events of their org.
type UseCases struct {
	List   List
	Export Export
}

// Deps is what these use cases need.
type Deps struct{ Guard proof.Guard }

// New returns the use cases.
func New(d Deps) UseCases { return UseCases{List: List{d.Guard}, Export: Export{d.Guard}} }
