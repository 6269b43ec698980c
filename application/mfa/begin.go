package mfa

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// BeginNeeds is what Begin requires of its caller, besides a fresh sign-in.
var BeginNeeds = proof.Needs{OwnAccount: true, Action: domain.ActionPasskeyAdd}

// Begin starts to enrol a second factor for the caller's account.
type Begin struct {
	Factors proof.Factors
	Fresh   proof.FreshSignIn
	Clock   port.Clock
	NewID   port.NewID
}

// BeginInput names the kind of factor. CurrentPassword is one proof of a fresh sign-in; empty when
// the client sends another one.
type BeginInput struct {
	Kind            domain.FactorKind
	CurrentPassword domain.Secret
}

// Execute returns what the client needs to answer the new factor: an authenticator app within ten minutes, a
// passkey within five. Repeated calls in one session go on with the same enrolment of an authenticator app, but
// begin another one of a passkey. Another session begins its own. An account that may have no more of the kind
// gets ErrAlreadyEnrolled or ErrTooManyPasskeys. A fresh sign-in is required.
func (uc Begin) Execute(ctx context.Context, caller domain.Caller, in BeginInput) (prompt port.Prompt, err error) {
	if err := uc.Factors.Admits(in.Kind, caller.Factors); err != nil {
		return nil, err
	}
	err = uc.Fresh.Allow(ctx, caller, BeginNeeds, in.CurrentPassword, func(proof.Access) error {
		now := uc.Clock()
		prompt, err = uc.Factors.Begin(ctx, in.Kind, holder(caller, now), func(tx port.OrgTx) error {
			event := did(caller, domain.EventMFAEnrollmentBegun, domain.Details{"kind": string(in.Kind)})
			return tx.Audit().Append(ctx, event.Stamp(uc.NewID(), now))
		})
		return err
	})
	return prompt, err
}

// holder is the caller, who enrols a second factor in this session.
func holder(caller domain.Caller, now time.Time) port.Holder {
	return port.Holder{Org: caller.Org, User: caller.User, By: string(caller.Session.ID), Now: now}
}

// did is the audit event of what the caller did to their own account.
func did(caller domain.Caller, name domain.EventName, details domain.Details) domain.AuditEvent {
	return caller.Actor(caller.Org.ID).Did(name, domain.OnAccount(caller.User.ID), details)
}
