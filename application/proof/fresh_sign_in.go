package proof

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// FreshSignIn requires proof that the owner of the account uses the session, before a factor is added
// or the address is changed: the current password, a session that was authenticated minutes ago, or a
// step-up.
type FreshSignIn struct {
	Guard   Guard
	Guesses Guesses
	Hasher  port.PasswordHasher
}

// Allow is Guard.Allow for needs whose action wants a fresh sign-in: it runs act when there is such a
// proof. Without one it returns ErrReauthenticate, or the error of Guard.Allow when only a step-up is
// accepted. A password that was sent is always checked; a wrong one is ErrWrongPassword and counts as
// a guess.
func (f FreshSignIn) Allow(ctx context.Context, caller domain.Caller, needs Needs, current domain.Secret, act func(Access) error) error {
	if err := needs.Check(caller); err != nil {
		return err
	}
	if !current.IsZero() {
		if err := f.check(ctx, caller, current); err != nil {
			return err
		}
	}
	policy, now := caller.Settings.Policy(f.Guard.Limits), f.Guard.Clock()
	facts := domain.FreshSignInFacts{
		Action: needs.Action, Enrolled: caller.Factors.Enrolled(), AuthTime: caller.Session.AuthTime,
		PasswordSent: !current.IsZero(), StepUpSent: !caller.StepUp.IsZero(),
	}
	access := Access{guard: f.Guard, caller: caller, needs: needs}
	switch domain.DecideFreshSignIn(policy, facts, now) {
	case domain.FreshByPassword, domain.FreshBySession:
		return act(access)
	case domain.FreshByStepUp:
		return f.Guard.under(ctx, policy.Guarding(needs.Action), caller, needs.Action, func() error { return act(access) })
	default:
		return domain.ErrReauthenticate
	}
}

// check compares the password with the account's. It counts as a guess, like the current password
// in ChangeOwnPassword.
func (f FreshSignIn) check(ctx context.Context, caller domain.Caller, current domain.Secret) error {
	var (
		user  domain.User
		match bool
	)
	find := func(tx port.OrgTx) (_ Guess, err error) {
		user, err = tx.Users().Get(ctx, caller.User.ID)
		return PasswordAgain(caller.Principal), err
	}
	return f.Guesses.Try(ctx, Guesser{Origin: caller.Origin, Org: caller.Org.ID, Find: find}, func() (err error) {
		if len(current.Reveal()) <= domain.MaxPasswordBytes {
			match, _, err = f.Hasher.Verify(ctx, user.Password, current)
			match = match && !user.PasswordLapsed(f.Guard.Clock())
		}
		return err
	}, func(port.OrgTx) (*WrongGuess, error) {
		if match {
			return nil, nil
		}
		return WrongPassword(f.Guard.NewID, f.Guard.Clock(), caller), nil
	})
}

// WrongPassword is the result of a wrong current password of the caller.
func WrongPassword(newID port.NewID, now time.Time, caller domain.Caller) *WrongGuess {
	event := Refused(domain.EventPasswordRefused, caller.Actor(caller.Org.ID), "wrong current password")
	return &WrongGuess{Refusal: domain.ErrWrongPassword, Event: event.Stamp(newID(), now)}
}
