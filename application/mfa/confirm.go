package mfa

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Confirm makes the caller's pending secret live with its first code.
type Confirm struct {
	Store      port.Store
	Guesses    proof.Guesses
	Enrollment proof.Enrollment
	Clock      port.Clock
	NewID      port.NewID
}

// Execute returns the recovery codes, this once. The session stays as it is; the account's other
// sessions without a second factor end.
func (uc Confirm) Execute(ctx context.Context, caller domain.Caller, typed domain.Secret) ([]domain.Secret, error) {
	code, err := domain.ParseOneTimeCode(typed)
	if err != nil {
		return nil, err
	}
	if caller.Authenticator.Enrolled() {
		return nil, domain.ErrAlreadyEnrolled
	}
	var authenticator domain.Authenticator
	guessed, err := uc.Guesses.Reserve(ctx, caller.Origin, caller.Org.ID, func(tx port.OrgTx) (_ proof.Guess, err error) {
		authenticator, err = tx.Authenticators().Get(ctx, caller.User.ID)
		return proof.Code(caller.User), err
	})
	if err != nil {
		return nil, err
	}
	now := uc.Clock()
	first, err := uc.Enrollment.Look(caller.Org.ID, authenticator, code, now)
	if err != nil {
		return nil, uc.Guesses.Release(ctx, caller.Origin, caller.Org.ID, guessed, err)
	}
	codes := uc.Enrollment.NewCodes()
	var outcome error
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		outcome, err = uc.settle(ctx, tx, caller, guessed, first, codes, now)
		return err
	})
	if err := uc.Guesses.Conclude(ctx, caller.Origin, caller.Org.ID, guessed, err, outcome); err != nil {
		return nil, err
	}
	return codes, nil
}

func (uc Confirm) settle(ctx context.Context, tx port.OrgTx, caller domain.Caller, guessed proof.Guess, first proof.FirstCode, codes []domain.Secret, now time.Time) (outcome, err error) {
	if err := uc.Guesses.Decide(ctx, tx, caller.Origin, guessed, first.Right); err != nil {
		return nil, err
	}
	if !first.Right {
		return domain.ErrInvalidCode, tx.Audit().Append(ctx, proof.Refusal(domain.EventMFACodeRefused, uc.NewID, now, caller.Origin, caller.User.ID, "wrong code at enrolment"))
	}
	if _, err := uc.Enrollment.Confirm(ctx, tx, caller.Org.ID, caller.User, first, codes, caller.Origin, now); err != nil {
		return nil, err
	}
	if err := proof.EndSessionsWithoutFactor(ctx, tx, caller.User.ID, caller.Session.ID, now); err != nil {
		return nil, err
	}
	return nil, tx.Audit().Append(ctx, event(domain.EventMFAEnrolled, uc.NewID, caller, now))
}
