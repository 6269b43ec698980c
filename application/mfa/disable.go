package mfa

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Disable takes the caller's second factor away. Whoever must have one enrols again at the
// next sign-in.
type Disable struct {
	Store port.Store
	Guard proof.Guard
	Clock port.Clock
	NewID port.NewID
}

// Execute removes secret, recovery codes and remembered devices and ends the other sessions.
func (uc Disable) Execute(ctx context.Context, caller domain.Caller) error {
	return uc.Guard.Do(ctx, caller, domain.ActionMFADisable, func() error { return uc.disable(ctx, caller) })
}

func (uc Disable) disable(ctx context.Context, caller domain.Caller) error {
	now := uc.Clock()
	return uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		_, err := proof.RemoveMFA(ctx, tx, caller.User.ID, caller.Session.ID, domain.DeviceMFADisabled, domain.EndMFADisabled, now)
		if err != nil {
			return err
		}
		if err := proof.TellMFAChanged(ctx, tx, caller.User, "the second factor was turned off", caller.Origin, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventMFADisabled, uc.NewID, caller, now))
	})
}
