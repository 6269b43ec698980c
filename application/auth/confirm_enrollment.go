package auth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ConfirmEnrollment makes the pending secret live with its first code and signs in.
type ConfirmEnrollment struct {
	Flow     Flow
	Codes    port.OneTimeCodes
	Recovery port.RecoveryCodeMaker
	Secrets  port.SecretBox
}

// ConfirmEnrollmentInput is the first code of the new authenticator.
type ConfirmEnrollmentInput struct {
	ChallengeToken domain.Secret
	Code           domain.Secret
	RememberDevice bool
}

// Execute also hands out the recovery codes, this once.
func (uc ConfirmEnrollment) Execute(ctx context.Context, visitor domain.Visitor, in ConfirmEnrollmentInput) (LoginResult, error) {
	token, challenge, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInEnrollmentRequired)
	if err != nil {
		return LoginResult{}, err
	}
	guessed, known, err := uc.Flow.Guesses.reserve(ctx, visitor, token.Org, func(tx port.OrgTx) (guess, account, error) {
		a, err := uc.Flow.challenged(ctx, tx, challenge)
		return codeGuess(challenge.User), a, err
	})
	if err != nil {
		return LoginResult{}, err
	}
	s := &step{visitor: visitor, remember: in.RememberDevice, now: uc.Flow.Clock()}
	timeStep, right, err := uc.look(known.authenticator, known.place(), in.Code, s)
	if err == nil && right {
		_, err = uc.Flow.Challenges.Take(ctx, token.Hash)
	}
	if err != nil {
		return LoginResult{}, uc.Flow.Guesses.release(ctx, token.Org, guessed, err)
	}
	codes := uc.makeCodes()
	var outcome error
	err = uc.Flow.Store.InOrg(ctx, token.Org, func(tx port.OrgTx) (err error) {
		if s.account, err = uc.Flow.challenged(ctx, tx, challenge); err != nil {
			return err
		}
		if err := uc.Flow.Guesses.decide(ctx, tx, guessed, right); err != nil {
			return err
		}
		if !right {
			outcome = domain.ErrInvalidCode
			return tx.Audit().Append(ctx, refusal(domain.EventSignInRefused, uc.Flow.NewID, s.now, visitor.Origin, s.user.ID, "wrong code at enrolment"))
		}
		return uc.enroll(ctx, tx, s, challenge, known.authenticator.Pending, timeStep, codes)
	})
	if err := uc.Flow.Guesses.conclude(ctx, visitor, err, outcome); err != nil {
		return LoginResult{}, err
	}
	result, err := uc.Flow.finish(ctx, s)
	result.RecoveryCodes = codes
	return result, err
}

func (uc ConfirmEnrollment) look(a domain.Authenticator, place port.Place, code domain.Secret, s *step) (timeStep int64, right bool, err error) {
	pending, err := a.PendingSecret(s.now)
	if err != nil {
		return 0, false, err
	}
	secret, err := uc.Secrets.Open(pending, place)
	if errors.Is(err, domain.ErrSecretUnreadable) {
		return 0, false, domain.ErrEnrollmentGone
	}
	if err != nil {
		return 0, false, err
	}
	timeStep, right = uc.Codes.Match(secret, code.Reveal(), s.now)
	return timeStep, right, nil
}

// enroll makes the secret that was looked at live, unless another took its place, and moves the sign-in on.
func (uc ConfirmEnrollment) enroll(ctx context.Context, tx port.OrgTx, s *step, challenge domain.Challenge, pending domain.SealedSecret, timeStep int64, codes []domain.Secret) error {
	s.authenticator.Pending = pending
	s.authenticator.Confirm(timeStep, s.now)
	if err := tx.Authenticators().Confirm(ctx, s.authenticator, pending); err != nil {
		return err
	}
	if err := tx.RecoveryCodes().Replace(ctx, s.user.ID, uc.hashed(s.account, codes)); err != nil {
		return err
	}
	s.proven = append(append([]domain.AMR{}, challenge.Proven...), domain.AMROneTimeCode)
	if err := uc.Flow.record(ctx, tx, s, domain.EventMFAEnrolled); err != nil {
		return err
	}
	return uc.Flow.advance(ctx, tx, s)
}

func (uc ConfirmEnrollment) makeCodes() []domain.Secret {
	codes := make([]domain.Secret, domain.RecoveryCodeCount)
	for i := range codes {
		codes[i] = uc.Recovery.New()
	}
	return codes
}

func (uc ConfirmEnrollment) hashed(a account, codes []domain.Secret) []domain.RecoveryCode {
	hashed := make([]domain.RecoveryCode, len(codes))
	for i, code := range codes {
		hashed[i] = domain.RecoveryCode{User: a.user.ID, Hash: uc.Recovery.Hash(code, a.org.ID, a.user.ID)}
	}
	return hashed
}
