package proof_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/adapters/opaque"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/embedded"
)

// guessing is an account whose code is guessed.
type guessing struct {
	proof.Guesses
	t    *testing.T
	now  time.Time
	user domain.User
	who  proof.Guesser
}

func newGuessing(t *testing.T) *guessing {
	t.Helper()
	store := embedded.Store(t)
	g := &guessing{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	g.user = domain.User{ID: domain.UserID(uuid.NewString()), Email: "ada@example.org"}
	clock := func() time.Time { return g.now }
	org, err := domain.NewOrg(domain.OrgID(uuid.NewString()), "Acme", "acme", g.now)
	require.NoError(t, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, g.now)
	require.NoError(t, store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
	g.Guesses = proof.Guesses{
		Store: store, Limiter: memory.NewLimiter(clock), Clock: clock, NewID: uuid.NewString, Decisions: opaque.NewDecisions(),
		Pause: func(context.Context, time.Duration) error { return nil },
		Limit: domain.AttemptLimit{Max: 3, Lockout: 15 * time.Minute}, PerNetwork: port.Rate{Max: 5, Per: 15 * time.Minute},
	}
	g.who = proof.Guesser{
		Origin: domain.Origin{Address: "192.0.2.1"}, Org: org.ID,
		Find: func(port.OrgTx) (proof.Guess, error) { return proof.Code(g.user), nil },
	}
	return g
}

// counter reads the counter of the account's codes.
func (g *guessing) counter() (attempts domain.Attempts) {
	g.t.Helper()
	require.NoError(g.t, g.Store.ReadOrg(context.Background(), g.who.Org, func(tx port.OrgTx) (err error) {
		attempts, err = tx.Attempts().Get(context.Background(), "code:"+string(g.user.ID))
		return err
	}))
	return attempts
}

// events counts the audit events of the org.
func (g *guessing) events() (count int) {
	g.t.Helper()
	require.NoError(g.t, g.Store.ReadOrg(g.t.Context(), g.who.Org, func(tx port.OrgTx) error {
		events, err := tx.Audit().Newest(g.t.Context(), 100)
		count = len(events)
		return err
	}))
	return count
}

func (g *guessing) wrong() *proof.WrongGuess {
	event := proof.Refused(domain.EventSignInRefused, domain.Actor{User: g.user.ID}, "wrong").Stamp(uuid.NewString(), g.now)
	return &proof.WrongGuess{Refusal: domain.ErrInvalidCode, Event: event}
}

// try makes a guess whose result is given.
func (g *guessing) try(wrong *proof.WrongGuess, failure error) error {
	return g.Try(g.t.Context(), g.who, func() error { return nil }, func(port.OrgTx) (*proof.WrongGuess, error) { return wrong, failure })
}

func never(port.OrgTx) (*proof.WrongGuess, error) { panic("settled") }

func TestAGuessIsReservedBeforeItIsCompared(t *testing.T) {
	g := newGuessing(t)
	require.NoError(t, g.Try(t.Context(), g.who, func() error {
		require.Equal(t, 1, g.counter().Reserved)
		return nil
	}, func(port.OrgTx) (*proof.WrongGuess, error) { return nil, nil }))
	require.Zero(t, g.counter())
}

func TestAWrongGuessIsCountedAndAuditedAndARightOneResetsTheCounter(t *testing.T) {
	g := newGuessing(t)
	require.ErrorIs(t, g.try(g.wrong(), nil), domain.ErrInvalidCode)
	require.Equal(t, 1, g.counter().Failures)
	require.Equal(t, 1, g.events())
	require.NoError(t, g.try(nil, nil))
	require.Zero(t, g.counter())
	require.Equal(t, 1, g.events())
}

func TestTheLastWrongGuessLocks(t *testing.T) {
	g := newGuessing(t)
	for range g.Limit.Max {
		require.ErrorIs(t, g.try(g.wrong(), nil), domain.ErrInvalidCode)
	}
	locked := g.Try(t.Context(), g.who, func() error { panic("compared") }, never)
	require.ErrorIs(t, locked, domain.ErrAccountLocked)
	require.Equal(t, g.Limit.Max+1, g.events(), "the locked attempt is audited too")
	g.now = g.now.Add(g.Limit.Lockout)
	require.NoError(t, g.try(nil, nil))
}

func TestANetworkThatGuessedWrongTooOftenIsRefused(t *testing.T) {
	g := newGuessing(t)
	for range g.PerNetwork.Max {
		g.user.ID = domain.UserID(uuid.NewString())
		require.ErrorIs(t, g.try(g.wrong(), nil), domain.ErrInvalidCode)
	}
	g.user.ID = domain.UserID(uuid.NewString())
	require.ErrorIs(t, g.Try(t.Context(), g.who, func() error { panic("compared") }, never), domain.ErrRateLimited)
	g.who.Origin.Address = "198.51.100.1"
	require.NoError(t, g.try(nil, nil))
}

func TestAnUndecidedGuessIsReleased(t *testing.T) {
	for name, try := range map[string]func(g *guessing) error{
		"it could not be compared": func(g *guessing) error {
			return g.Try(g.t.Context(), g.who, func() error { return domain.ErrBusy }, never)
		},
		"the client has disconnected": func(g *guessing) error {
			ctx, cancel := context.WithCancel(g.t.Context())
			return g.Try(ctx, g.who, func() error { cancel(); return ctx.Err() }, never)
		},
		"its unit was refused":         func(g *guessing) error { return g.try(nil, domain.ErrChallengeGone) },
		"the database was unreachable": func(g *guessing) error { return g.try(nil, domain.ErrUnavailable) },
		"its unit refused it, wrong":   func(g *guessing) error { return g.try(g.wrong(), domain.ErrStale) },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGuessing(t)
			for range g.Limit.Max + 1 {
				require.Error(t, try(g))
			}
			require.Zero(t, g.counter())
			require.Zero(t, g.events())
		})
	}
}

func TestAGuessWhoseDecisionFailedCountsAsWrongWhenItsReservationExpires(t *testing.T) {
	g := newGuessing(t)
	require.ErrorContains(t, g.try(nil, errors.New("the disk is full")), "the disk is full")
	require.Equal(t, 1, g.counter().Reserved)
	g.now = g.now.Add(time.Minute)
	require.ErrorIs(t, g.try(g.wrong(), nil), domain.ErrInvalidCode)
	require.Equal(t, domain.Attempts{Failures: 2, WindowEnd: g.now.Add(g.Limit.Lockout)}, g.counter())
}

func TestAnUnreadableSecretIsAuditedAndNoWrongGuess(t *testing.T) {
	g := newGuessing(t)
	err := g.Try(t.Context(), g.who, func() error { return domain.ErrSecretUnreadable }, never)
	require.ErrorIs(t, err, domain.ErrSecretUnreadable)
	require.Zero(t, g.counter())
	require.Equal(t, 1, g.events())
}

// atOnce makes a guess whose result is given, in one unit of work.
func (g *guessing) atOnce(wrong *proof.WrongGuess, failure error) error {
	return g.TryAtOnce(g.t.Context(), g.who, func(port.OrgTx) (*proof.WrongGuess, error) { return wrong, failure })
}

func TestAGuessThatIsDecidedAtOnceIsCountedLikeOthers(t *testing.T) {
	g := newGuessing(t)
	require.ErrorIs(t, g.atOnce(g.wrong(), nil), domain.ErrInvalidCode)
	require.Equal(t, domain.Attempts{Failures: 1, WindowEnd: g.now.Add(g.Limit.Lockout)}, g.counter())
	require.Equal(t, 1, g.events())
	require.NoError(t, g.atOnce(nil, nil))
	require.Zero(t, g.counter())
	for range g.Limit.Max {
		require.ErrorIs(t, g.atOnce(g.wrong(), nil), domain.ErrInvalidCode)
	}
	require.ErrorIs(t, g.TryAtOnce(t.Context(), g.who, never), domain.ErrAccountLocked)
	require.Equal(t, g.Limit.Max+2, g.events(), "the locked attempt is audited too")
	g.user.ID = domain.UserID(uuid.NewString())
	require.ErrorIs(t, g.TryAtOnce(t.Context(), g.who, never), domain.ErrRateLimited, "wrong and locked ones count against the network")
}

func TestAFailureOfAGuessThatIsDecidedAtOnceIsNotCounted(t *testing.T) {
	g := newGuessing(t)
	for _, failure := range []error{domain.ErrUnavailable, domain.ErrStale, errors.New("the disk is full"), context.Canceled} {
		for range g.Limit.Max + 1 {
			require.ErrorIs(t, g.TryAtOnce(t.Context(), g.who, func(tx port.OrgTx) (*proof.WrongGuess, error) {
				return g.wrong(), errors.Join(tx.Audit().Append(t.Context(), g.wrong().Event), failure)
			}), failure)
		}
	}
	require.Zero(t, g.counter())
	require.Zero(t, g.events())
}

// TestGuessesDecidedAtOnceAndReservedOnesShareTheLimit makes guesses while others are reserved.
func TestGuessesDecidedAtOnceAndReservedOnesShareTheLimit(t *testing.T) {
	g := newGuessing(t)
	require.NoError(t, g.Try(t.Context(), g.who, func() error {
		require.NoError(t, g.atOnce(nil, nil))
		require.Equal(t, 1, g.counter().Reserved, "a right guess leaves the reservation of another")
		for range g.Limit.Max - 1 {
			require.ErrorIs(t, g.atOnce(g.wrong(), nil), domain.ErrInvalidCode)
		}
		require.Equal(t, 1, g.counter().Reserved)
		require.ErrorIs(t, g.TryAtOnce(t.Context(), g.who, never), domain.ErrBusy, "the undecided guess fills the limit")
		return nil
	}, func(port.OrgTx) (*proof.WrongGuess, error) { return nil, nil }))
	require.Zero(t, g.counter())
}
