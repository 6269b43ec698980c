package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Activity checks every promise of port.Activity. open returns an empty store, an adapter that
// records the use of its sessions and API keys, and a function that stores what the adapter has collected.
func Activity(t *testing.T, open func(t *testing.T) (port.Store, port.Activity, func())) {
	for _, promise := range []struct {
		must  string
		check func(t *testing.T, a activityUnderTest)
	}{
		{"stores the times of use later, not at once", activityLater},
		{"stores the latest time of use", activityLatest},
		{"stores the times of several orgs, whatever fails in one of them", activityOfOrgs},
		{"does not wait for a unit of work that has locked the session", activityUnblocked},
		{"serves many callers at once", activityAtOnce},
		{"stores the latest time of use of keys, beside sessions with the same id", activityOfKeys},
	} {
		t.Run(promise.must, func(t *testing.T) {
			store, activity, flush := open(t)
			promise.check(t, activityUnderTest{Activity: activity, store: store, flush: flush})
		})
	}
}

type activityUnderTest struct {
	port.Activity

	store port.Store
	flush func()
}

func mustHaveBeenSeen(t *testing.T, x *tenant, session domain.SessionID, at time.Time) {
	t.Helper()
	require.Equal(t, at, getSession(t, x, session).LastSeenAt)
}

func activityLater(t *testing.T, a activityUnderTest) {
	x := newTenant(t, a.store)
	session := x.session(t, x.user(t).ID)
	a.Seen(x.org.ID, session.ID, storeNow.Add(time.Minute))
	mustHaveBeenSeen(t, x, session.ID, session.LastSeenAt)
	a.flush()
	mustHaveBeenSeen(t, x, session.ID, storeNow.Add(time.Minute))
	a.flush()
	mustHaveBeenSeen(t, x, session.ID, storeNow.Add(time.Minute))
}

func activityLatest(t *testing.T, a activityUnderTest) {
	x := newTenant(t, a.store)
	session := x.session(t, x.user(t).ID)
	for _, later := range []time.Duration{2 * time.Minute, 5 * time.Minute, 3 * time.Minute, time.Minute} {
		a.Seen(x.org.ID, session.ID, storeNow.Add(later))
	}
	a.flush()
	mustHaveBeenSeen(t, x, session.ID, storeNow.Add(5*time.Minute))
	a.Seen(x.org.ID, session.ID, storeNow.Add(4*time.Minute))
	a.flush()
	mustHaveBeenSeen(t, x, session.ID, storeNow.Add(5*time.Minute))
}

func activityOfOrgs(t *testing.T, a activityUnderTest) {
	x, y := newTenant(t, a.store), newTenant(t, a.store)
	mine, theirs := x.session(t, x.user(t).ID), y.session(t, y.user(t).ID)
	a.Seen(x.org.ID, mine.ID, storeNow.Add(time.Minute))
	a.Seen(y.org.ID, theirs.ID, storeNow.Add(2*time.Minute))
	a.Seen(x.org.ID, theirs.ID, storeNow.Add(3*time.Minute)) // of another org
	a.Seen(x.org.ID, domain.SessionID(newStoreID()), storeNow)
	a.Seen(domain.OrgID(newStoreID()), mine.ID, storeNow.Add(4*time.Minute))
	a.Seen("no org", "no session", storeNow)
	a.flush()
	mustHaveBeenSeen(t, x, mine.ID, storeNow.Add(time.Minute))
	mustHaveBeenSeen(t, y, theirs.ID, storeNow.Add(2*time.Minute))
}

func activityUnblocked(t *testing.T, a activityUnderTest) {
	x := newTenant(t, a.store)
	session := x.session(t, x.user(t).ID)
	x.do(t, func(tx port.OrgTx) error {
		if _, err := tx.Sessions().Lock(t.Context(), session.ID); err != nil {
			return err
		}
		recorded := make(chan struct{})
		go func() {
			a.Seen(x.org.ID, session.ID, storeNow.Add(time.Minute))
			close(recorded)
		}()
		select {
		case <-recorded:
		case <-time.After(5 * time.Second):
			t.Error("it waits for the unit of work")
		}
		return nil
	})
	a.flush()
	mustHaveBeenSeen(t, x, session.ID, storeNow.Add(time.Minute))
}

func activityAtOnce(t *testing.T, a activityUnderTest) {
	x := newTenant(t, a.store)
	user := x.user(t)
	sessions := make([]domain.Session, 8)
	for i := range sessions {
		sessions[i] = x.session(t, user.ID)
	}
	mustAllSucceed(t, crowd(64, func(i int) error {
		a.Seen(x.org.ID, sessions[i%8].ID, storeNow.Add(time.Duration(i)*time.Second))
		if i == 32 {
			a.flush()
		}
		return nil
	}))
	a.flush()
	for i, session := range sessions {
		require.Equal(t, storeNow.Add(time.Duration(56+i)*time.Second), getSession(t, x, session.ID).LastSeenAt, fmt.Sprint(i))
	}
}

func activityOfKeys(t *testing.T, a activityUnderTest) {
	x, y := newTenant(t, a.store), newTenant(t, a.store)
	account, session := x.service(t), x.session(t, x.user(t).ID)
	key := newAPIKey(account.ID)
	key.ID = domain.APIKeyID(session.ID)
	require.NoError(t, x.insertKey(t, key))
	unused := x.key(t, account.ID)
	for _, later := range []time.Duration{2 * time.Minute, 5 * time.Minute, 3 * time.Minute} {
		a.KeyUsed(x.org.ID, key.ID, storeNow.Add(later))
	}
	a.KeyUsed(y.org.ID, unused.ID, storeNow.Add(time.Minute)) // of another org
	a.Seen(x.org.ID, session.ID, storeNow.Add(time.Minute))
	stored, err := x.getKey(t, account.ID, key.ID)
	require.NoError(t, err)
	require.Zero(t, stored.LastUsedAt, "not at once")
	a.flush()
	key.LastUsedAt = storeNow.Add(5 * time.Minute)
	require.ElementsMatch(t, []domain.APIKey{key, unused}, keysOf(t, x, account.ID))
	mustHaveBeenSeen(t, x, session.ID, storeNow.Add(time.Minute))
}
