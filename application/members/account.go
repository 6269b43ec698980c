package members

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Accounts is shared by the use cases that change one account of the caller's org.
type Accounts struct{ proof.Guard }

// account is an account of the org with the roles that it holds.
type account struct {
	domain.User
	roles []domain.Role
}

// change runs change in one unit on an account that it has locked. It returns ErrOutranked for an
// account with permissions that the caller lacks, and ErrNotFound for an unknown account.
func (a Accounts) change(
	ctx context.Context, caller domain.Caller, needs proof.Needs, id domain.UserID, change func(proof.Unit, account) error,
) error {
	return a.Change(ctx, caller, needs, func(tx proof.Unit) error {
		user, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		return change(tx, user)
	})
}

// changeOther is change for actions that callers may not do to their own accounts. It returns
// ErrOwnAccount before it requires a step-up.
func (a Accounts) changeOther(
	ctx context.Context, caller domain.Caller, needs proof.Needs, id domain.UserID, change func(proof.Unit, account) error,
) error {
	if err := refuseOwn(caller, id); err != nil {
		return err
	}
	return a.change(ctx, caller, needs, id, change)
}

// refuseOwn returns ErrOwnAccount for the caller's own account.
func refuseOwn(caller domain.Caller, id domain.UserID) error {
	if id == caller.User.ID {
		return domain.ErrOwnAccount.Because(caller.SelfDecision())
	}
	return nil
}

// lock reads an account and locks it until the unit of work ends.
func lock(ctx context.Context, tx proof.Unit, id domain.UserID) (account, error) {
	user, err := tx.Users().Lock(ctx, id)
	if err != nil {
		return account{}, err
	}
	return ranked(ctx, tx, user)
}

// read is lock for a unit that only reads.
func read(ctx context.Context, tx proof.Unit, id domain.UserID) (account, error) {
	user, err := tx.Users().Get(ctx, id)
	if err != nil {
		return account{}, err
	}
	return ranked(ctx, tx, user)
}

// ranked adds the roles of the account. It returns ErrOutranked when they grant what the caller
// lacks.
func ranked(ctx context.Context, tx proof.Unit, user domain.User) (account, error) {
	roles, err := tx.Roles().Of(ctx, user.ID)
	if err == nil && !tx.Caller.Outranks(roles) {
		err = domain.ErrOutranked.Because(tx.Caller.RankDecision(roles))
	}
	return account{User: user, roles: roles}, err
}

// keepAnOwner returns ErrLastOwner for an active owner when no other owner can sign in. The unit
// must have locked the org, as Guard.Change does.
func (a account) keepAnOwner(ctx context.Context, tx proof.Unit) error {
	if !a.Active() || !domain.IsOwner(a.roles) {
		return nil
	}
	owners, err := tx.Roles().Owners(ctx)
	if err != nil {
		return err
	}
	if !domain.AnyCanSignIn(owners, a.ID, tx.Now) {
		return domain.ErrLastOwner
	}
	return nil
}

// load reads an account with its roles and the time at which its second factor was enrolled.
func load(ctx context.Context, tx proof.Unit, id domain.UserID) (domain.Member, error) {
	p, err := tx.Users().Standing(ctx, id)
	return domain.Member{User: p.User, Roles: p.Roles, EnrolledAt: p.Factors.EnrolledAt()}, err
}
