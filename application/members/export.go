package members

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Export hands out the accounts that a filter takes, a page at a time.
type Export struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// exportPage is how many accounts an export holds in memory.
const exportPage = 500

// Execute notes the export; the pages that it returns end with an empty one. Each is read in
// a unit of its own, so that someone who reads slowly holds no connection to the database.
func (uc Export) Execute(ctx context.Context, caller domain.Caller, filter domain.MemberFilter, role string) (pages func(context.Context) ([]domain.Member, error), err error) {
	if err := filter.Check(); err != nil {
		return nil, err
	}
	err = uc.Guard.Do(ctx, caller, domain.ActionDataExport, func() error { return uc.record(ctx, caller) })
	return uc.pages(caller, filter, role), err
}

func (uc Export) record(ctx context.Context, caller domain.Caller) error {
	exported := event(domain.EventMembersExported, uc.NewID, caller, "", uc.Clock(), "format", "csv")
	exported.ResourceType = "accounts"
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error { return tx.Audit().Append(ctx, exported) })
}

func (uc Export) pages(caller domain.Caller, filter domain.MemberFilter, role string) func(context.Context) ([]domain.Member, error) {
	var after domain.MemberPlace
	var done bool
	return func(ctx context.Context) ([]domain.Member, error) {
		if done {
			return nil, nil
		}
		found, err := List{uc.Store}.Execute(ctx, caller, ListInput{Filter: filter, Role: role, After: after, Limit: exportPage})
		if done = !found.More; !done {
			after = found.Places[len(found.Places)-1]
		}
		return found.Members, err
	}
}
