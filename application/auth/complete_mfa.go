package auth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// CompleteMFA proves the second factor of an enrolled account.
type CompleteMFA struct {
	Flow     Flow
	Codes    port.OneTimeCodes
	Recovery port.RecoveryCodeMaker
	Secrets  port.SecretBox
}

// CompleteMFAInput carries one of Code and RecoveryCode.
type CompleteMFAInput struct {
	ChallengeToken domain.Secret
	Code           domain.Secret
	RecoveryCode   domain.Secret
	RememberDevice bool
}

// Execute uses up the code: a time step (RFC 6238 §5.2) or recovery code that was used
// once never works again, whatever the challenge, endpoint or replica.
func (uc CompleteMFA) Execute(ctx context.Context, visitor domain.Visitor, in CompleteMFAInput) (LoginResult, error) {
	if in.Code.IsZero() == in.RecoveryCode.IsZero() {
		return LoginResult{}, domain.Invalid("body.code", "send either code or recovery_code")
	}
	token, challenge, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInCodeRequired)
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
	proof, err := uc.look(ctx, known, in, s)
	if err == nil && proof.right {
		_, err = uc.Flow.Challenges.Take(ctx, token.Hash) // of parallel right answers one goes on
	}
	if err != nil {
		return LoginResult{}, uc.Flow.Guesses.release(ctx, token.Org, guessed, uc.Flow.noteUnreadable(ctx, known, s, err))
	}
	var outcome error
	err = uc.Flow.Store.InOrg(ctx, token.Org, func(tx port.OrgTx) (err error) {
		outcome, err = uc.settle(ctx, tx, s, guessed, challenge, proof)
		return err
	})
	if err := uc.Flow.Guesses.conclude(ctx, visitor, err, outcome); err != nil {
		return LoginResult{}, err
	}
	return uc.Flow.finish(ctx, s)
}

// proof is a code that was looked at: which of the two kinds, and whether it fits.
type proof struct {
	right    bool
	amr      domain.AMR
	step     int64            // of a one-time code
	recovery domain.TokenHash // of a recovery code
}

// look compares the code with what is known; nothing is used up yet.
func (uc CompleteMFA) look(ctx context.Context, a account, in CompleteMFAInput, s *step) (proof, error) {
	if !in.RecoveryCode.IsZero() {
		p := proof{amr: domain.AMRRecoveryCode, recovery: uc.Recovery.Hash(in.RecoveryCode, a.org.ID, a.user.ID)}
		err := uc.Flow.Store.ReadOrg(ctx, a.org.ID, func(tx port.OrgTx) (err error) {
			p.right, err = tx.RecoveryCodes().Unused(ctx, a.user.ID, p.recovery)
			return err
		})
		return p, err
	}
	secret, err := uc.Secrets.Open(a.authenticator.Secret, a.place())
	if err != nil {
		return proof{}, err
	}
	p := proof{amr: domain.AMROneTimeCode}
	p.step, p.right = uc.Codes.Match(secret, in.Code.Reveal(), s.now)
	p.right = p.right && p.step > a.authenticator.LastStep
	return p, nil
}

// settle uses the code up by one conditional update and moves the sign-in on.
func (uc CompleteMFA) settle(ctx context.Context, tx port.OrgTx, s *step, guessed guess, challenge domain.Challenge, p proof) (outcome, err error) {
	if s.account, err = uc.Flow.challenged(ctx, tx, challenge); err != nil {
		return nil, err
	}
	if p.right {
		err := p.use(ctx, tx, s)
		if err != nil && !errors.Is(err, domain.ErrInvalidCode) {
			return nil, err
		}
		p.right = err == nil
	}
	if err := uc.Flow.Guesses.decide(ctx, tx, guessed, p.right); err != nil {
		return nil, err
	}
	if !p.right {
		return domain.ErrInvalidCode, tx.Audit().Append(ctx, refusal(domain.EventSignInRefused, uc.Flow.NewID, s.now, s.visitor.Origin, s.user.ID, "wrong or used code"))
	}
	s.proven = append(append([]domain.AMR{}, challenge.Proven...), p.amr)
	return nil, uc.Flow.advance(ctx, tx, s)
}

func (p proof) use(ctx context.Context, tx port.OrgTx, s *step) error {
	if p.amr == domain.AMRRecoveryCode {
		return tx.RecoveryCodes().Use(ctx, s.user.ID, p.recovery, s.now)
	}
	return tx.Authenticators().UseStep(ctx, s.user.ID, p.step)
}
