package mfa

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// RegenerateRecoveryCodes gives the caller's account new recovery codes.
type RegenerateRecoveryCodes struct {
	Store      port.Store
	Enrollment proof.Enrollment
	Guard      proof.Guard
	Clock      port.Clock
	NewID      port.NewID
}

// Execute returns ten new codes, this once; the old ones are void.
func (uc RegenerateRecoveryCodes) Execute(ctx context.Context, caller domain.Caller) (codes []domain.Secret, err error) {
	return proof.Guarded(ctx, uc.Guard, caller, domain.ActionRecoveryCodesRegenerate, func() ([]domain.Secret, error) {
		return uc.regenerate(ctx, caller)
	})
}

func (uc RegenerateRecoveryCodes) regenerate(ctx context.Context, caller domain.Caller) ([]domain.Secret, error) {
	if !caller.Authenticator.Enrolled() {
		return nil, domain.ErrNotEnrolled
	}
	now, codes := uc.Clock(), uc.Enrollment.NewCodes()
	err := uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		if err := uc.Enrollment.ReplaceCodes(ctx, tx, caller.Org.ID, caller.User.ID, codes); err != nil {
			return err
		}
		if err := proof.TellMFAChanged(ctx, tx, caller.User, "new recovery codes were made; the old ones are void", caller.Origin, now); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventRecoveryCodesReplaced, uc.NewID, caller, now))
	})
	return codes, err
}
