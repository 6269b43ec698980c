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

// RunImport creates accounts from the pending rows of an import. It hashes nothing, and locks the org for a few rows at a time
// only.
type RunImport struct {
	proof.Guard
	Invitations Invitations
	Pause       port.Pause     // between two units of an import from another system, so that other units get their turn
	Settled     func(rows int) // is called after each unit; nil: nothing is
}

const (
	// invitedAtOnce is how many rows one unit settles if their owners are invited, which takes longer.
	invitedAtOnce = 25
	// rowsAtOnce is how many rows one unit settles otherwise.
	rowsAtOnce = 250
	// turn is how long a job works on an import from another system until it lets other jobs of the queue go first.
	turn = 20 * time.Second
	// maxAgain is how often a unit is repeated because another unit took one of its addresses.
	maxAgain = 3
)

// Execute continues where an earlier run ended. Each unit checks again whether the account that
// ordered the import may create accounts here, and each row gets only roles that this account
// may give at that time. When it may not create accounts any more, the remaining rows are refused.
func (uc RunImport) Execute(ctx context.Context, org domain.OrgID, order domain.ImportOrder) error {
	began := uc.Clock()
	for after, again := 0, 0; ; {
		started := uc.Clock()
		last, rows, err := uc.settleSome(ctx, org, order, after)
		switch {
		case errors.Is(err, domain.ErrEmailTaken) && again < maxAgain:
			again++ // an account has got one of the addresses since they were looked up
			continue
		case errors.Is(err, domain.ErrNotFound), errors.Is(err, domain.ErrOrgNotFound):
			return nil // the import or the org was removed meanwhile
		case err != nil || last == 0:
			return err
		}
		after, again = last, 0
		if uc.Settled != nil {
			uc.Settled(rows)
		}
		if order.Format == "" {
			continue
		}
		now := uc.Clock()
		if !order.ByOperator() && now.Sub(began) > turn {
			return uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error { return tx.Jobs().Enqueue(ctx, FileImportJob{Order: order}) })
		}
		if err := uc.Pause(ctx, now.Sub(started)/2); err != nil {
			return err
		}
	}
}

// settleSome settles the next rows after a line in one unit. It returns the last line and the number of rows, and 0 when no row is
// left.
func (uc RunImport) settleSome(
	ctx context.Context, org domain.OrgID, order domain.ImportOrder, after int,
) (last, count int, err error) {
	settle := func(tx proof.Unit) (err error) {
		last, count, err = uc.settleRows(ctx, tx, order, after, func(rows []domain.ImportRow) error { return uc.create(ctx, tx, order, rows) })
		return err
	}
	if order.ByOperator() {
		err = uc.ChangeByOperator(ctx, org, settle)
		return last, count, err
	}
	caller, err := uc.orderer(ctx, org, order)
	if err == nil {
		err = uc.ChangeFor(ctx, caller, OrderImportNeeds, settle)
	}
	refusal, refused := refusalOf(err)
	if !refused {
		return last, count, err
	}
	err = uc.Store.InOrg(ctx, org, func(tx port.OrgTx) (err error) {
		last, count, err = uc.settleRows(ctx, tx, order, after, func(rows []domain.ImportRow) error {
			for i := range rows {
				rows[i].Refuse(refusal)
			}
			return nil
		})
		return err
	})
	return last, count, err
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

// settleRows settles the next pending rows and returns the last line and their number, or finishes the import when none is left.
func (uc RunImport) settleRows(
	ctx context.Context, tx port.OrgTx, order domain.ImportOrder, after int, settle func([]domain.ImportRow) error,
) (last, count int, err error) {
	limit := rowsAtOnce
	if !order.NoInvite {
		limit = invitedAtOnce
	}
	rows, err := tx.Imports().Pending(ctx, order.Import, after, limit)
	if err != nil {
		return 0, 0, err
	}
	if len(rows) == 0 {
		return 0, 0, uc.finish(ctx, tx, order)
	}
	if err := settle(rows); err != nil {
		return 0, 0, err
	}
	return rows[len(rows)-1].Line, len(rows), tx.Imports().Settle(ctx, order.Import, rows)
}

// create makes the accounts of rows, or refuses the rows.
func (uc RunImport) create(ctx context.Context, tx proof.Unit, order domain.ImportOrder, rows []domain.ImportRow) error {
	all, err := tx.Roles().List(ctx)
	if err != nil {
		return err
	}
	rules := rowRules{all: all, foreign: order.Format != "", may: giverOf(tx.Caller, order), claims: claims{}, newID: uc.NewID, now: tx.Now}
	accounts, err := rules.accounts(ctx, tx, order.Import, rows)
	if err != nil {
		return err
	}
	if !order.NoInvite && uc.Invitations.NoMail {
		refuseInvited(rows, accounts)
	}
	admitted := make([]domain.NewAccount, 0, len(rows))
	for i, account := range accounts {
		if rows[i].Status != domain.RowPending {
			continue
		}
		rows[i].Status, rows[i].User = domain.RowCreated, account.ID
		admitted = append(admitted, account)
	}
	return uc.Invitations.admit(ctx, tx, admission{silent: order.NoInvite, command: order.Command}, admitted...)
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
	if order.Command != "" {
		details["by"] = order.Command
	}
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

// FileImportJob is ImportJob for a file of another system. It has a kind of its own, because a version that knows only ImportJob
// would create these accounts without their passwords.
type FileImportJob struct {
	Order domain.ImportOrder `json:"order"`
}

// Kind implements port.Job.
func (FileImportJob) Kind() string { return "file_import" }

// Origin implements port.Job.
func (j FileImportJob) Origin() domain.Origin { return j.Order.Origin }

// Terms implements port.Job. Other jobs of the queue go first.
func (FileImportJob) Terms() port.JobTerms {
	return port.JobTerms{Queue: port.QueueLong, LowPriority: true, Timeout: 10 * time.Minute}
}

// FileHandler returns the handler of FileImportJob.
func (uc RunImport) FileHandler() port.JobHandler {
	return port.HandleJob(func(ctx context.Context, org domain.OrgID, job FileImportJob) error {
		return uc.Execute(ctx, org, job.Order)
	})
}
