package mfa

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// State shows the second factors of the caller's account.
type State struct{ Guard proof.Guard }

// StateResult is what can be shown: no secret.
type StateResult struct {
	Factors           domain.Factors
	Pending           bool // an enrolment waits for its first answer
	RecoveryCodesLeft int
}

// Execute reads; it writes nothing.
func (uc State) Execute(ctx context.Context, caller domain.Caller) (result StateResult, err error) {
	err = uc.Guard.Read(ctx, caller, proof.OwnAccount, func(tx proof.Unit) error {
		held, err := tx.Authenticators().Of(ctx, caller.User.ID)
		if err != nil {
			return err
		}
		result.Factors = domain.NewFactors(held)
		result.Pending = slices.ContainsFunc(held, func(a domain.Authenticator) bool { return a.Waiting(tx.Now) })
		result.RecoveryCodesLeft, err = tx.RecoveryCodes().Left(ctx, caller.User.ID)
		return err
	})
	return result, err
}
