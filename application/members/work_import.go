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

// Execute continues where an earlier run ended. Before each unit it checks again whether the
// account that ordered the import may create accounts here, and each row gets only roles that
// this account may grant at that time. Rows that remain when it may not any more are refused.
func (uc WorkImport) Execute(ctx context.Context, org domain.OrgID, order domain.ImportOrder) error {
	for {
		mayCross, err := uc.mayCross(ctx, order)
		if err != nil {
			return err
		}
		var left bool
		err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) (err error) {
			left, err = uc.settleSome(ctx, tx, org, order, mayCross)
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

// mayCross reports whether an orderer from another org is still a platform operator there. It is
// true for an orderer from the import's own org.
func (uc WorkImport) mayCross(ctx context.Context, order domain.ImportOrder) (may bool, err error) {
	home := order.Origin.HomeOrg
	if home == "" {
		return true, nil
	}
	err = uc.Store.ReadOrg(ctx, home, func(tx port.OrgTx) error {
		org, err := tx.Org().Get(ctx)
		if err != nil {
			return err
		}
		user, err := tx.Users().Get(ctx, order.By)
		if err != nil {
			return err
		}
		operator := domain.Principal{Org: org, User: user}
		operator.Roles, err = tx.Roles().Of(ctx, order.By)
		may = org.Active() && org.Platform && user.Active() && operator.Can(domain.PermPlatformManage)
		return err
	})
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrOrgNotFound) {
		return false, nil
	}
	return may, err
}

// settleSome settles up to rowsAtOnce rows and reports whether rows are left.
func (uc WorkImport) settleSome(
	ctx context.Context, tx port.OrgTx, org domain.OrgID, order domain.ImportOrder, mayCross bool,
) (left bool, err error) {
	now := uc.Clock()
	caller, refusal, err := uc.orderer(ctx, tx, org, order, mayCross)
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
		if refusal != "" {
			rows[i].Refuse(domain.FieldError{Location: "row", Message: refusal})
			continue
		}
		if err := uc.settle(ctx, tx, caller, all, &rows[i], now); err != nil {
			return false, err
		}
	}
	return true, tx.Imports().Settle(ctx, order.Import, rows)
}

const (
	refusedOrderer = "was not imported: whoever ordered the import may not create accounts any more"
	refusedOrg     = "was not imported: the org is suspended"
)

// orderer loads the account that ordered the import, as it is now. refusal says why the rows are
// refused; it is empty when they are not.
func (uc WorkImport) orderer(
	ctx context.Context, tx port.OrgTx, org domain.OrgID, order domain.ImportOrder, mayCross bool,
) (caller domain.Caller, refusal string, err error) {
	caller.Origin = order.Origin
	caller.Org.ID, caller.User.ID = org, order.By
	if caller.ActingFor() {
		caller.Roles = []domain.Role{{Name: domain.RoleAdmin, System: true}} // as Caller.ActFor
	}
	caller, err = application.Authorize(ctx, tx, caller, domain.PermMemberCreate)
	switch {
	case errors.Is(err, domain.ErrTokenRevoked), errors.Is(err, domain.ErrAccountSuspended), errors.Is(err, domain.ErrPermissionDenied):
		return caller, refusedOrderer, nil
	case err == nil && !mayCross:
		return caller, refusedOrderer, nil
	case err == nil && !caller.Org.Active():
		return caller, refusedOrg, nil
	}
	return caller, "", err
}

// settle makes the account of a row, or refuses the row. The org is locked.
func (uc WorkImport) settle(ctx context.Context, tx port.OrgTx, caller domain.Caller, all []domain.Role, row *domain.ImportRow, now time.Time) error {
	user, err := newAccount(domain.UserID(uc.NewID()), CreateInput{Email: row.Email, FullName: row.FullName}, now)
	if err != nil {
		row.Refuse(domain.InColumn("row", err)...)
		return nil
	}
	roles, err := grantableOf(all, caller, row.Roles)
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
	if uc.Invitations.NoMail {
		row.Refuse(domain.InColumn("row", domain.ErrNoMail)...)
		return nil
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
