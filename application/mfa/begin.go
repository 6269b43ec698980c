package mfa

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Begin makes a TOTP secret for the caller's account, which waits for its first code.
type Begin struct {
	Store      port.Store
	Enrollment proof.Enrollment
	Clock      port.Clock
	NewID      port.NewID
}

// Execute returns a new secret each time; the newest one waits ten minutes. An account that
// has an authenticator gets ErrAlreadyEnrolled: a pending secret never replaces a live one.
func (uc Begin) Execute(ctx context.Context, caller domain.Caller) (port.Enrollment, error) {
	if caller.Authenticator.Enrolled() {
		return port.Enrollment{}, domain.ErrAlreadyEnrolled
	}
	now := uc.Clock()
	authenticator := domain.Authenticator{User: caller.User.ID}
	enrollment, err := uc.Enrollment.Begin(caller.Org, caller.User, &authenticator, now)
	if err != nil {
		return port.Enrollment{}, err
	}
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error {
		if err := tx.Authenticators().SavePending(ctx, authenticator); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, event(domain.EventMFAEnrollmentBegun, uc.NewID, caller, now))
	})
	return enrollment, err
}

func event(name domain.EventName, newID port.NewID, caller domain.Caller, now time.Time) domain.AuditEvent {
	return application.Did(name, newID, caller, now, "account", string(caller.User.ID))
}
