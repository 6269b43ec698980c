package auth

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ConfirmEnrollment makes a pending second factor live with its first answer and signs in.
type ConfirmEnrollment struct{ Flow Flow }

// ConfirmEnrollmentInput is the first answer to the new factor.
type ConfirmEnrollmentInput struct {
	ChallengeToken domain.Secret
	Kind           domain.FactorKind
	Answer         domain.Secret
	Name           string // of the authenticator; see proof.FirstAnswer
	RememberDevice bool
}

// Execute also returns the recovery codes, this once, if the factor is the account's first. The account's
// sessions without a second factor end. An answer that is refused uses up its own enrolment at most, and
// not the sign-in.
func (uc ConfirmEnrollment) Execute(ctx context.Context, visitor domain.Visitor, in ConfirmEnrollmentInput) (LoginResult, error) {
	answer, err := uc.Flow.Factors.ParseFirst(proof.FirstAnswer{
		Kind: in.Kind, Text: in.Answer, Name: in.Name, UserAgent: visitor.UserAgent,
	})
	if err != nil {
		return LoginResult{}, err
	}
	s, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInEnrollmentRequired)
	if err != nil {
		return LoginResult{}, err
	}
	s.remember = in.RememberDevice
	var (
		first proof.Enrollment
		codes []domain.Secret
	)
	err = uc.Flow.Guesses.Try(ctx, uc.Flow.guesser(ctx, s), func() (err error) {
		s.now = uc.Flow.Clock()
		if err := proof.MayEnroll(in.Kind, s.wantsPasskey()); err != nil {
			return err
		}
		if first, err = uc.Flow.Factors.Confirm(ctx, s.holder(), answer); err == nil && first.Right {
			err = uc.Flow.take(ctx, s)
		}
		return err
	}, func(tx port.OrgTx) (wrong *proof.WrongGuess, err error) {
		codes, wrong, err = uc.settle(ctx, tx, s, first)
		return wrong, err
	})
	if err != nil {
		return LoginResult{}, uc.Flow.giveBack(ctx, s, err)
	}
	result, err := uc.Flow.finish(ctx, s)
	result.RecoveryCodes = codes
	return result, err
}

// settle makes the factor live, if its answer is right, and moves the sign-in on. It returns the recovery codes.
func (uc ConfirmEnrollment) settle(
	ctx context.Context, tx port.OrgTx, s *step, first proof.Enrollment,
) (codes []domain.Secret, wrong *proof.WrongGuess, err error) {
	if s.account, err = uc.Flow.lockChallenged(ctx, tx, s.challenge); err != nil {
		return nil, nil, err
	}
	enrolled, wrong, err := first.Settle(ctx, tx, "", domain.EventSignInRefused, s.actor())
	if err != nil || wrong != nil {
		return nil, wrong, err
	}
	s.factors = enrolled.Factors
	s.proven = append(slices.Clone(s.challenge.Proven), first.AMR)
	s.enrolled = first.Details()
	if err := uc.Flow.record(ctx, tx, s, domain.EventMFAEnrolled); err != nil {
		return nil, nil, err
	}
	s.enrolled = nil
	return enrolled.RecoveryCodes, nil, uc.Flow.advance(ctx, tx, s)
}
