package mfa

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// State shows how the caller's account stands with its second factor.
type State struct {
	Store port.Store
	Clock port.Clock
}

// StateResult is what can be shown: no secret.
type StateResult struct {
	EnrolledAt        time.Time // zero when none is enrolled
	Pending           bool      // an enrolment waits for its first code
	RecoveryCodesLeft int
}

// Execute reads; it writes nothing.
func (uc State) Execute(ctx context.Context, caller domain.Caller) (result StateResult, err error) {
	err = uc.Store.ReadOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		authenticator, err := tx.Authenticators().Get(ctx, caller.User.ID)
		if err != nil {
			return err
		}
		result.EnrolledAt, result.Pending = authenticator.EnrolledAt, authenticator.Waiting(uc.Clock())
		result.RecoveryCodesLeft, err = tx.RecoveryCodes().Left(ctx, caller.User.ID)
		return err
	})
	return result, err
}
