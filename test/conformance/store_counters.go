package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var attemptCases = []storeCase{
	{"returns a zero counter for an unknown key", attemptsUnknown},
	{"keeps every field of a counter", attemptsRoundTrip},
	{"keeps a counter that was saved empty in between", attemptsSavedEmpty},
	{"keeps a counter that nobody locked", attemptsSavedUnlocked},
	{"changes a counter after a right guess as the domain does", attemptsSucceed},
	{"locks a counter and reads another", attemptsLockAndGet},
	{"gives 40 parallel units 40 states of a new key", attemptsLockNew},
	{"gives 40 parallel units 40 states of a known key", attemptsLockKnown},
	{"gives parallel units one state each while some empty the counter", attemptsLockEmptied},
	{"allows exactly the limited number of parallel guesses", attemptsReserve},
	{"reads a counter that another unit has locked, without waiting", attemptsGetDoesNotWait},
	{"does not count a failure of a unit that was rolled back", attemptsUndone},
	{"keeps similar keys apart", attemptsKeys},
}

func getAttempts(t *testing.T, x *tenant, key string) domain.Attempts {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) (domain.Attempts, error) { return tx.Attempts().Get(t.Context(), key) })
}

// attempt locks a counter, changes it and saves it; it returns the state it found.
func (x *tenant) attempt(t *testing.T, key string, change func(a *domain.Attempts)) (found domain.Attempts, err error) {
	err = x.unit(t, func(tx port.OrgTx) error {
		a, err := tx.Attempts().Lock(t.Context(), key)
		if err != nil {
			return err
		}
		found = a
		change(&a)
		return tx.Attempts().Save(t.Context(), key, a)
	})
	return found, err
}

func attemptsUnknown(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	require.Zero(t, getAttempts(t, x, "new"))
	for range 2 {
		require.Zero(t, lock(t, x, func(tx port.OrgTx) (domain.Attempts, error) { return tx.Attempts().Lock(t.Context(), "new") }))
	}
	require.Zero(t, getAttempts(t, x, "new"))
}

func attemptsRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	states := []domain.Attempts{{}, {Failures: 3}, {Reserved: 2}, {LockedUntil: storeNow}, {Failures: 1 << 30, Reserved: 1 << 30}, {}}
	for _, instant := range instants() {
		states = append(states, domain.Attempts{
			Failures:     1,
			WindowEnd:    instant,
			LockedUntil:  instant.Add(-time.Microsecond),
			Reserved:     1,
			ReservedTill: instant.Add(-time.Second),
		})
	}
	var before domain.Attempts
	for _, state := range states {
		found, err := x.attempt(t, "key", func(a *domain.Attempts) { *a = state })
		require.NoError(t, err)
		require.Equal(t, before, found)
		require.Equal(t, state, getAttempts(t, x, "key"))
		before = state
	}
}

func attemptsSavedEmpty(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	_, err := x.attempt(t, "key", func(a *domain.Attempts) { a.Failures = 1 })
	require.NoError(t, err)
	x.do(t, func(tx port.OrgTx) error {
		if _, err := tx.Attempts().Lock(t.Context(), "key"); err != nil {
			return err
		}
		if err := tx.Attempts().Save(t.Context(), "key", domain.Attempts{}); err != nil {
			return err
		}
		return tx.Attempts().Save(t.Context(), "key", domain.Attempts{Failures: 2})
	})
	require.Equal(t, domain.Attempts{Failures: 2}, getAttempts(t, x, "key"))
}

func attemptsSavedUnlocked(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	x.do(t, func(tx port.OrgTx) error { return tx.Attempts().Save(t.Context(), "key", domain.Attempts{Failures: 2}) })
	require.Equal(t, domain.Attempts{Failures: 2}, getAttempts(t, x, "key"))
}

func attemptsSucceed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for _, state := range []domain.Attempts{
		{},
		{Failures: 3, WindowEnd: storeNow, Reserved: 1, ReservedTill: storeNow},
		{Failures: 5, LockedUntil: storeNow, Reserved: 3},
		{Failures: 1, WindowEnd: storeNow, ReservedTill: storeNow},
		{Reserved: 2, ReservedTill: storeNow},
	} {
		want := state
		want.Succeed()
		x.do(t, func(tx port.OrgTx) error {
			if err := tx.Attempts().Save(t.Context(), "key", state); err != nil {
				return err
			}
			return tx.Attempts().Succeed(t.Context(), "key")
		})
		require.Equal(t, want, getAttempts(t, x, "key"))
	}
}

func attemptsLockAndGet(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	states := map[string]domain.Attempts{"": {}, "new": {}, "one": {Failures: 1, Reserved: 2}, "two": {Failures: 2, LockedUntil: storeNow}}
	for _, key := range []string{"one", "two"} {
		x.do(t, func(tx port.OrgTx) error { return tx.Attempts().Save(t.Context(), key, states[key]) })
	}
	for _, key := range []string{"one", "two", "new"} {
		for other, want := range states {
			x.do(t, func(tx port.OrgTx) error {
				locked, read, err := tx.Attempts().LockAndGet(t.Context(), key, other)
				require.Equal(t, []domain.Attempts{states[key], want}, []domain.Attempts{locked, read}, "%s and %s", key, other)
				return err
			})
		}
	}
}

// countTogether counts one failure in each of 40 parallel units, each of which must read another number.
func countTogether(t *testing.T, x *tenant, start int) {
	t.Helper()
	const parallel = 40
	found := make([]domain.Attempts, parallel)
	for _, err := range crowd(parallel, func(i int) (err error) {
		found[i], err = x.attempt(t, "key", func(a *domain.Attempts) { a.Failures++ })
		return err
	}) {
		require.NoError(t, err)
	}
	seen := map[int]bool{}
	for _, a := range found {
		require.False(t, seen[a.Failures], "two units found %d", a.Failures)
		seen[a.Failures] = true
	}
	for n := range parallel {
		require.True(t, seen[start+n], "nobody found %d", start+n)
	}
	require.Equal(t, start+parallel, getAttempts(t, x, "key").Failures)
}

func attemptsLockNew(t *testing.T, store port.Store) { countTogether(t, newTenant(t, store), 0) }

func attemptsLockKnown(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	_, err := x.attempt(t, "key", func(a *domain.Attempts) { a.Failures = 7 })
	require.NoError(t, err)
	countTogether(t, x, 7)
}

func attemptsLockEmptied(t *testing.T, store port.Store) {
	const parallel = 40
	x := newTenant(t, store)
	found := make([]domain.Attempts, parallel)
	for _, err := range crowd(parallel, func(i int) (err error) {
		found[i], err = x.attempt(t, "key", func(a *domain.Attempts) {
			if a.Failures++; a.Failures == 4 {
				*a = domain.Attempts{}
			}
		})
		return err
	}) {
		require.NoError(t, err)
	}
	seen := map[int]int{}
	for _, a := range found {
		seen[a.Failures]++
	}
	require.Equal(t, map[int]int{0: 10, 1: 10, 2: 10, 3: 10}, seen)
	require.Zero(t, getAttempts(t, x, "key"))
}

func attemptsReserve(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	limit := domain.AttemptLimit{Max: 5, Lockout: time.Hour}
	verdicts := make([]domain.AttemptVerdict, 40)
	for _, err := range crowd(len(verdicts), func(i int) error {
		_, err := x.attempt(t, "key", func(a *domain.Attempts) { verdicts[i] = a.Reserve(limit, storeNow) })
		return err
	}) {
		require.NoError(t, err)
	}
	granted := 0
	for _, verdict := range verdicts {
		if verdict == domain.AttemptGranted {
			granted++
		}
	}
	require.Equal(t, limit.Max, granted)
	require.Equal(t, limit.Max, getAttempts(t, x, "key").Reserved)
}

func attemptsGetDoesNotWait(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	_, err := x.attempt(t, "key", func(a *domain.Attempts) { a.Failures = 1 })
	require.NoError(t, err)
	read := make(chan domain.Attempts, 1)
	_, err = x.attempt(t, "key", func(a *domain.Attempts) {
		a.Failures = 2
		go func() {
			var a domain.Attempts
			_ = store.ReadOrg(t.Context(), x.org.ID, func(tx port.OrgTx) (err error) {
				a, err = tx.Attempts().Get(t.Context(), "key")
				return err
			})
			read <- a
		}()
		select {
		case found := <-read:
			read <- found
		case <-time.After(2 * time.Second):
			t.Error("Get waited for the unit that holds the counter")
		}
	})
	require.NoError(t, err)
	require.Equal(t, domain.Attempts{Failures: 1}, <-read, "what was not committed was read")
	require.Equal(t, domain.Attempts{Failures: 2}, getAttempts(t, x, "key"))
}

func attemptsUndone(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for _, before := range []domain.Attempts{{}, {Failures: 2}} {
		_, err := x.attempt(t, "key", func(a *domain.Attempts) { *a = before })
		require.NoError(t, err)
		for _, after := range []domain.Attempts{{Failures: 3}, {}} {
			require.ErrorIs(t, x.unit(t, func(tx port.OrgTx) error {
				if _, err := tx.Attempts().Lock(t.Context(), "key"); err != nil {
					return err
				}
				if err := tx.Attempts().Save(t.Context(), "key", after); err != nil {
					return err
				}
				return errGivenUp
			}), errGivenUp)
			require.Equal(t, before, getAttempts(t, x, "key"))
		}
	}
}

func attemptsKeys(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	keys := []string{"key", "KEY", "key ", " key", "ke", "", "k%", "k_y", oddText, longText()[:260], longText()[:261]}
	for i, key := range keys {
		_, err := x.attempt(t, key, func(a *domain.Attempts) { a.Failures = i + 1 })
		require.NoError(t, err)
	}
	for i, key := range keys {
		require.Equal(t, domain.Attempts{Failures: i + 1}, getAttempts(t, x, key), "%q", key)
	}
}
