package members

import (
	"context"
	"slices"
	"strconv"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// OrderImport takes a file of accounts in. They are made afterwards, by a job.
type OrderImport struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// Execute refuses what is no such file as a whole; a row that cannot be an account is
// refused by itself, and the others stay. When a row gives any role but member the import
// requires the step-up of role.assign; the permission is checked row by row, by the job.
func (uc OrderImport) Execute(ctx context.Context, caller domain.Caller, file string) (order domain.Import, err error) {
	rows, err := domain.ParseImport(file)
	if err != nil {
		return order, err
	}
	beyond, err := uc.beyondMember(ctx, caller, rows)
	if err != nil {
		return order, err
	}
	err = guardRoles(ctx, uc.Guard, caller, beyond, func() error {
		order, err = uc.order(ctx, caller, rows)
		return err
	})
	return order, err
}

// beyondMember reports whether a row could give any role but member. An unknown role counts,
// because the org may have a role of that name when the job runs.
func (uc OrderImport) beyondMember(ctx context.Context, caller domain.Caller, rows []domain.ImportRow) (beyond bool, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		all, err := tx.Roles().List(ctx)
		if err != nil {
			return err
		}
		beyond = slices.ContainsFunc(rows, func(row domain.ImportRow) bool {
			roles, unknown := namedRoles(all, row.Roles)
			return row.Status == domain.RowPending && (unknown != nil || domain.BeyondMember(roles))
		})
		return nil
	})
	return beyond, err
}

func (uc OrderImport) order(ctx context.Context, caller domain.Caller, rows []domain.ImportRow) (order domain.Import, err error) {
	order = domain.Import{ID: domain.ImportID(uc.NewID()), By: caller.User.ID, CreatedAt: uc.Clock(), Total: len(rows)}
	for _, row := range rows {
		if row.Status == domain.RowRefused {
			order.Refused++
		}
	}
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		caller, err := application.Authorize(ctx, tx, caller, domain.PermMemberCreate)
		if err != nil {
			return err
		}
		if err := tx.Imports().Insert(ctx, order, rows); err != nil {
			return err
		}
		if err := tx.Jobs().Import(ctx, domain.ImportOrder{Import: order.ID, By: caller.User.ID, Origin: caller.Origin}); err != nil {
			return err
		}
		ordered := event(domain.EventImportOrdered, uc.NewID, caller, "", order.CreatedAt, "rows", strconv.Itoa(order.Total))
		ordered.ResourceType, ordered.ResourceID = "import", string(order.ID)
		return tx.Audit().Append(ctx, ordered)
	})
	return order, err
}

// GetImport shows how far an import has come.
type GetImport struct{ Store port.Store }

// Execute answers ErrNotFound for an import that is not of the caller's org.
func (uc GetImport) Execute(ctx context.Context, caller domain.Caller, id domain.ImportID) (found domain.Import, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		found, err = tx.Imports().Get(ctx, id)
		return err
	})
	return found, err
}

// ListImportRows shows what became of a stretch of an import's rows.
type ListImportRows struct{ Store port.Store }

// ListImportRowsInput says which rows, after which line, and how many at most.
type ListImportRowsInput struct {
	Import domain.ImportID
	Status domain.RowStatus // empty: all
	After  int
	Limit  int
}

// Execute also tells whether there are more.
func (uc ListImportRows) Execute(ctx context.Context, caller domain.Caller, in ListImportRowsInput) (rows []domain.ImportRow, more bool, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
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
