package members

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// RunImport creates accounts from the pending rows of an import, and invites their owners. It
// hashes nothing, and locks the org for a few rows at a time only.
type RunImport struct {
	proof.Guard
	Invitations Invitations
}

// rowsAtOnce is how many rows one unit settles.
const rowsAtOnce = 25

// Execute continues where an earlier run ended. Each unit checks again whether the account that
// ordered the import may create accounts here, and each row gets only roles that this account
// may give at that time. When it may not create accounts any more, the remaining rows are refused.
func (uc RunImport) Execute(ctx context.Context, org domain.OrgID, order domain.ImportOrder) error {
	for {
		left, err := uc.settleSome(ctx, org, order)
		switch {
		case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrOrgNotFound):
			return nil // the import or the org was removed meanwhile
		case err != nil || !left:
			return err
		}
	}
}

// settleSome settles up to rowsAtOnce rows in one unit and reports whether rows are left.
func (uc RunImport) settleSome(ctx context.Context, org domain.OrgID, order domain.ImportOrder) (left bool, err error) {
	caller, err := uc.orderer(ctx, org, order)
	if err == nil {
		err = uc.ChangeFor(ctx, caller, OrderImportNeeds, func(tx proof.Unit) error {
			all, err := tx.Roles().List(ctx)
			if err != nil {
				return err
			}
			left, err = uc.settleRows(ctx, tx, order, func(row *domain.ImportRow) error { return uc.create(ctx, tx, all, row) })
			return err
		})
	}
	refusal, refused := refusalOf(err)
	if !refused {
		return left, err
	}
	err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) (err error) {
		left, err = uc.settleRows(ctx, tx, order, func(row *domain.ImportRow) error {
			row.Refuse(refusal)
			return nil
		})
		return err
	})
	return left, err
}

// orderer returns the caller who ordered the import. It returns ErrPermissionDenied for a caller of
// another org who is no longer a platform operator.
func (uc RunImport) orderer(ctx context.Context, org domain.OrgID, order domain.ImportOrder) (caller domain.Caller, err error) {
	caller.Origin = order.Origin
	caller.Org.ID, caller.User.ID, caller.Type, caller.Scope = org, order.By, order.ByType, order.Scope
	if !caller.ActingFor() {
		return caller, nil
	}
	err = uc.Store.ReadOrg(ctx, order.Origin.HomeOrg, func(tx port.OrgTx) (err error) {
		caller.Principal, err = tx.Users().Standing(ctx, order.By)
		return err
	})
	if errors.Is(err, domain.ErrNotFound) || errors.Is(err, domain.ErrOrgNotFound) {
		return caller, domain.ErrPermissionDenied
	}
	if err != nil {
		return caller, err
	}
	operator := proof.Needs{Permission: domain.PermPlatformManage}
	return caller.ActFor(domain.Org{ID: org}, domain.OrgSettings{}), operator.Check(caller)
}

// refusalOf returns the fault for rows that are refused because of err. refused is false when err is
// no reason to refuse rows.
func refusalOf(err error) (refusal domain.FieldError, refused bool) {
	refusal.Field = "row"
	switch {
	case errors.Is(err, domain.ErrTokenRevoked), errors.Is(err, domain.ErrAccountSuspended),
		errors.Is(err, domain.ErrServiceAccountSuspended), errors.Is(err, domain.ErrPermissionDenied):
		refusal.Message = "was not imported: the account that ordered the import may not create accounts any more"
	case errors.Is(err, domain.ErrOrgSuspended):
		refusal.Message = "was not imported: the org is suspended"
	default:
		return refusal, false
	}
	return refusal, true
}

// settleRows settles the next pending rows, or finishes the import when none is left.
func (uc RunImport) settleRows(
	ctx context.Context, tx port.OrgTx, order domain.ImportOrder, settle func(*domain.ImportRow) error,
) (left bool, err error) {
	rows, err := tx.Imports().Rows(ctx, order.Import, domain.RowPending, 0, rowsAtOnce)
	if err != nil {
		return false, err
	}
	if len(rows) == 0 {
		return false, uc.finish(ctx, tx, order)
	}
	for i := range rows {
		if err := settle(&rows[i]); err != nil {
			return false, err
		}
	}
	return true, tx.Imports().Settle(ctx, order.Import, rows)
}

// create makes the account of a row, or refuses the row. all are the org's roles.
func (uc RunImport) create(ctx context.Context, tx proof.Unit, all []domain.Role, row *domain.ImportRow) error {
	user, err := newAccount(domain.UserID(uc.NewID()), CreateInput{Email: row.Email, FullName: row.FullName}, tx.Now)
	if err != nil {
		row.Refuse(domain.InColumn("row", err)...)
		return nil
	}
	roles, err := grantableOf(all, tx.Caller, row.Roles)
	if err != nil {
		row.Refuse(domain.InColumn("roles", err)...)
		return nil
	}
	switch err := requireUnused(ctx, tx, user.Email); {
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
	return uc.Invitations.admit(ctx, tx, domain.Member{User: user, Roles: roles})
}

func (uc RunImport) finish(ctx context.Context, tx port.OrgTx, order domain.ImportOrder) error {
	done, err := tx.Imports().Get(ctx, order.Import)
	if err != nil || !done.FinishedAt.IsZero() {
		return err
	}
	now := uc.Clock()
	if err := tx.Imports().Finish(ctx, order.Import, now); err != nil {
		return err
	}
	orderer := domain.Actor{User: order.By, Type: order.ByType, Origin: order.Origin}
	details := domain.Details{"created": strconv.Itoa(done.Created), "refused": strconv.Itoa(done.Refused)}
	return tx.Audit().Append(ctx, orderer.Did(domain.EventImportFinished, domain.OnImport(order.Import), details).Stamp(uc.NewID(), now))
}

// ImportJob enqueues the work of RunImport.
type ImportJob struct {
	Order domain.ImportOrder `json:"order"`
}

// Kind implements port.Job.
func (ImportJob) Kind() string { return "import" }

// Origin implements port.Job.
func (j ImportJob) Origin() domain.Origin { return j.Order.Origin }

// Terms implements port.Job. Rows that are pending after the timeout are settled by the next attempt.
func (ImportJob) Terms() port.JobTerms {
	return port.JobTerms{Queue: port.QueueLong, Timeout: 10 * time.Minute}
}

// Handler returns the handler of ImportJob.
func (uc RunImport) Handler() port.JobHandler {
	return port.HandleJob(func(ctx context.Context, org domain.OrgID, job ImportJob) error {
		return uc.Execute(ctx, org, job.Order)
	})
}
