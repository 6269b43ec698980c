package proof

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Guesses counts the guesses at an account's password and at its codes, with one counter for each.
// A guess is compared only after the counter has admitted it, so that parallel guesses never exceed the
// limit, whichever endpoint or replica they come through. Try reserves it and decides it afterwards;
// TryAtOnce holds the counter until it is decided.
type Guesses struct {
	Store      port.Store
	Limiter    port.Limiter
	Clock      port.Clock
	NewID      port.NewID
	Pause      port.Pause
	Limit      domain.AttemptLimit
	PerNetwork port.Rate // failures from one client address, over all accounts and orgs
	Decisions  port.Decisions
}

// Guesser is the sender of a guess.
type Guesser struct {
	Origin domain.Origin
	Org    domain.OrgID
	// Find returns the guess and reads what it is compared with. It runs in the unit of work that
	// admits the guess.
	Find func(tx port.OrgTx) (Guess, error)
}

// actor is the account of the guess, as the actor of its audit events.
func (w Guesser) actor(guess Guess) domain.Actor {
	return domain.Actor{User: guess.user, Origin: w.Origin}
}

// WrongGuess is the result of a guess that was wrong: the error for its sender and the audit event.
type WrongGuess struct {
	Refusal error
	Event   domain.AuditEvent
}

// Try reserves a guess, calls compare, and then calls settle to act on the result. settle runs in the
// unit of work that decides the guess and returns nil when the guess was right. compare runs in no unit
// of work, so that it may be slow.
//
// Outages on our side never count as failed attempts: the reservation is released when compare fails,
// and when settle returns a domain error, which undoes its unit. After any other failure of settle the
// reservation stays, and counts as wrong when it expires.
//
// Try returns the error of compare or settle, the refusal of a wrong guess, ErrAccountLocked while the
// account is locked, and ErrRateLimited for a network that has failed too often.
func (g Guesses) Try(ctx context.Context, who Guesser, compare func() error, settle func(port.OrgTx) (*WrongGuess, error)) error {
	guess, err := g.reserve(ctx, who)
	if err != nil {
		return err
	}
	if err := compare(); err != nil {
		return g.release(ctx, who, guess, err)
	}
	var wrong *WrongGuess
	err = g.Store.InOrg(ctx, who.Org, func(tx port.OrgTx) (err error) {
		if wrong, err = settle(tx); err != nil {
			return err
		}
		if wrong == nil {
			return tx.Attempts().Succeed(ctx, guess.key)
		}
		if err := g.fail(ctx, tx, who, guess); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, wrong.Event)
	})
	if _, refused := errors.AsType[*domain.Error](err); refused {
		return g.release(ctx, who, guess, err)
	}
	return g.refuse(ctx, who, wrong, err)
}

// TryAtOnce is Try for a guess that is compared quickly and without a network. decide compares it and acts on
// the result, in the one unit of work that holds the counter; it returns nil when the guess was right. Nothing
// is reserved: a failure undoes the unit, with everything that was counted in it.
func (g Guesses) TryAtOnce(ctx context.Context, who Guesser, decide func(port.OrgTx) (*WrongGuess, error)) error {
	var wrong *WrongGuess
	err := g.admit(ctx, who, func(tx port.OrgTx, in admitted) (err error) {
		if wrong, err = decide(tx); err != nil {
			return err
		}
		if wrong == nil {
			in.attempts.Succeed()
			return in.save(ctx, tx)
		}
		if err := g.count(ctx, tx, who, in); err != nil {
			return err
		}
		return tx.Audit().Append(ctx, wrong.Event)
	})
	return g.refuse(ctx, who, wrong, err)
}

// refuse counts a wrong guess against the network of its sender. It returns err, or the refusal of the guess.
func (g Guesses) refuse(ctx context.Context, who Guesser, wrong *WrongGuess, err error) error {
	if err != nil || wrong == nil {
		return err
	}
	_, _ = g.Limiter.Take(ctx, networkKey(who.Origin), g.PerNetwork) // best effort, as in refuseFlood
	return wrong.Refusal
}

// fail counts a reserved guess as wrong.
func (g Guesses) fail(ctx context.Context, tx port.OrgTx, who Guesser, guess Guess) error {
	attempts, err := tx.Attempts().Lock(ctx, guess.key)
	if err != nil {
		return err
	}
	return g.count(ctx, tx, who, admitted{guess: guess, stored: attempts, attempts: attempts})
}

// count counts a guess as wrong whose counter is held. When the guess locks the account, its owner gets an
// email; when there is no account, an email to nobody is enqueued at the same cost.
func (g Guesses) count(ctx context.Context, tx port.OrgTx, who Guesser, in admitted) error {
	now := g.Clock()
	lockedBefore := in.attempts.Locked(now) > 0
	in.attempts.Fail(g.Limit, now)
	if err := in.save(ctx, tx); err != nil {
		return err
	}
	if lockedBefore || in.attempts.Locked(now) == 0 {
		return nil
	}
	return tx.Emails().Send(ctx, domain.EmailMessage{
		Kind: domain.EmailAccountLocked, To: in.guess.email, At: now, Origin: who.Origin,
		Details: map[string]string{"wrong": in.guess.wrong()}, NoRecipient: in.guess.user == "",
	})
}

// release ends the reservation of a guess that was not decided, for example because hashing was busy. It
// works even when the client has disconnected. It returns err, joined with its own failure. It audits an
// authenticator that cannot be decrypted, so that the operator can find out.
func (g Guesses) release(ctx context.Context, who Guesser, guess Guess, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	unreadable := errors.Is(err, domain.ErrSecretUnreadable)
	return errors.Join(err, g.Store.InOrg(ctx, who.Org, func(tx port.OrgTx) error {
		attempts, err := tx.Attempts().Lock(ctx, guess.key)
		if err != nil {
			return err
		}
		attempts.Release()
		if err := tx.Attempts().Save(ctx, guess.key, attempts); err != nil || !unreadable {
			return err
		}
		event := Refused(domain.EventSignInRefused, who.actor(guess), "authenticator unreadable")
		return tx.Audit().Append(ctx, event.Stamp(g.NewID(), g.Clock()))
	}))
}

// Forgive resets the counter of wrong passwords of an account whose owner has just proven to control its
// mailbox. Wrong codes stay counted.
func (g Guesses) Forgive(ctx context.Context, tx port.OrgTx, user domain.User) error {
	return tx.Attempts().Save(ctx, Password(user.Email, user, "").key, domain.Attempts{})
}

// Explained returns the event with the id of the decision, by which the decision can be explained.
func (g Guesses) Explained(event domain.AuditEvent, why domain.Decision) domain.AuditEvent {
	why.At = event.At
	event.Details["decision_id"] = string(g.Decisions.Seal(why))
	return event
}
