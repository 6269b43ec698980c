package proof

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Guard authorizes callers. Every use case for signed-in callers passes its Needs to a Guard, and
// uses the store only through the Access or Unit that the Guard passes back.
type Guard struct {
	Store   port.Store
	StepUps port.StepUps
	Tokens  port.OpaqueTokens
	Wrong   WrongTokens
	Clock   port.Clock
	NewID   port.NewID
	Limits  domain.ServerLimits
}

// Allow runs act when the caller meets the needs, and returns its error. It is for use cases
// with slow steps between their units; the others call Read, ReadAndRecord or Change.
//
// Without the permission it returns the errors of Needs.Check. Without the step-up that the
// policy requires for the action it returns ErrStepUpRequired, ErrStepUpGone or ErrEnrollFirst, and
// ErrPersonStepUp to a service account.
//
// A required step-up token is used up before act runs, so that only one of parallel uses goes
// on. When act is refused and nothing changed, the token is stored again for the rest of its
// lifetime; after any other failure it stays used.
func (g Guard) Allow(ctx context.Context, caller domain.Caller, needs Needs, act func(Access) error) error {
	if err := needs.Check(caller); err != nil {
		return err
	}
	access := Access{guard: g, caller: caller, needs: needs}
	if needs.Action == "" {
		return act(access)
	}
	return g.under(ctx, caller.Settings.Policy(g.Limits), caller, needs.Action, func() error { return act(access) })
}

// Read is Allow for a use case that reads in one unit.
func (g Guard) Read(ctx context.Context, caller domain.Caller, needs Needs, read func(Unit) error) error {
	return g.Allow(ctx, caller, needs, func(access Access) error { return access.Read(ctx, read) })
}

// ReadAndRecord is Allow for a use case that reads in one unit and audits that it did.
func (g Guard) ReadAndRecord(ctx context.Context, caller domain.Caller, needs Needs, read func(Unit) error) error {
	return g.Allow(ctx, caller, needs, func(access Access) error { return access.ReadAndRecord(ctx, read) })
}

// Change is Allow for a use case that changes something in one unit: see Access.Change.
func (g Guard) Change(ctx context.Context, caller domain.Caller, needs Needs, change func(Unit) error) error {
	return g.Allow(ctx, caller, needs, func(access Access) error { return access.Change(ctx, change) })
}

// ChangeFor is Change for a job that acts for a caller whose request has ended. Only the
// caller's permissions at the time of the unit count. It requires no step-up, because the request did.
func (g Guard) ChangeFor(ctx context.Context, caller domain.Caller, needs Needs, change func(Unit) error) error {
	return Access{guard: g, caller: caller, needs: needs}.Change(ctx, change)
}

// ChangeByOperator runs change in a unit for the operator of the deployment at the command line, who has the database and needs
// no permission. The unit locks the org first, so that it never runs at the same time as another one that changes what accounts
// may do. Events that it records have no account as their actor. An unknown org is ErrOrgNotFound.
func (g Guard) ChangeByOperator(ctx context.Context, org domain.OrgID, change func(Unit) error) error {
	return g.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		found, err := tx.Org().Lock(ctx)
		if err != nil {
			return err
		}
		caller := domain.Caller{Principal: domain.Principal{Org: found}}
		return change(Access{guard: g, caller: caller}.unit(tx))
	})
}

// ReadByOperator is ChangeByOperator for a unit that reads.
func (g Guard) ReadByOperator(ctx context.Context, org domain.Org, read func(Unit) error) error {
	caller := domain.Caller{Principal: domain.Principal{Org: org}}
	return Access{guard: g, caller: caller}.Read(ctx, read)
}
