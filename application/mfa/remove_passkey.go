package mfa

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// RemovePasskeyNeeds is what RemovePasskey requires of its caller. The step-up is required before anything is
// read, so that a caller without one does not learn which passkeys exist.
var RemovePasskeyNeeds = proof.Needs{OwnAccount: true, Action: domain.ActionPasskeyRemove}

// RemovePasskey removes one of the caller's passkeys.
type RemovePasskey struct {
	Guard   proof.Guard
	Factors proof.Factors
}

// Execute returns ErrNotFound for a passkey that the account does not have, ErrLastFactor for one that the
// account must keep, and ErrNoPasskeys where passkeys cannot be used. With the account's last factor it also removes
// its recovery codes and remembered devices, and ends its other sessions.
func (uc RemovePasskey) Execute(ctx context.Context, caller domain.Caller, id domain.AuthenticatorID) error {
	if err := uc.Factors.Available(domain.FactorPasskey); err != nil {
		return err
	}
	return uc.Guard.Change(ctx, caller, RemovePasskeyNeeds, func(tx proof.Unit) error {
		passkey, held, err := ownPasskey(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := uc.remove(ctx, tx, passkey, domain.NewFactors(held)); err != nil {
			return err
		}
		change := proof.PasskeyChange{
			Kind: domain.EmailPasskeyRemoved, User: caller.User, Name: passkey.Name, Origin: caller.Origin, At: tx.Now,
		}
		if err := change.Notify(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventPasskeyRemoved, domain.OnPasskey(id), domain.Details{"name": passkey.Name})
	})
}

// remove removes the passkey, and with the last factor everything that depends on one. The policy is read again:
// it may have changed since the request began.
func (uc RemovePasskey) remove(ctx context.Context, tx proof.Unit, passkey domain.Authenticator, factors domain.Factors) error {
	standing, err := tx.Users().Standing(ctx, passkey.User)
	if err != nil {
		return err
	}
	policy := standing.Settings.Policy(uc.Guard.Limits)
	if err := domain.DecideFactorRemoval(policy, factors, passkey.ID, domain.AnyAdmin(standing.Roles)); err != nil {
		return err
	}
	if len(factors) > 1 {
		return tx.Authenticators().Remove(ctx, passkey.User, passkey.ID)
	}
	return proof.RemoveMFA(ctx, tx, proof.MFARemoval{
		User: passkey.User, Keep: tx.Caller.Session.ID, Device: domain.DeviceMFADisabled, Session: domain.EndMFADisabled, At: tx.Now,
	})
}
