package serviceaccounts

import (
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
)

// UseCases is what administrators do with the service accounts of their org.
type UseCases struct {
	List          List
	Get           Get
	Overview      Overview
	ListOverviews ListOverviews
	Create        Create
	Update        Update
	Remove        Remove
	Suspend       Suspend
	Activate      Activate
	ListKeys      ListKeys
	CreateKey     CreateKey
	RevokeKey     RevokeKey
}

// Deps is what these use cases need.
type Deps struct {
	Guard proof.Guard
	Keys  port.APIKeyTokens
}

// New returns the use cases.
func New(d Deps) UseCases {
	accounts := Accounts{d.Guard}
	return UseCases{
		List: List{d.Guard}, Get: Get{d.Guard}, Overview: Overview{d.Guard}, ListOverviews: ListOverviews{d.Guard},
		Create: Create{d.Guard}, Update: Update{accounts}, Remove: Remove{accounts},
		Suspend: Suspend{accounts}, Activate: Activate{accounts},
		ListKeys: ListKeys{d.Guard}, CreateKey: CreateKey{Accounts: accounts, Keys: d.Keys}, RevokeKey: RevokeKey{accounts},
	}
}
