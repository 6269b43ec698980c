package members

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// AssignRoles replaces what an account holds, effective at once.
type AssignRoles struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// AssignRolesInput is all that the account is to hold: ids, and names of system roles.
type AssignRolesInput struct {
	Roles   []string
	IfMatch domain.Versions
}

// Execute takes ids and names of system roles; none at all leaves the account without any.
// Nobody grants what they lack (ErrEscalation), nobody acts on an account above their own
// (ErrOutranked), the last owner who can sign in stays an owner (ErrLastOwner), and a change made for
// another version is refused (ErrPreconditionFailed).
func (uc AssignRoles) Execute(ctx context.Context, caller domain.Caller, id domain.UserID, in AssignRolesInput) (changed domain.Member, err error) {
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionRoleAssign, func() (domain.Member, error) {
		return uc.assign(ctx, caller, id, in)
	})
}

func (uc AssignRoles) assign(
	ctx context.Context, caller domain.Caller, id domain.UserID, in AssignRolesInput,
) (changed domain.Member, err error) {
	now := uc.Clock()
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := subordinate(ctx, tx, caller, domain.PermRoleAssign, id)
		if err != nil {
			return err
		}
		if err := in.IfMatch.Check(user.Version); err != nil {
			return err
		}
		all, err := tx.Roles().List(ctx)
		if err != nil {
			return err
		}
		wanted, err := domain.FindRoles(all, in.Roles)
		if err != nil {
			return err
		}
		before, after := domain.RoleNames(user.roles), domain.RoleNames(wanted)
		if before != after {
			if err := uc.replace(ctx, tx, user, wanted, now); err != nil {
				return err
			}
			assigned := event(domain.EventRolesAssigned, uc.NewID, user.caller, id, now, "roles", before+" -> "+after)
			if err := tx.Audit().Append(ctx, assigned); err != nil {
				return err
			}
		}
		changed, err = load(ctx, tx, id)
		return err
	})
	return changed, err
}

func (uc AssignRoles) replace(ctx context.Context, tx port.OrgTx, user member, wanted []domain.Role, now time.Time) error {
	if err := user.caller.Grants(wanted); err != nil {
		return err
	}
	if !domain.IsOwner(wanted) {
		if err := user.keepAnOwner(ctx, tx, now); err != nil {
			return err
		}
	}
	user.UpdatedAt = now
	if err := tx.Users().Update(ctx, user.User); err != nil {
		return err
	}
	return tx.Roles().Assign(ctx, user.ID, idsOf(wanted))
}
