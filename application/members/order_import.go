package members

import (
	"context"
	"slices"
	"strconv"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// OrderImportNeeds is what OrderImport requires of its caller. The step-up is needed when a row
// gives any role but member.
var OrderImportNeeds = proof.Needs{Permission: domain.PermMemberCreate, Action: domain.ActionRoleAssign}

// OrderImport stores a file of accounts. A job creates the accounts later.
type OrderImport struct{ proof.Guard }

// Execute returns CodeInvalid for text that is not such a file. A row that cannot become an
// account is refused by itself, and the others stay. Whether the caller may give the roles of a
// row is decided by the job, row by row.
func (uc OrderImport) Execute(ctx context.Context, caller domain.Caller, file string) (order domain.Import, err error) {
	rows, err := domain.ParseImport(file)
	if err != nil {
		return order, err
	}
	var beyond bool
	err = uc.Read(ctx, caller, OrderImportNeeds.WithoutStepUp(), func(tx proof.Unit) error {
		all, err := tx.Roles().List(ctx)
		beyond = anyBeyondMember(rows, all)
		return err
	})
	if err != nil {
		return order, err
	}
	order = domain.Import{ID: domain.ImportID(uc.NewID()), By: caller.User.ID, CreatedAt: uc.Clock(), Total: len(rows)}
	for _, row := range rows {
		if row.Status == domain.RowRefused {
			order.Refused++
		}
	}
	err = uc.Change(ctx, caller, OrderImportNeeds.StepUpIf(beyond), func(tx proof.Unit) error {
		if err := tx.Imports().Insert(ctx, order, rows); err != nil {
			return err
		}
		job := domain.ImportOrder{
			Import: order.ID, By: caller.User.ID, ByType: caller.Type, Scope: caller.Scope, Origin: caller.Origin,
		}
		if err := tx.Jobs().Enqueue(ctx, ImportJob{Order: job}); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventImportOrdered, domain.OnImport(order.ID), domain.Details{"rows": strconv.Itoa(order.Total)})
	})
	return order, err
}

// anyBeyondMember reports whether a row could give any role but member. An unknown role counts,
// because the org may have a role of that name when the job runs.
func anyBeyondMember(rows []domain.ImportRow, all []domain.Role) bool {
	return slices.ContainsFunc(rows, func(row domain.ImportRow) bool {
		roles, unknown := namedRoles(all, row.Roles)
		return row.Status == domain.RowPending && (unknown != nil || domain.BeyondMember(roles))
	})
}

// GetImportNeeds is what GetImport requires of its caller.
var GetImportNeeds = proof.Needs{Permission: domain.PermMemberCreate}

// GetImport returns the progress of an import.
type GetImport struct{ proof.Guard }

// Execute returns ErrNotFound for an import that the caller's org does not have.
func (uc GetImport) Execute(ctx context.Context, caller domain.Caller, id domain.ImportID) (found domain.Import, err error) {
	err = uc.Read(ctx, caller, GetImportNeeds, func(tx proof.Unit) (err error) {
		found, err = tx.Imports().Get(ctx, id)
		return err
	})
	return found, err
}

// ListImportRowsNeeds is what ListImportRows requires of its caller.
var ListImportRowsNeeds = proof.Needs{Permission: domain.PermMemberCreate}

// ListImportRows returns a page of an import's rows with their outcome.
type ListImportRows struct{ proof.Guard }

// ListImportRowsInput says which rows, after which line, and how many at most.
type ListImportRowsInput struct {
	Import domain.ImportID
	Status domain.RowStatus // empty: all
	After  int
	Limit  int
}

// Execute also reports whether there are more rows.
func (uc ListImportRows) Execute(
	ctx context.Context, caller domain.Caller, in ListImportRowsInput,
) (rows []domain.ImportRow, more bool, err error) {
	err = uc.Read(ctx, caller, ListImportRowsNeeds, func(tx proof.Unit) error {
		if _, err := tx.Imports().Get(ctx, in.Import); err != nil {
			return err
		}
		rows, err = tx.Imports().Rows(ctx, in.Import, in.Status, in.After, in.Limit+1)
		return err
	})
	if more = len(rows) > in.Limit; more {
		rows = rows[:in.Limit]
	}
	return rows, more, err
}
