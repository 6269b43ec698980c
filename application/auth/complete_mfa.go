package auth

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CompleteMFA proves the second factor of an enrolled account.
type CompleteMFA struct{ Flow Flow }

// CompleteMFAInput carries the answer to a second factor, or a recovery code.
type CompleteMFAInput struct {
	proof.Answer
	ChallengeToken domain.Secret
	RememberDevice bool
}

// Execute uses the answer up: one that was used once never works again, whatever the challenge,
// endpoint or replica.
func (uc CompleteMFA) Execute(ctx context.Context, visitor domain.Visitor, in CompleteMFAInput) (LoginResult, error) {
	answer, err := uc.Flow.Factors.Parse(in.Answer)
	if err != nil {
		return LoginResult{}, err
	}
	s, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInCodeRequired)
	if err != nil {
		return LoginResult{}, err
	}
	s.remember = in.RememberDevice
	var shown proof.Proof
	err = uc.Flow.Guesses.Try(ctx, uc.Flow.guesser(ctx, s), func() (err error) {
		s.now = uc.Flow.Clock()
		if err := uc.Flow.Factors.Accepts(answer, s.factors, s.wantsPasskey()); err != nil {
			return err
		}
		if shown, err = uc.Flow.Factors.Verify(ctx, s.holder(), answer); err == nil && shown.Right {
			err = uc.Flow.take(ctx, s)
		}
		return err
	}, func(tx port.OrgTx) (*proof.WrongGuess, error) { return uc.settle(ctx, tx, s, shown) })
	if err != nil {
		return LoginResult{}, uc.Flow.giveBack(ctx, s, err)
	}
	return uc.Flow.finish(ctx, s)
}

// settle uses the answer up and moves the sign-in on.
func (uc CompleteMFA) settle(ctx context.Context, tx port.OrgTx, s *step, shown proof.Proof) (wrong *proof.WrongGuess, err error) {
	if s.account, err = uc.Flow.lockChallenged(ctx, tx, s.challenge); err != nil {
		return nil, err
	}
	right, err := shown.Use(ctx, tx, s.user, s.visitor.Origin)
	if err != nil {
		return nil, err
	}
	if !right {
		return uc.Flow.wrongAnswer(s, shown), nil
	}
	s.proven = append(slices.Clone(s.challenge.Proven), shown.AMR)
	return nil, uc.Flow.advance(ctx, tx, s)
}
