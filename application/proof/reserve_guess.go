package proof

import (
	"cmp"
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

const (
	busyPause = 20 * time.Millisecond
	busyTries = 150 // about three seconds
)

// admitted is a guess that may be compared, with its counter, which the unit of work holds: as it is stored, and
// with the guess reserved in it.
type admitted struct {
	guess            Guess
	stored, attempts domain.Attempts
}

// save stores the counter if it has changed.
func (in admitted) save(ctx context.Context, tx port.OrgTx) error {
	if in.attempts == in.stored {
		return nil
	}
	return tx.Attempts().Save(ctx, in.guess.key, in.attempts)
}

// reserve reserves one more guess.
func (g Guesses) reserve(ctx context.Context, who Guesser) (guess Guess, err error) {
	err = g.admit(ctx, who, func(tx port.OrgTx, in admitted) error {
		guess = in.guess
		return in.save(ctx, tx)
	})
	return guess, err
}

// admit calls next in a unit of work that holds the counter, when the guess may be compared. While undecided
// guesses fill the limit, it waits.
func (g Guesses) admit(ctx context.Context, who Guesser, next func(port.OrgTx, admitted) error) error {
	if err := g.refuseFlood(ctx, who.Origin); err != nil {
		return err
	}
	for range busyTries {
		var (
			in      admitted
			verdict domain.AttemptVerdict
			locked  time.Duration
		)
		err := g.Store.InOrg(ctx, who.Org, func(tx port.OrgTx) (err error) {
			if in.guess, err = who.Find(tx); err != nil {
				return err
			}
			if verdict, locked, err = g.hold(ctx, tx, &in); err != nil {
				return err
			}
			if verdict != domain.AttemptGranted {
				return in.save(ctx, tx)
			}
			return next(tx, in)
		})
		switch {
		case err != nil:
			return err
		case verdict == domain.AttemptLocked:
			return g.refuseLocked(ctx, who, in.guess, locked)
		case verdict == domain.AttemptGranted:
			return nil
		}
		if err := g.Pause(ctx, busyPause); err != nil {
			return err
		}
	}
	return domain.ErrBusy
}

// hold locks the counter of the guess and reserves the guess in it, unless a counter of the account is locked.
func (g Guesses) hold(ctx context.Context, tx port.OrgTx, in *admitted) (domain.AttemptVerdict, time.Duration, error) {
	now := g.Clock()
	attempts, other, err := tx.Attempts().LockAndGet(ctx, in.guess.key, in.guess.other)
	if err != nil {
		return 0, 0, err
	}
	in.stored, in.attempts = attempts, attempts
	if locked := other.Locked(now); locked > 0 {
		return domain.AttemptLocked, locked, nil
	}
	verdict := in.attempts.Reserve(g.Limit, now)
	return verdict, in.attempts.Locked(now), nil
}

// refuseFlood returns ErrRateLimited for a network that has failed too often. When the cache is unreachable
// it returns nil: the counters of the accounts, which are in the database, still apply.
func (g Guesses) refuseFlood(ctx context.Context, origin domain.Origin) error {
	verdict, err := g.Limiter.Peek(ctx, networkKey(origin), g.PerNetwork)
	if err != nil || verdict.Allowed {
		return nil //nolint:nilerr // see above
	}
	return domain.ErrRateLimited.RetryIn(verdict.Reset)
}

func networkKey(origin domain.Origin) string { return "failures:" + origin.Network() }

// refuseLocked counts the attempt against its network before it appends the audit event, so that
// attempts at a locked account fill the audit log no faster than wrong guesses do.
func (g Guesses) refuseLocked(ctx context.Context, who Guesser, guess Guess, locked time.Duration) error {
	if err := TakeFrom(ctx, g.Limiter, networkKey(who.Origin), g.PerNetwork); err != nil {
		return err
	}
	why := guess.locked(who.Org)
	event := g.Explained(Refused(domain.EventSignInLocked, who.actor(guess), "locked").Stamp(g.NewID(), g.Clock()), why)
	err := g.Store.InOrg(ctx, who.Org, func(tx port.OrgTx) error { return tx.Audit().Append(ctx, event) })
	return cmp.Or(err, error(domain.ErrAccountLocked.RetryIn(locked).Because(why)))
}

// locked returns the decision about a guess that is refused without being compared. It is the same for an
// account and for an address without one.
func (g Guess) locked(org domain.OrgID) domain.Decision {
	return domain.Decision{Org: org, User: g.user, Question: &domain.SignInFacts{
		OrgActive: true, AccountActive: true, Locked: true, PasswordProven: g.secret != "password",
	}}
}
