package members

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// WorkImport makes accounts of the pending rows of an import, and invites their owners. It
// hashes nothing, and holds the org a few rows at a time.
type WorkImport struct {
	Store       port.Store
	Invitations Invitations
	Clock       port.Clock
	NewID       port.NewID
}

// rowsAtOnce is how many rows one unit settles.
const rowsAtOnce = 25

// Execute goes on where an earlier run ended. Who ordered the import must still be permitted
// to make accounts, and grants only what they hold by now.
func (uc WorkImport) Execute(ctx context.Context, org domain.OrgID, order domain.ImportOrder) error {
	for {
		var left bool
		err := uc.Store.InOrg(ctx, org, func(tx port.OrgTx) (err error) {
			left, err = uc.settleSome(ctx, tx, org, order)
			return err
		})
		switch {
		case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrOrgNotFound):
			return nil // removed meanwhile
		case err != nil || !left:
			return err
		}
	}
}

// settleSome tells whether rows are left.
func (uc WorkImport) settleSome(ctx context.Context, tx port.OrgTx, org domain.OrgID, order domain.ImportOrder) (bool, error) {
	now := uc.Clock()
	caller, permitted, err := uc.orderer(ctx, tx, org, order)
	if err != nil {
		return false, err
	}
	rows, err := tx.Imports().Rows(ctx, order.Import, domain.RowPending, 0, rowsAtOnce)
	if err != nil {
		return false, err
	}
	if len(rows) == 0 {
		return false, uc.finish(ctx, tx, caller, order, now)
	}
	all, err := tx.Roles().List(ctx)
	if err != nil {
		return false, err
	}
	for i := range rows {
		if !permitted {
			rows[i].Refuse(domain.FieldError{Location: "row", Message: "was not taken in: whoever ordered the import may not make accounts any more"})
			continue
		}
		if err := uc.settle(ctx, tx, caller, all, &rows[i], now); err != nil {
			return false, err
		}
	}
	return true, tx.Imports().Settle(ctx, order.Import, rows)
}

// orderer is who ordered the import, as they are now, and whether they may still do so.
func (uc WorkImport) orderer(ctx context.Context, tx port.OrgTx, org domain.OrgID, order domain.ImportOrder) (domain.Caller, bool, error) {
	caller := domain.Caller{Origin: order.Origin}
	caller.Org.ID, caller.User.ID = org, order.By
	if caller.ActingFor() {
		caller.Roles = []domain.Role{{Name: domain.RoleAdmin, System: true}} // as Caller.ActFor
	}
	caller, err := application.Authorize(ctx, tx, caller, domain.PermMemberCreate)
	switch {
	case errors.Is(err, domain.ErrTokenRevoked), errors.Is(err, domain.ErrAccountSuspended), errors.Is(err, domain.ErrPermissionDenied):
		return caller, false, nil
	}
	return caller, err == nil, err
}

// settle makes the account of a row, or refuses the row. The org is locked.
func (uc WorkImport) settle(ctx context.Context, tx port.OrgTx, caller domain.Caller, all []domain.Role, row *domain.ImportRow, now time.Time) error {
	user, err := newAccount(domain.UserID(uc.NewID()), CreateInput{Email: row.Email, FullName: row.FullName}, now)
	if err != nil {
		row.Refuse(domain.InColumn("row", err)...)
		return nil
	}
	names := row.Roles
	if len(names) == 0 {
		names = []string{domain.RoleMember}
	}
	roles, err := domain.FindRoles(all, names)
	if err == nil {
		err = caller.Grants(roles)
	}
	if err != nil {
		row.Refuse(domain.InColumn("roles", err)...)
		return nil
	}
	switch err := unused(ctx, tx, user.Email); {
	case errors.Is(err, domain.ErrEmailTaken):
		row.Refuse(domain.InColumn("email", err)...)
		return nil
	case err != nil:
		return err
	}
	row.Status, row.User = domain.RowCreated, user.ID
	return newcomer{user, roles}.admit(ctx, tx, caller, uc.Invitations, uc.NewID, now)
}

func (uc WorkImport) finish(ctx context.Context, tx port.OrgTx, caller domain.Caller, order domain.ImportOrder, now time.Time) error {
	done, err := tx.Imports().Get(ctx, order.Import)
	if err != nil || !done.FinishedAt.IsZero() {
		return err
	}
	if err := tx.Imports().Finish(ctx, order.Import, now); err != nil {
		return err
	}
	finished := event(domain.EventImportFinished, uc.NewID, caller, "", now, "created", strconv.Itoa(done.Created), "refused", strconv.Itoa(done.Refused))
	finished.ResourceType, finished.ResourceID = "import", string(order.Import)
	return tx.Audit().Append(ctx, finished)
}
