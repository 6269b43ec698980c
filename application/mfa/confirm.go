package mfa

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Confirm makes the caller's pending second factor live with its first answer.
type Confirm struct {
	Guesses proof.Guesses
	Factors proof.Factors
	Clock   port.Clock
	NewID   port.NewID
	Records port.PasskeyRecords
}

// ConfirmInput is the first answer to a factor of the kind.
type ConfirmInput struct {
	Kind   domain.FactorKind
	Answer domain.Secret
	Name   string // of the authenticator; see proof.FirstAnswer
}

// Confirmed is what an enrolment added to the account.
type Confirmed struct {
	Passkey       Passkey         // the new passkey; zero if another kind was enrolled
	RecoveryCodes []domain.Secret // to be shown once; empty unless the factor is the account's first
}

// Execute returns the new passkey, and the recovery codes that come with the account's first factor. The session
// stays as it is. With the first factor, the account's other sessions without one end. A wrong answer is
// ErrInvalidCode or ErrWrongPasskey and counts as a guess. It returns ErrEnrollmentGone if no enrolment of an
// authenticator app waits for its code, ErrAuthenticatorTaken for a passkey that the org already has, and the errors
// of Begin for an account that may have no more of the kind.
func (uc Confirm) Execute(ctx context.Context, caller domain.Caller, in ConfirmInput) (added Confirmed, err error) {
	if err := proof.OwnAccount.Check(caller); err != nil {
		return added, err
	}
	answer, err := uc.Factors.ParseFirst(proof.FirstAnswer{Kind: in.Kind, Text: in.Answer, Name: in.Name, UserAgent: caller.UserAgent})
	if err != nil {
		return added, err
	}
	if err := uc.Factors.Admits(in.Kind, caller.Factors); err != nil {
		return added, err
	}
	var (
		enrolling port.Holder
		first     proof.Enrollment
	)
	find := func(tx port.OrgTx) (_ proof.Guess, err error) {
		enrolling = holder(caller, uc.Clock())
		enrolling.Held, err = tx.Authenticators().Of(ctx, caller.User.ID)
		return proof.Code(caller.User), err
	}
	err = uc.Guesses.Try(ctx, proof.Guesser{Origin: caller.Origin, Org: caller.Org.ID, Find: find}, func() (err error) {
		first, err = uc.Factors.Confirm(ctx, enrolling, answer)
		return err
	}, func(tx port.OrgTx) (wrong *proof.WrongGuess, err error) {
		added, wrong, err = uc.settle(ctx, tx, caller, first)
		return wrong, err
	})
	if err != nil {
		return Confirmed{}, err
	}
	return added, nil
}

// settle makes the factor live, if its answer is right.
func (uc Confirm) settle(
	ctx context.Context, tx port.OrgTx, caller domain.Caller, first proof.Enrollment,
) (added Confirmed, wrong *proof.WrongGuess, err error) {
	enrolled, wrong, err := first.Settle(ctx, tx, caller.Session.ID, domain.EventMFACodeRefused, caller.Actor(caller.Org.ID))
	if err != nil || wrong != nil {
		return added, wrong, err
	}
	added.RecoveryCodes = enrolled.RecoveryCodes
	if first.Live.Kind == domain.FactorPasskey {
		if added.Passkey, err = show(uc.Records, first.Live); err != nil {
			return added, nil, err
		}
	}
	event := did(caller, domain.EventMFAEnrolled, first.Details())
	return added, nil, tx.Audit().Append(ctx, event.Stamp(uc.NewID(), first.Live.EnrolledAt))
}
