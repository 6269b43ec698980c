package auth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// SignInWithPasskey signs in by a passkey alone: without an address and without a password.
type SignInWithPasskey struct {
	Flow    Flow
	Passkey port.FirstFactor
}

// SignInWithPasskeyInput is the challenge token of StartPasskeySignIn and the answer of the passkey.
type SignInWithPasskeyInput struct {
	ChallengeToken domain.Secret
	Credential     domain.Secret
}

// Execute refuses an unknown passkey, a wrong answer and a suspended account with ErrPasskeyRefused after the
// same work, and counts all three alike. It looks for the account only in the org of the challenge token. Of
// parallel requests with the same answer one signs in. It returns ErrNoPasskeys where passkeys cannot be used.
func (uc SignInWithPasskey) Execute(ctx context.Context, visitor domain.Visitor, in SignInWithPasskeyInput) (LoginResult, error) {
	if err := uc.Flow.Factors.Available(uc.Passkey.Kind()); err != nil {
		return LoginResult{}, err
	}
	token, err := uc.Flow.ChallengeTokens.Parse(in.ChallengeToken)
	if err != nil {
		return LoginResult{}, uc.Flow.Wrong.Refuse(ctx, visitor.Origin, proof.ChallengeToken, domain.ErrChallengeGone)
	}
	if !visitor.Admits(token.Org) {
		return LoginResult{}, domain.ErrOrgMismatch
	}
	answer, err := uc.Passkey.Take(ctx, token.Org, in.Credential)
	if err != nil {
		return LoginResult{}, err
	}
	s := &step{visitor: visitor, token: token}
	find := func(tx port.OrgTx) (_ proof.Guess, err error) {
		err = uc.find(ctx, tx, s, answer.Handle())
		return proof.PasskeyAlone(answer.Handle(), s.user), err
	}
	guesser := proof.Guesser{Origin: visitor.Origin, Org: token.Org, Find: find}
	err = uc.Flow.Guesses.TryAtOnce(ctx, guesser, func(tx port.OrgTx) (*proof.WrongGuess, error) {
		return uc.decide(ctx, tx, s, answer)
	})
	if errors.Is(err, domain.ErrNotFound) { // an org that does not exist has no counters
		err = domain.ErrOrgNotFound
	}
	if err != nil {
		return LoginResult{}, err
	}
	return uc.Flow.finish(ctx, s)
}

// find reads into s the passkey with the handle and its account, which it locks: see lockAccount. It reads neither
// when the passkey is unknown.
func (uc SignInWithPasskey) find(ctx context.Context, tx port.OrgTx, s *step, handle string) error {
	passkey, p, err := tx.Authenticators().LockStanding(ctx, uc.Passkey.Kind(), handle)
	s.account, s.held = newAccount(p), []domain.Authenticator{passkey}
	if errors.Is(err, domain.ErrNotFound) {
		s.account, s.held, err = account{}, nil, nil
	}
	return err
}

// decide compares the answer and moves the sign-in on when it is right. Use finds out whether the passkey was
// removed, or its counter raised, since it was read.
func (uc SignInWithPasskey) decide(
	ctx context.Context, tx port.OrgTx, s *step, answer port.FirstAnswer,
) (wrong *proof.WrongGuess, err error) {
	s.now = uc.Flow.Clock()
	holder := port.Holder{Org: domain.Org{ID: s.token.Org}, User: s.user, By: string(s.token.Hash), Held: s.held, Now: s.now}
	shown, err := uc.Flow.Factors.VerifyAlone(uc.Passkey, holder, answer)
	if err != nil {
		return nil, err
	}
	right := shown.Right
	if right && s.user.Active() {
		if right, err = shown.Use(ctx, tx, s.user, s.visitor.Origin); err != nil {
			return nil, err
		}
	}
	if !right || !s.user.Active() {
		return uc.refuse(s, shown, right), nil
	}
	s.proven = []domain.AMR{shown.AMR}
	return nil, uc.Flow.advance(ctx, tx, s)
}

// refuse returns the result of a wrong answer. Only the audit log tells its reasons apart.
func (uc SignInWithPasskey) refuse(s *step, shown proof.Proof, proven bool) *proof.WrongGuess {
	reason := shown.Reason()
	why := domain.Decision{Org: s.token.Org, Question: &domain.SignInFacts{OrgActive: true, AccountActive: true}}
	if s.user.ID != "" {
		facts := s.facts(nil, domain.DeviceNone)
		facts.PasskeyProven = proven
		why = s.decision(s.settings.Policy(uc.Flow.Issuer.Limits), facts)
	}
	if proven {
		reason = "suspended account"
	}
	event := proof.Refused(domain.EventSignInRefused, s.actor(), reason).Stamp(uc.Flow.NewID(), s.now)
	return &proof.WrongGuess{Refusal: domain.ErrPasskeyRefused, Event: uc.Flow.Guesses.Explained(event, why)}
}
