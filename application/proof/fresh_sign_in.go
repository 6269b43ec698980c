package proof

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// FreshSignIn asks for proof that the account's owner is at the session before a factor is
// added or the address is changed: the current password, a session that was authenticated
// minutes ago, or a step-up.
type FreshSignIn struct {
	Guard   Guard
	Guesses Guesses
	Hasher  port.PasswordHasher
}

// Do runs act when there is such a proof, and returns its error. Without one it returns
// ErrReauthenticate, or the error of Guard.Do when only a step-up is accepted. A password that
// was sent is always checked; a wrong one is ErrWrongPassword and counts as a guess.
func (f FreshSignIn) Do(ctx context.Context, caller domain.Caller, action domain.Action, current domain.Secret, act func() error) error {
	if !current.IsZero() {
		if err := f.check(ctx, caller, current); err != nil {
			return err
		}
	}
	policy, now := caller.Settings.Policy(f.Guard.Limits), f.Guard.Clock()
	facts := domain.FreshSignInFacts{
		Action: action, Enrolled: caller.Authenticator.Enrolled(), AuthTime: caller.Session.AuthTime,
		PasswordSent: !current.IsZero(), StepUpSent: !caller.StepUp.IsZero(),
	}
	switch domain.DecideFreshSignIn(policy, facts, now) {
	case domain.FreshByPassword, domain.FreshBySession:
		return act()
	case domain.FreshByStepUp:
		return f.Guard.under(ctx, policy.Guarding(action), caller, action, act)
	default:
		return domain.ErrReauthenticate
	}
}

// check compares the password with the account's. It counts as a guess, like the current password
// of POST /me/password.
func (f FreshSignIn) check(ctx context.Context, caller domain.Caller, current domain.Secret) error {
	guesses, org := f.Guesses, caller.Org.ID
	var user domain.User
	guessed, err := guesses.Reserve(ctx, caller.Origin, org, func(tx port.OrgTx) (_ Guess, err error) {
		user, err = tx.Users().Get(ctx, caller.User.ID)
		return PasswordAgain(caller.Principal), err
	})
	if err != nil {
		return err
	}
	match := false
	if len(current.Reveal()) <= domain.MaxPasswordBytes {
		if match, _, err = f.Hasher.Verify(ctx, user.Password, current); err != nil {
			return guesses.Release(ctx, caller.Origin, org, guessed, err)
		}
	}
	var outcome error
	err = f.Guard.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		if err := guesses.Decide(ctx, tx, caller.Origin, guessed, match); err != nil || match {
			return err
		}
		outcome = domain.ErrWrongPassword
		refused := Refusal(domain.EventPasswordRefused, f.Guard.NewID, f.Guard.Clock(), caller.Origin, user.ID, "wrong current password")
		return tx.Audit().Append(ctx, refused)
	})
	return guesses.Conclude(ctx, caller.Origin, org, guessed, err, outcome)
}
