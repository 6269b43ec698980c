package mfa

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// DisableNeeds is what Disable requires of its caller.
var DisableNeeds = proof.Needs{OwnAccount: true, Action: domain.ActionMFADisable}

// Disable removes the caller's second factors. An account that must have one enrols again at its next
// sign-in.
type Disable struct{ Guard proof.Guard }

// Execute removes the authenticators of every kind, the recovery codes and the remembered devices, and
// ends the other sessions.
func (uc Disable) Execute(ctx context.Context, caller domain.Caller) error {
	return uc.Guard.Change(ctx, caller, DisableNeeds, func(tx proof.Unit) error {
		err := proof.RemoveMFA(ctx, tx, proof.MFARemoval{
			User: caller.User.ID, Keep: caller.Session.ID, Device: domain.DeviceMFADisabled, Session: domain.EndMFADisabled, At: tx.Now,
		})
		if err != nil {
			return err
		}
		change := proof.MFAChange{User: caller.User, Change: "all second factors and passkeys were removed", Origin: caller.Origin, At: tx.Now}
		if err := change.Notify(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventMFADisabled, domain.OnAccount(caller.User.ID), nil)
	})
}
