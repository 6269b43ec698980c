package conformance

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var sweepCases = []storeCase{
	{"removes sessions that ended or expired long ago, of every org", sweepSessions},
	{"removes counters that count nothing any more", sweepAttempts},
	{"removes nothing else", sweepKeeps},
	{"removes devices that ended or expired long ago", sweepDevices},
	{"removes expired links", sweepLinks},
	{"removes expired changes of address", sweepEmailChanges},
	{"removes keys that expired long ago, and revoked tokens that have expired", sweepKeys},
}

const sweptAfter = 30 * 24 * time.Hour

func sweep(t *testing.T, store port.Store) int {
	t.Helper()
	removed, err := store.Platform().Sweep(t.Context(), storeNow)
	require.NoError(t, err)
	return removed
}

func sweepSessions(t *testing.T, store port.Store) {
	require.Zero(t, sweep(t, store))
	long, recent := storeNow.Add(-sweptAfter-time.Second), storeNow.Add(-sweptAfter+time.Second)
	var kept, gone []func(t *testing.T) error
	for range 2 {
		x := newTenant(t, store)
		user := x.user(t)
		insert := func(change func(s *domain.Session)) func(t *testing.T) error {
			session := newSession(user.ID)
			change(&session)
			x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), session) })
			return func(t *testing.T) error {
				return x.unit(t, func(tx port.OrgTx) error {
					_, err := tx.Sessions().Lock(t.Context(), session.ID)
					return err
				})
			}
		}
		kept = append(kept,
			insert(func(*domain.Session) {}),
			insert(func(s *domain.Session) { s.EndedAt = storeNow }),
			insert(func(s *domain.Session) { s.EndedAt = recent }),
			insert(func(s *domain.Session) { s.ExpiresAt = recent }),
			insert(func(s *domain.Session) { s.CreatedAt, s.LastSeenAt = long, long }))
		gone = append(gone,
			insert(func(s *domain.Session) { s.EndedAt = long }),
			insert(func(s *domain.Session) { s.ExpiresAt = long }),
			insert(func(s *domain.Session) { s.EndedAt, s.ExpiresAt = long, long }))
	}
	require.Equal(t, len(gone), sweep(t, store))
	for _, find := range kept {
		require.NoError(t, find(t))
	}
	for _, find := range gone {
		mustBe(t, domain.ErrNotFound, find(t))
	}
	require.Zero(t, sweep(t, store))
}

func sweepAttempts(t *testing.T, store port.Store) {
	a, b := newTenant(t, store), newTenant(t, store)
	before, after, longBefore := storeNow.Add(-time.Second), storeNow.Add(time.Second), storeNow.Add(-48*time.Hour)
	kept := map[string]domain.Attempts{
		"window open":        {Failures: 1, WindowEnd: after},
		"locked":             {Failures: 5, WindowEnd: before, LockedUntil: after},
		"guess under way":    {Failures: 1, WindowEnd: before, Reserved: 1, ReservedTill: after},
		"just abandoned":     {Failures: 1, WindowEnd: before, Reserved: 1, ReservedTill: before},
		"open and abandoned": {Failures: 1, WindowEnd: after, Reserved: 1, ReservedTill: longBefore},
		"only a guess":       {Reserved: 1, ReservedTill: after},
	}
	gone := map[string]domain.Attempts{
		"window over":    {Failures: 1, WindowEnd: before},
		"lock over":      {Failures: 5, WindowEnd: longBefore, LockedUntil: before},
		"long abandoned": {Failures: 1, WindowEnd: longBefore, Reserved: 1, ReservedTill: longBefore},
	}
	for _, x := range []*tenant{a, b} {
		for _, counters := range []map[string]domain.Attempts{kept, gone} {
			for key, state := range counters {
				_, err := x.attempt(t, key, func(a *domain.Attempts) { *a = state })
				require.NoError(t, err)
			}
		}
	}
	require.Equal(t, 2*len(gone), sweep(t, store))
	for _, x := range []*tenant{a, b} {
		for key, state := range kept {
			require.Equal(t, state, getAttempts(t, x, key), key)
		}
		for key := range gone {
			require.Zero(t, getAttempts(t, x, key), key)
		}
	}
	require.Zero(t, sweep(t, store))
}

func sweepKeeps(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	e := x.furnish(t)
	old := newEvent(domain.EventSignedIn, storeNow.AddDate(-10, 0, 0))
	x.append(t, old)
	before := x.inventory(t, e)
	require.Zero(t, sweep(t, store))
	require.Equal(t, before, x.inventory(t, e))
}

func sweepDevices(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	insert := func(ends, ended time.Time) domain.DeviceID {
		device := newDevice(user.ID)
		device.ExpiresAt, device.EndedAt = ends, ended
		x.do(t, func(tx port.OrgTx) error { return tx.Devices().Insert(t.Context(), device) })
		return device.ID
	}
	long, recent, later := storeNow.Add(-sweptAfter-time.Second), storeNow.Add(-sweptAfter+time.Second), storeNow.Add(time.Hour)
	kept := []domain.DeviceID{insert(later, time.Time{}), insert(recent, time.Time{}), insert(later, recent)}
	insert(long, time.Time{})
	insert(later, long)
	require.Equal(t, 2, sweep(t, store))
	var left []domain.DeviceID
	for _, device := range listDevices(t, x, user.ID) {
		left = append(left, device.ID)
	}
	require.ElementsMatch(t, kept, left)
}

func sweepLinks(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	live, over := x.user(t), x.user(t)
	x.do(t, func(tx port.OrgTx) error {
		put := func(user domain.User, hash domain.TokenHash, expires time.Time) error {
			link := domain.Link{User: user.ID, Purpose: domain.LinkPasswordReset, Hash: hash, ExpiresAt: expires}
			return tx.Links().Put(t.Context(), link)
		}
		return errors.Join(put(live, "live", storeNow.Add(time.Second)), put(over, "over", storeNow.Add(-time.Second)))
	})
	require.Equal(t, 1, sweep(t, store))
	ask(t, x, func(tx port.OrgTx) (domain.Link, error) {
		return tx.Links().Get(t.Context(), domain.LinkPasswordReset, "live", storeNow)
	})
}

func sweepEmailChanges(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	live, over := x.emailChange(t, "live"), x.emailChange(t, "over")
	over.ExpiresAt = storeNow.Add(-time.Second)
	x.do(t, func(tx port.OrgTx) error { return tx.EmailChanges().Put(t.Context(), over) })
	require.Equal(t, 1, sweep(t, store))
	_, err := x.emailChangeOf(t, live.User, storeNow)
	require.NoError(t, err)
}
