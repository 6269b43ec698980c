package mfa

import (
	"context"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// RegenerateRecoveryCodesNeeds is what RegenerateRecoveryCodes requires of its caller.
var RegenerateRecoveryCodesNeeds = proof.Needs{OwnAccount: true, Action: domain.ActionRecoveryCodesRegenerate}

// RegenerateRecoveryCodes gives the caller's account new recovery codes.
type RegenerateRecoveryCodes struct {
	Guard   proof.Guard
	Factors proof.Factors
}

// Execute returns ten new codes, this once; the old ones are void.
func (uc RegenerateRecoveryCodes) Execute(ctx context.Context, caller domain.Caller) (codes []domain.Secret, err error) {
	err = uc.Guard.Change(ctx, caller, RegenerateRecoveryCodesNeeds, func(tx proof.Unit) (err error) {
		if !caller.Factors.Enrolled() {
			return domain.ErrNotEnrolled
		}
		if codes, err = uc.Factors.ReplaceRecoveryCodes(ctx, tx, caller.Org.ID, caller.User.ID); err != nil {
			return err
		}
		const replaced = "new recovery codes were made; the old ones are void"
		change := proof.MFAChange{User: caller.User, Change: replaced, Origin: caller.Origin, At: tx.Now}
		if err := change.Notify(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, domain.EventRecoveryCodesReplaced, domain.OnAccount(caller.User.ID), nil)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
