package auth

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ConfirmEnrollment makes the pending secret live with its first code and signs in.
type ConfirmEnrollment struct {
	Flow       Flow
	Enrollment proof.Enrollment
}

// ConfirmEnrollmentInput is the first code of the new authenticator.
type ConfirmEnrollmentInput struct {
	ChallengeToken domain.Secret
	Code           domain.Secret
	RememberDevice bool
}

// Execute also returns the recovery codes, this once. The account's sessions without a second
// factor end.
func (uc ConfirmEnrollment) Execute(ctx context.Context, visitor domain.Visitor, in ConfirmEnrollmentInput) (LoginResult, error) {
	code, err := domain.ParseOneTimeCode(in.Code)
	if err != nil {
		return LoginResult{}, err
	}
	token, challenge, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInEnrollmentRequired)
	if err != nil {
		return LoginResult{}, err
	}
	known, guessed, err := uc.Flow.reserveCode(ctx, visitor, challenge)
	if err != nil {
		return LoginResult{}, err
	}
	s := &step{visitor: visitor, known: challenge.Device, remember: in.RememberDevice, now: uc.Flow.Clock()}
	first, err := uc.Enrollment.Look(known.org.ID, known.authenticator, code, s.now)
	if err == nil && first.Right {
		_, err = uc.Flow.Challenges.Take(ctx, token.Org, token.Hash)
	}
	if err != nil {
		return LoginResult{}, uc.Flow.Guesses.Release(ctx, visitor.Origin, token.Org, guessed, err)
	}
	codes := uc.Enrollment.NewCodes()
	var outcome error
	err = uc.Flow.Store.InOrg(ctx, token.Org, func(tx port.OrgTx) (err error) {
		outcome, err = uc.settle(ctx, tx, s, guessed, challenge, first, codes)
		return err
	})
	if err := uc.Flow.Guesses.Conclude(ctx, visitor.Origin, token.Org, guessed, err, outcome); err != nil {
		return LoginResult{}, err
	}
	result, err := uc.Flow.finish(ctx, s)
	result.RecoveryCodes = codes
	return result, err
}

// settle makes the authenticator live and moves the sign-in on.
func (uc ConfirmEnrollment) settle(ctx context.Context, tx port.OrgTx, s *step, guessed proof.Guess, challenge domain.Challenge, first proof.FirstCode, codes []domain.Secret) (outcome, err error) {
	if s.account, err = uc.Flow.challenged(ctx, tx, challenge); err != nil {
		return nil, err
	}
	if err := uc.Flow.Guesses.Decide(ctx, tx, s.visitor.Origin, guessed, first.Right); err != nil {
		return nil, err
	}
	if !first.Right {
		return domain.ErrInvalidCode, tx.Audit().Append(ctx, proof.Refusal(domain.EventSignInRefused, uc.Flow.NewID, s.now, s.visitor.Origin, s.user.ID, "wrong code at enrolment"))
	}
	if s.authenticator, err = uc.Enrollment.Confirm(ctx, tx, s.org.ID, s.user, first, codes, s.visitor.Origin, s.now); err != nil {
		return nil, err
	}
	if err := proof.EndSessionsWithoutFactor(ctx, tx, s.user.ID, "", s.now); err != nil {
		return nil, err
	}
	s.proven = append(slices.Clone(challenge.Proven), domain.AMROneTimeCode)
	if err := uc.Flow.record(ctx, tx, s, domain.EventMFAEnrolled); err != nil {
		return nil, err
	}
	return nil, uc.Flow.advance(ctx, tx, s)
}
