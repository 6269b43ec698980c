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
	Fresh      proof.FreshSignIn
	Clock      port.Clock
	NewID      port.NewID
}

// Execute returns a secret that waits ten minutes for its first code. Repeated calls in one session
// return the same secret; another session gets a new one. An account that has an authenticator
// gets ErrAlreadyEnrolled: a pending secret never replaces a live one. A fresh sign-in is
// required; current, the current password, is one proof of it.
func (uc Begin) Execute(ctx context.Context, caller domain.Caller, current domain.Secret) (enrollment port.Enrollment, err error) {
	if caller.Authenticator.Enrolled() {
		return port.Enrollment{}, domain.ErrAlreadyEnrolled
	}
	err = uc.Fresh.Do(ctx, caller, domain.ActionPasskeyAdd, current, func() error {
		enrollment, err = uc.begin(ctx, caller)
		return err
	})
	return enrollment, err
}

func (uc Begin) begin(ctx context.Context, caller domain.Caller) (port.Enrollment, error) {
	now := uc.Clock()
	start := proof.Start{Org: caller.Org, User: caller.User, By: string(caller.Session.ID), Now: now}
	return uc.Enrollment.Begin(ctx, uc.Store, start, func(tx port.OrgTx) error {
		return tx.Audit().Append(ctx, event(domain.EventMFAEnrollmentBegun, uc.NewID, caller, now))
	})
}

func event(name domain.EventName, newID port.NewID, caller domain.Caller, now time.Time) domain.AuditEvent {
	return application.Did(name, newID, caller, now, "account", string(caller.User.ID))
}
