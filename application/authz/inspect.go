package authz

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Inspect explains decisions of every org to the operator of the deployment, on the command line.
type Inspect struct {
	Store     port.Store
	Decisions port.Decisions
	Clock     port.Clock
}

// InspectInput is the id of a decision; or, without one, an account's id or address in an
// org, by id or slug, and a permission.
type InspectInput struct {
	ID         domain.DecisionID
	Org        string
	Account    string
	Permission domain.Permission
}

// Execute returns what Explain or CheckPermission returns to an auditor of the org.
func (uc Inspect) Execute(ctx context.Context, in InspectInput) (e Explanation, err error) {
	if in.ID != "" {
		decision, err := uc.Decisions.Open(in.ID, uc.Clock())
		if err != nil {
			return e, err
		}
		err = uc.Store.ReadOrg(ctx, decision.Org, func(tx port.OrgTx) (err error) {
			e, err = whole(ctx, tx, decision)
			return err
		})
		return e, err
	}
	if !in.Permission.Known() {
		return e, domain.Invalid("permission", "must be a known permission, such as member.read")
	}
	org, err := uc.Store.Platform().FindOrg(ctx, domain.OrgReference(in.Org))
	if err != nil {
		return e, err
	}
	err = uc.Store.ReadOrg(ctx, org.ID, func(tx port.OrgTx) error {
		e, err = check(ctx, tx, CheckPermissionInput{Permission: in.Permission, Account: in.Account}, uc.Clock())
		return err
	})
	return e, err
}
