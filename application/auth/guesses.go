package auth

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Guesses counts what is guessed at an account's password and at its codes, a counter
// each. A guess is reserved before it is looked at and decided afterwards, so that
// parallel guesses never exceed the limit, whichever step or replica they come through.
type Guesses struct {
	Store      port.Store
	Limiter    port.Limiter
	Clock      port.Clock
	NewID      port.NewID
	Pause      port.Pause
	Limit      domain.AttemptLimit
	PerNetwork port.Rate // failures from one client address, over all accounts and orgs
}

// guess names the counter a guess belongs to and the other one, whose lock holds too.
type guess struct{ key, other string }

// passwordGuess is counted for the account or, when nobody has the address, for the
// address, so that both lock alike.
func passwordGuess(email domain.Email, user domain.User) guess {
	if user.ID == "" {
		digest := sha256.Sum256([]byte(email.Key()))
		return guess{key: "password:" + hex.EncodeToString(digest[:])}
	}
	return guess{key: "password:" + string(user.ID), other: "code:" + string(user.ID)}
}

// codeGuess is counted for the account over all its challenges and endpoints.
func codeGuess(user domain.UserID) guess {
	return guess{key: "code:" + string(user), other: "password:" + string(user)}
}

const (
	busyPause = 20 * time.Millisecond
	busyTries = 150 // about three seconds
)

// reserve asks to look at one more guess by visitor. find runs in the same unit and says
// whose it is. Locked is ErrAccountLocked; guesses still undecided are waited for.
func (g Guesses) reserve(ctx context.Context, visitor domain.Visitor, org domain.OrgID, find func(port.OrgTx) (guess, account, error)) (guess, account, error) {
	if err := g.refuseFlood(ctx, visitor); err != nil {
		return guess{}, account{}, err
	}
	for range busyTries {
		var (
			guessed guess
			found   account
			verdict domain.AttemptVerdict
			locked  time.Duration
		)
		err := g.Store.InOrg(ctx, org, func(tx port.OrgTx) (err error) {
			if guessed, found, err = find(tx); err != nil {
				return err
			}
			if verdict, locked, err = g.ask(ctx, tx, guessed); err != nil || verdict != domain.AttemptLocked {
				return err
			}
			return tx.Audit().Append(ctx, refusal(domain.EventSignInLocked, g.NewID, g.Clock(), visitor.Origin, found.user.ID, "locked"))
		})
		switch {
		case err != nil:
			return guess{}, account{}, err
		case verdict == domain.AttemptLocked:
			return guess{}, account{}, domain.ErrAccountLocked.RetryIn(locked)
		case verdict == domain.AttemptGranted:
			return guessed, found, nil
		}
		if err := g.Pause(ctx, busyPause); err != nil {
			return guess{}, account{}, err
		}
	}
	return guess{}, account{}, domain.ErrBusy
}

// refuseFlood turns a network away that has failed too often. Without the cache the
// counters of the accounts, which are in the database, still hold.
func (g Guesses) refuseFlood(ctx context.Context, visitor domain.Visitor) error {
	verdict, err := g.Limiter.Peek(ctx, networkKey(visitor), g.PerNetwork)
	if err != nil || verdict.Allowed {
		return nil //nolint:nilerr // see above
	}
	return domain.ErrRateLimited.RetryIn(verdict.Reset)
}

// conclude counts a wrong guess against its network and returns what the caller is told.
func (g Guesses) conclude(ctx context.Context, visitor domain.Visitor, err, outcome error) error {
	if err == nil && outcome != nil {
		_, _ = g.Limiter.Take(ctx, networkKey(visitor), g.PerNetwork) // best effort, as above
	}
	return cmp.Or(err, outcome)
}

func networkKey(visitor domain.Visitor) string { return "failures:" + visitor.Network() }

// ask reserves the guess unless a counter of the account is locked.
func (g Guesses) ask(ctx context.Context, tx port.OrgTx, guessed guess) (domain.AttemptVerdict, time.Duration, error) {
	now := g.Clock()
	if locked, err := g.lockedBy(ctx, tx, guessed.other, now); err != nil || locked > 0 {
		return domain.AttemptLocked, locked, err
	}
	attempts, err := tx.Attempts().Lock(ctx, guessed.key)
	if err != nil {
		return 0, 0, err
	}
	verdict := attempts.Reserve(g.Limit, now)
	return verdict, attempts.Locked(now), tx.Attempts().Save(ctx, guessed.key, attempts)
}

func (g Guesses) lockedBy(ctx context.Context, tx port.OrgTx, key string, now time.Time) (time.Duration, error) {
	if key == "" {
		return 0, nil
	}
	attempts, err := tx.Attempts().Get(ctx, key)
	return attempts.Locked(now), err
}

// decide closes a reserved guess inside the unit that acts on it.
func (g Guesses) decide(ctx context.Context, tx port.OrgTx, guessed guess, right bool) error {
	attempts, err := tx.Attempts().Lock(ctx, guessed.key)
	if err != nil {
		return err
	}
	if right {
		attempts.Succeed()
	} else {
		attempts.Fail(g.Limit, g.Clock())
	}
	return tx.Attempts().Save(ctx, guessed.key, attempts)
}

// release gives a guess back that was never looked at, for example because hashing was
// busy. It works even when the caller has gone; err comes back joined with its own failure.
func (g Guesses) release(ctx context.Context, org domain.OrgID, guessed guess, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return errors.Join(err, g.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		attempts, err := tx.Attempts().Lock(ctx, guessed.key)
		if err != nil {
			return err
		}
		attempts.Release()
		return tx.Attempts().Save(ctx, guessed.key, attempts)
	}))
}
