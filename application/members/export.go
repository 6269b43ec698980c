package members

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ExportNeeds is what Export requires of its caller.
var ExportNeeds = proof.Needs{Permission: domain.PermMemberRead, Action: domain.ActionDataExport}

// Export returns all accounts that a filter matches, a page at a time.
type Export struct{ proof.Guard }

// Pages returns the next page of an export; an empty page ends it.
type Pages func(context.Context) ([]domain.Member, error)

// exportPage is how many accounts an export holds in memory.
const exportPage = 500

// Execute records the export in the audit log. Each page is read in a unit of its own, so that a
// slow reader holds no connection to the database.
func (uc Export) Execute(ctx context.Context, caller domain.Caller, filter domain.MemberFilter, role string) (Pages, error) {
	if err := filter.Check(); err != nil {
		return nil, err
	}
	err := uc.ReadAndRecord(ctx, caller, ExportNeeds, func(tx proof.Unit) error {
		return tx.Record(ctx, domain.EventMembersExported, domain.OnAccounts(), domain.Details{"format": "csv"})
	})
	return uc.pages(caller, ListInput{Filter: filter, Role: role, Limit: exportPage}), err
}

func (uc Export) pages(caller domain.Caller, in ListInput) Pages {
	list, done := List(uc), false
	return func(ctx context.Context) ([]domain.Member, error) {
		if done {
			return nil, nil
		}
		found, err := list.Execute(ctx, caller, in)
		if done = !found.More; !done {
			in.After = found.Places[len(found.Places)-1]
		}
		return found.Members, err
	}
}
