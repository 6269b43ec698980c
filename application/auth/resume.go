package auth

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// resume reads the challenge of the token and returns the next step of its sign-in. It returns an
// error when the sign-in waits for another step than owed.
func (f Flow) resume(ctx context.Context, visitor domain.Visitor, token domain.Secret, owed domain.SignInOutcome) (*step, error) {
	parsed, err := f.ChallengeTokens.Parse(token)
	if err != nil {
		return nil, f.Wrong.Refuse(ctx, visitor.Origin, proof.ChallengeToken, domain.ErrChallengeGone)
	}
	if !visitor.Admits(parsed.Org) {
		return nil, domain.ErrOrgMismatch
	}
	challenge, err := f.Challenges.Get(ctx, parsed.Org, parsed.Hash)
	switch {
	case errors.Is(err, domain.ErrChallengeGone), err == nil && challenge.Org != parsed.Org:
		return nil, f.Wrong.Refuse(ctx, visitor.Origin, proof.ChallengeToken, domain.ErrChallengeGone)
	case err != nil:
		return nil, err
	case challenge.Owed != owed:
		return nil, stepMismatch(challenge.Owed)
	}
	return &step{visitor: visitor, token: parsed, challenge: challenge, known: challenge.Device}, nil
}

// stepMismatch tells a client which step its sign-in waits for.
func stepMismatch(owed domain.SignInOutcome) error {
	return &domain.Error{Code: domain.CodeConflict, Message: "This sign-in waits for another step: " + string(owed) + "."}
}

// take uses up the challenge of the step. Of parallel right answers only one goes on.
func (f Flow) take(ctx context.Context, s *step) error {
	_, err := f.Challenges.Take(ctx, s.token.Org, s.token.Hash)
	s.taken = err == nil
	return err
}

// giveBack stores the challenge of a step again, if the step took it and was then refused, so that the sign-in goes on.
// It returns err.
func (f Flow) giveBack(ctx context.Context, s *step, err error) error {
	_, refused := errors.AsType[*domain.Error](err)
	if s.taken && refused {
		proof.GiveBack(ctx, f.Challenges, s.token, s.challenge, s.challenge.ExpiresAt.Sub(f.Clock()))
	}
	return err
}

// challenged reads the account of a challenge. When the challenge no longer fits the account, it
// returns ErrChallengeGone.
func (f Flow) challenged(ctx context.Context, tx port.OrgTx, challenge domain.Challenge) (account, error) {
	a, err := loadAccount(ctx, tx, challenge.User)
	return f.admitted(challenge, a, err)
}

// lockChallenged is challenged for a unit that may open a session: see lockAccount.
func (f Flow) lockChallenged(ctx context.Context, tx port.OrgTx, challenge domain.Challenge) (account, error) {
	a, err := lockAccount(ctx, tx, challenge.User)
	return f.admitted(challenge, a, err)
}

// admitted returns the account of a challenge as it was read, or the error of challenged.
func (f Flow) admitted(challenge domain.Challenge, a account, err error) (account, error) {
	if errors.Is(err, domain.ErrNotFound) || err == nil && !challenge.Admits(challenge.Owed, a.user, a.factors, f.Clock()) {
		err = domain.ErrChallengeGone
	}
	if err != nil {
		return account{}, err
	}
	return a, a.standing()
}

// load reads into s the challenged account and its authenticators.
func (f Flow) load(ctx context.Context, tx port.OrgTx, s *step) (err error) {
	if s.account, err = f.challenged(ctx, tx, s.challenge); err != nil {
		return err
	}
	s.held, err = tx.Authenticators().Of(ctx, s.user.ID)
	return err
}

// holder is the challenged account, which enrols or shows a second factor in this sign-in.
func (s *step) holder() port.Holder {
	return port.Holder{Org: s.org, User: s.user, By: string(s.token.Hash), Held: s.held, Now: s.now}
}

// guesser is the sender of an answer for the challenged account, which is read into s.
func (f Flow) guesser(ctx context.Context, s *step) proof.Guesser {
	return proof.Guesser{Origin: s.visitor.Origin, Org: s.token.Org, Find: func(tx port.OrgTx) (proof.Guess, error) {
		err := f.load(ctx, tx, s)
		return proof.CodeAtSignIn(s.user, s.challenge.Device), err
	}}
}

// wrongAnswer is the result of a wrong answer.
func (f Flow) wrongAnswer(s *step, shown proof.Proof) *proof.WrongGuess {
	event := proof.Refused(domain.EventSignInRefused, s.actor(), shown.Reason()).Stamp(f.NewID(), s.now)
	return &proof.WrongGuess{Refusal: shown.Refusal(), Event: event}
}
