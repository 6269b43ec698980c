package members

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ResetMFA takes the second factor of another account away, for someone who has lost it.
type ResetMFA struct {
	Store port.Store
	Clock port.Clock
	NewID port.NewID
}

// Execute ends every session of the account, forgets its devices, and leaves it to enrol
// anew. One's own second factor is disabled, not reset: ErrForbidden.
func (uc ResetMFA) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) error {
	if id == caller.User.ID {
		return domain.ErrOwnMFA
	}
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		user, err := subordinate(ctx, tx, caller, id)
		if err != nil {
			return err
		}
		if _, err := proof.RemoveMFA(ctx, tx, user.ID, "", domain.DeviceMFAReset, domain.EndMFAReset, now); err != nil {
			return err
		}
		if err := proof.TellMFAChanged(ctx, tx, user, "an administrator reset the second factor", caller.Origin, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, domain.AuditEvent{
			ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventMFAReset, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
			ResourceType: "account", ResourceID: string(user.ID), Origin: caller.Origin,
		})
	})
}

// subordinate loads an account of the caller's org that is not above the caller's own.
func subordinate(ctx context.Context, tx port.OrgTx, caller domain.Caller, id domain.UserID) (domain.User, error) {
	user, err := tx.Users().Get(ctx, id)
	if err != nil {
		return user, err
	}
	roles, err := tx.Roles().Of(ctx, id)
	if err == nil && !caller.Outranks(roles) {
		err = domain.ErrOutranked
	}
	return user, err
}
