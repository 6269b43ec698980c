package memory

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// dial is a clock that stands still until it is turned.
type dial struct{ now time.Time }

func newDial() *dial                  { return &dial{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }
func (d *dial) clock() time.Time      { return d.now }
func (d *dial) turn(by time.Duration) { d.now = d.now.Add(by) }

// smallLimiter has room for three windows.
func smallLimiter(d *dial) *Limiter { return &Limiter{newExpiring[int](d.clock, 3)} }

func take(t *testing.T, l *Limiter, key string, rate port.Rate) port.RateVerdict {
	t.Helper()
	verdict, err := l.Take(t.Context(), key, rate)
	require.NoError(t, err)
	return verdict
}

func peek(t *testing.T, l *Limiter, key string, rate port.Rate) port.RateVerdict {
	t.Helper()
	verdict, err := l.Peek(t.Context(), key, rate)
	require.NoError(t, err)
	return verdict
}

func TestFillingTheLimiterResetsNoWindowAndAdmitsNoNewOne(t *testing.T) {
	t.Parallel()
	l, once := smallLimiter(newDial()), port.Rate{Max: 1, Per: time.Minute}
	for _, key := range []string{"attacker", "b", "c"} {
		require.True(t, take(t, l, key, once).Allowed)
	}
	for i := range 1000 {
		key := "flood" + strconv.Itoa(i)
		require.Equal(t, port.RateVerdict{Limit: 1, Reset: time.Minute}, take(t, l, key, once))
		require.False(t, peek(t, l, key, once).Allowed)
	}
	require.False(t, take(t, l, "attacker", once).Allowed)
	require.Len(t, l.windows.entries, 3)
}

func TestAFullLimiterHasRoomAgainWhenWindowsEnd(t *testing.T) {
	t.Parallel()
	d := newDial()
	l := smallLimiter(d)
	for i, key := range []string{"a", "b", "c"} {
		take(t, l, key, port.Rate{Max: 1, Per: time.Duration(i+1) * time.Minute})
	}
	require.False(t, take(t, l, "new", port.Rate{Max: 1, Per: time.Minute}).Allowed)
	d.turn(time.Minute)
	require.True(t, peek(t, l, "new", port.Rate{Max: 1, Per: time.Minute}).Allowed)
	require.True(t, take(t, l, "new", port.Rate{Max: 1, Per: time.Minute}).Allowed)
	require.False(t, take(t, l, "newer", port.Rate{Max: 1, Per: time.Minute}).Allowed)
}

func TestAFullMapIsNotSweptByEveryRequest(t *testing.T) {
	t.Parallel()
	d := newDial()
	l := smallLimiter(d)
	for _, key := range []string{"a", "b", "c"} {
		take(t, l, key, port.Rate{Max: 1, Per: time.Minute})
	}
	take(t, l, "new", port.Rate{Max: 1, Per: time.Minute})
	swept := l.windows.swept
	d.turn(sweepFullEvery - 1)
	take(t, l, "new", port.Rate{Max: 1, Per: time.Minute})
	require.Equal(t, swept, l.windows.swept)
	d.turn(1)
	take(t, l, "new", port.Rate{Max: 1, Per: time.Minute})
	require.NotEqual(t, swept, l.windows.swept)
}

func TestFillingTheChallengesLosesNone(t *testing.T) {
	t.Parallel()
	d := newDial()
	c := NewChallenges(d.clock)
	c.held.max = 2
	for _, hash := range []domain.TokenHash{"a", "b"} {
		require.NoError(t, c.Put(t.Context(), "org", hash, domain.Challenge{}, time.Minute))
	}
	require.ErrorIs(t, c.Put(t.Context(), "org", "c", domain.Challenge{}, time.Minute), domain.ErrBusy)
	require.NoError(t, c.Put(t.Context(), "org", "a", domain.Challenge{}, time.Minute), "known: no room is needed")
	for _, hash := range []domain.TokenHash{"a", "b"} {
		_, err := c.Take(t.Context(), "org", hash)
		require.NoError(t, err)
	}
	require.NoError(t, c.Put(t.Context(), "org", "c", domain.Challenge{}, time.Minute))
}

func TestExpiredEntriesAreSweptBeforeTheMapIsFull(t *testing.T) {
	t.Parallel()
	d := newDial()
	m := newExpiring[int](d.clock, maxEntries)
	for i := range sweepEvery {
		require.True(t, m.put(strconv.Itoa(i), i, d.now.Add(time.Minute)))
	}
	d.turn(time.Minute)
	for range sweepEvery {
		m.put("lasting", 1, d.now.Add(time.Minute))
	}
	require.Len(t, m.entries, 1)
}

func TestExpiryUsesTheGivenClock(t *testing.T) {
	t.Parallel()
	d := newDial()
	l, c := NewLimiter(d.clock), NewChallenges(d.clock)
	rate := port.Rate{Max: 1, Per: time.Hour}
	require.True(t, take(t, l, "key", rate).Allowed)
	require.NoError(t, c.Put(t.Context(), "org", "hash", domain.Challenge{}, time.Hour))
	d.turn(time.Hour - 1)
	require.Equal(t, port.RateVerdict{Limit: 1, Reset: 1}, take(t, l, "key", rate))
	_, err := c.Get(t.Context(), "org", "hash")
	require.NoError(t, err)
	d.turn(1)
	require.Equal(t, port.RateVerdict{Allowed: true, Limit: 1, Reset: time.Hour}, take(t, l, "key", rate))
	_, err = c.Get(t.Context(), "org", "hash")
	require.ErrorIs(t, err, domain.ErrChallengeGone)
}

// TestStrangersWhoStartManyCeremoniesKeepNobodyOut: anyone can start a sign-in with a passkey alone.
func TestStrangersWhoStartManyCeremoniesKeepNobodyOut(t *testing.T) {
	t.Parallel()
	const limit = 100
	d := newDial()
	c := newCeremonies(d.clock, limit)
	put := func(hash string, user domain.UserID) error {
		return c.Put(t.Context(), "org", domain.TokenHash(hash), domain.Ceremony{Org: "org", User: user}, time.Minute)
	}
	require.NoError(t, put("of a member", "member"))
	for i := range 10 * limit {
		require.NoError(t, put("flood"+strconv.Itoa(i), ""))
	}
	require.Len(t, c.open.held.entries, limit)
	require.NoError(t, put("after the flood", ""), "one more can start")
	require.NoError(t, put("of another member", "other"))
	for _, hash := range []domain.TokenHash{"of a member", "after the flood", "of another member"} {
		_, err := c.Take(t.Context(), "org", hash)
		require.NoError(t, err, hash)
		_, err = c.Take(t.Context(), "org", hash)
		require.ErrorIs(t, err, domain.ErrCeremonyGone, hash)
	}
	for i := range limit {
		require.NoError(t, put("member"+strconv.Itoa(i), "member"))
	}
	require.ErrorIs(t, put("one more", "member"), domain.ErrBusy, "no request of an account is removed for another")
}
