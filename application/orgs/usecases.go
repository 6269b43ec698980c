package orgs

import "github.com/sole-platform/sole/application/proof"

// UseCases is what administrators do with their org and its settings, and platform operators with
// any org.
type UseCases struct {
	Update          Update
	UpdateAny       UpdateAny
	GetSettings     GetSettings
	UpdateSettings  UpdateSettings
	PreviewSettings PreviewSettings
}

// Deps is what these use cases need.
type Deps struct {
	Guard   proof.Guard
	Factors proof.Factors // what accounts can enrol
}

// New returns the use cases.
func New(d Deps) UseCases {
	return UseCases{
		Update: Update{d.Guard}, UpdateAny: UpdateAny{d.Guard},
		GetSettings:     GetSettings{d.Guard},
		UpdateSettings:  UpdateSettings{Guard: d.Guard, Factors: d.Factors},
		PreviewSettings: PreviewSettings{Guard: d.Guard, Factors: d.Factors},
	}
}
