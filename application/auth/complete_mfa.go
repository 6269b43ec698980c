package auth

import (
	"context"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// CompleteMFA proves the second factor of an enrolled account.
type CompleteMFA struct {
	Flow  Flow
	Codes proof.Codes
}

// CompleteMFAInput carries the code, or a recovery code.
type CompleteMFAInput struct {
	proof.CodeInput
	ChallengeToken domain.Secret
	RememberDevice bool
}

// Execute uses up the code: a time step (RFC 6238 §5.2) or recovery code that was used
// once never works again, whatever the challenge, endpoint or replica.
func (uc CompleteMFA) Execute(ctx context.Context, visitor domain.Visitor, in CompleteMFAInput) (LoginResult, error) {
	code, err := in.Parse()
	if err != nil {
		return LoginResult{}, err
	}
	token, challenge, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInCodeRequired)
	if err != nil {
		return LoginResult{}, err
	}
	known, guessed, err := uc.Flow.reserveCode(ctx, visitor, challenge)
	if err != nil {
		return LoginResult{}, err
	}
	s := &step{visitor: visitor, known: challenge.Device, remember: in.RememberDevice, now: uc.Flow.Clock()}
	shown, err := uc.Codes.Look(ctx, token.Org, known.authenticator, code, s.now)
	if err == nil && shown.Right {
		_, err = uc.Flow.Challenges.Take(ctx, token.Org, token.Hash) // of parallel right answers one goes on
	}
	if err != nil {
		return LoginResult{}, uc.Flow.Guesses.Release(ctx, visitor.Origin, token.Org, guessed, err)
	}
	var outcome error
	err = uc.Flow.Store.InOrg(ctx, token.Org, func(tx port.OrgTx) (err error) {
		outcome, err = uc.settle(ctx, tx, s, guessed, challenge, shown)
		return err
	})
	if err := uc.Flow.Guesses.Conclude(ctx, visitor.Origin, token.Org, guessed, err, outcome); err != nil {
		return LoginResult{}, err
	}
	return uc.Flow.finish(ctx, s)
}

// settle uses the code up and moves the sign-in on.
func (uc CompleteMFA) settle(ctx context.Context, tx port.OrgTx, s *step, guessed proof.Guess, challenge domain.Challenge, shown proof.Proof) (outcome, err error) {
	if s.account, err = uc.Flow.challenged(ctx, tx, challenge); err != nil {
		return nil, err
	}
	if err := shown.Use(ctx, tx, s.user, s.visitor.Origin, s.now); err != nil {
		return nil, err
	}
	if err := uc.Flow.Guesses.Decide(ctx, tx, s.visitor.Origin, guessed, shown.Right); err != nil {
		return nil, err
	}
	if !shown.Right {
		return domain.ErrInvalidCode, tx.Audit().Append(ctx, proof.Refusal(domain.EventSignInRefused, uc.Flow.NewID, s.now, s.visitor.Origin, s.user.ID, "wrong or used code"))
	}
	s.proven = append(slices.Clone(challenge.Proven), shown.AMR)
	return nil, uc.Flow.advance(ctx, tx, s)
}
