package proof

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
	Decisions  port.Decisions
}

// Guess names the counter that a guess belongs to and the other one, whose lock holds too.
type Guess struct {
	key, other string
	what       string
	user       domain.UserID
	email      domain.Email
}

// A lane keeps the guesses of someone who has proven something already apart from those
// of strangers: nobody else can lock it, and it is locked for itself alone.

// Password is a guess at the password of the account or, when nobody has the address, at
// the address, so that both lock alike. The device, if any, has proven itself by its token.
func Password(email domain.Email, user domain.User, device domain.DeviceID) Guess {
	if user.ID == "" {
		digest := sha256.Sum256([]byte(email.Key()))
		return Guess{key: "password:" + hex.EncodeToString(digest[:]), what: "password", email: email}
	}
	return Guess{
		key: "password:" + lane(user.ID, device), other: "code:" + lane(user.ID, device),
		what: "password", user: user.ID, email: user.Email,
	}
}

// PasswordAgain is a guess at the password by someone signed in. It is counted for the
// session: strangers who lock the account cannot keep its owner from changing the password.
func PasswordAgain(p domain.Principal) Guess {
	return Guess{key: "password:" + lane(p.User.ID, p.Session.ID), what: "password", user: p.User.ID, email: p.User.Email}
}

// CodeAtSignIn is a guess at a code, counted for the account over all its challenges and
// endpoints, or for the device that has proven itself.
func CodeAtSignIn(user domain.User, device domain.DeviceID) Guess {
	return Guess{
		key: "code:" + lane(user.ID, device), other: "password:" + lane(user.ID, device),
		what: "code", user: user.ID, email: user.Email,
	}
}

// Code is a guess at a code by someone signed in. Wrong passwords, which anybody can
// enter, do not lock it.
func Code(user domain.User) Guess {
	return Guess{key: "code:" + string(user.ID), what: "code", user: user.ID, email: user.Email}
}

func lane[T ~string](user domain.UserID, within T) string {
	if within == "" {
		return string(user)
	}
	return string(user) + "@" + string(within)
}

const (
	busyPause = 20 * time.Millisecond
	busyTries = 150 // about three seconds
)

// Reserve asks to look at one more guess. find runs in the same unit and says whose it is.
// Locked is ErrAccountLocked; guesses still undecided are waited for.
func (g Guesses) Reserve(ctx context.Context, origin domain.Origin, org domain.OrgID, find func(port.OrgTx) (Guess, error)) (Guess, error) {
	if err := g.refuseFlood(ctx, origin); err != nil {
		return Guess{}, err
	}
	for range busyTries {
		var (
			guessed Guess
			verdict domain.AttemptVerdict
			locked  time.Duration
		)
		err := g.Store.InOrg(ctx, org, func(tx port.OrgTx) (err error) {
			if guessed, err = find(tx); err != nil {
				return err
			}
			verdict, locked, err = g.ask(ctx, tx, guessed)
			return err
		})
		switch {
		case err != nil:
			return Guess{}, err
		case verdict == domain.AttemptLocked:
			return Guess{}, g.refuseLocked(ctx, origin, org, guessed, locked)
		case verdict == domain.AttemptGranted:
			return guessed, nil
		}
		if err := g.Pause(ctx, busyPause); err != nil {
			return Guess{}, err
		}
	}
	return Guess{}, domain.ErrBusy
}

// locked is what is known when a guess is not even looked at. It is the same of an account
// and of an address that nobody has.
func (g Guess) locked(org domain.OrgID) domain.Decision {
	return domain.Decision{Org: org, User: g.user, Question: &domain.SignInFacts{OrgActive: true, AccountActive: true, Locked: true, PasswordProven: g.what != "password"}}
}

// refuseLocked counts the attempt against its network before it appends the audit event, so that
// attempts at a locked account fill the audit log no faster than wrong guesses do.
func (g Guesses) refuseLocked(ctx context.Context, origin domain.Origin, org domain.OrgID, guessed Guess, locked time.Duration) error {
	if err := TakeFrom(ctx, g.Limiter, networkKey(origin), g.PerNetwork); err != nil {
		return err
	}
	why := guessed.locked(org)
	event := g.Explained(Refusal(domain.EventSignInLocked, g.NewID, g.Clock(), origin, guessed.user, "locked"), why)
	err := g.Store.InOrg(ctx, org, func(tx port.OrgTx) error { return tx.Audit().Append(ctx, event) })
	return cmp.Or(err, error(domain.ErrAccountLocked.RetryIn(locked).Because(why)))
}

// Explained notes in the event how it can be looked up why it was decided so.
func (g Guesses) Explained(event domain.AuditEvent, why domain.Decision) domain.AuditEvent {
	why.At = event.At
	event.Details["decision_id"] = string(g.Decisions.Seal(why))
	return event
}

// refuseFlood turns a network away that has failed too often. Without the cache the
// counters of the accounts, which are in the database, still hold.
func (g Guesses) refuseFlood(ctx context.Context, origin domain.Origin) error {
	verdict, err := g.Limiter.Peek(ctx, networkKey(origin), g.PerNetwork)
	if err != nil || verdict.Allowed {
		return nil //nolint:nilerr // see above
	}
	return domain.ErrRateLimited.RetryIn(verdict.Reset)
}

// Conclude ends a reserved guess: it counts a wrong one against its network and returns what
// the caller is told. err is that of the unit that was to decide the guess. When it is a refusal or
// ErrUnavailable, the unit was undone before the guess was decided, so the guess is given back:
// otherwise it would count as wrong once its reservation runs out, and lock the account. Any other
// error keeps the reservation.
func (g Guesses) Conclude(ctx context.Context, origin domain.Origin, org domain.OrgID, guessed Guess, err, outcome error) error {
	if _, refused := errors.AsType[*domain.Error](err); refused {
		return g.Release(ctx, origin, org, guessed, err)
	}
	if err == nil && outcome != nil {
		_, _ = g.Limiter.Take(ctx, networkKey(origin), g.PerNetwork) // best effort, as in refuseFlood
	}
	return cmp.Or(err, outcome)
}

func networkKey(origin domain.Origin) string { return "failures:" + origin.Network() }

// ask reserves the guess unless a counter of the account is locked.
func (g Guesses) ask(ctx context.Context, tx port.OrgTx, guessed Guess) (domain.AttemptVerdict, time.Duration, error) {
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

// Decide closes a reserved guess inside the unit that acts on it. The guess that locks is
// told to the owner by mail, or to nobody when there is none, at the same cost.
func (g Guesses) Decide(ctx context.Context, tx port.OrgTx, origin domain.Origin, guessed Guess, right bool) error {
	attempts, err := tx.Attempts().Lock(ctx, guessed.key)
	if err != nil {
		return err
	}
	now := g.Clock()
	lockedBefore := attempts.Locked(now) > 0
	if right {
		attempts.Succeed()
	} else {
		attempts.Fail(g.Limit, now)
	}
	if err := tx.Attempts().Save(ctx, guessed.key, attempts); err != nil {
		return err
	}
	if lockedBefore || attempts.Locked(now) == 0 {
		return nil
	}
	return tx.Letters().Send(ctx, domain.Letter{
		Kind: domain.LetterAccountLocked, To: guessed.email, At: now, Origin: origin, Details: map[string]string{"wrong": guessed.what},
		NoRecipient: guessed.user == "",
	})
}

// Forgive ends the lock that wrong passwords have put on the account, for its owner has
// proven to hold its mailbox. Wrong codes stay counted.
func (g Guesses) Forgive(ctx context.Context, tx port.OrgTx, user domain.User) error {
	return tx.Attempts().Save(ctx, Password(user.Email, user, "").key, domain.Attempts{})
}

// Release gives a guess back that was never looked at, for example because hashing was
// busy. It works even when the caller has gone; err comes back joined with its own failure.
// An authenticator that cannot be read is audited: nobody guessed wrong, but someone has to
// hear of it.
func (g Guesses) Release(ctx context.Context, origin domain.Origin, org domain.OrgID, guessed Guess, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	unreadable := errors.Is(err, domain.ErrSecretUnreadable)
	return errors.Join(err, g.Store.InOrg(ctx, org, func(tx port.OrgTx) error {
		attempts, err := tx.Attempts().Lock(ctx, guessed.key)
		if err != nil {
			return err
		}
		attempts.Release()
		if err := tx.Attempts().Save(ctx, guessed.key, attempts); err != nil || !unreadable {
			return err
		}
		return tx.Audit().Append(ctx, Refusal(domain.EventSignInRefused, g.NewID, g.Clock(), origin, guessed.user, "authenticator unreadable"))
	}))
}
