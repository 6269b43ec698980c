package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var auditRemovalCases = []storeCase{
	{"refuses to seal an event whose personal data was erased since it was read", sealsErased},
	{"erases personal data, and sealed events stay provable", sealsErase},
	{"erases nothing about other accounts", sealsEraseOthers},
	{"expires the events of whole seals, oldest first, and keeps the seals", sealsExpire},
	{"expires nothing when an event is missing", sealsExpireBroken},
}

func erase(t *testing.T, x *tenant, account domain.UserID) (erased int) {
	t.Helper()
	x.do(t, func(tx port.OrgTx) (err error) {
		erased, err = tx.AuditSeals().Erase(t.Context(), account)
		return err
	})
	return erased
}

func sealsErased(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	ada := domain.UserID(newStoreID())
	x.append(t, fullEvent(ada))
	read := waitingEvents(t, x, 10)
	require.Equal(t, 1, erase(t, x, ada))
	seal, sealed := domain.NewSeal(x.org.ID, domain.SealRecord{}, read, [][]byte{{1}}, storeNow)
	mustBe(t, domain.ErrStale, x.unit(t, func(tx port.OrgTx) error {
		return tx.AuditSeals().Put(t.Context(), seal.Record(tokenOf(seal)), read, sealed)
	}))
	seals := x.seal(t, 10)
	require.Len(t, seals, 1)
	require.Nil(t, x.intact(t, seals))
}

func sealsErase(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	ada := domain.UserID(newStoreID())
	var events []domain.AuditEvent
	for i := range 250 { // more than one reading
		e := fullEvent(ada)
		if i%2 == 0 {
			e.Actor = domain.UserID(newStoreID())
		}
		events = append(events, e)
	}
	x.append(t, events...)
	seals := x.seal(t, 100)
	x.append(t, fullEvent(ada)) // waits
	require.Equal(t, 251, erase(t, x, ada))
	require.Zero(t, erase(t, x, ada), "nothing is left")
	for _, e := range newestEvents(t, x, 300) {
		if e.Actor == ada {
			require.Empty(t, e.Origin.Address+e.Origin.UserAgent)
		} else {
			require.Equal(t, "2001:db8::1", e.Origin.Address, "the address of the account that acted on her stays")
		}
		require.Equal(t, map[string]string{"full_name": domain.ErasedText, "reason": "r", "": domain.ErasedText}, e.Details)
	}
	require.Nil(t, x.intact(t, seals))
	require.Nil(t, x.intact(t, append(seals, x.seal(t, 100)...)))
	for _, s := range x.covered(t, seals[0]) {
		require.Empty(t, s.Proof.Salt, "what was erased could be guessed")
		require.Contains(t, []int{2, 4}, len(s.Proof.Erased), "details, and her own address and agent")
	}
}

func sealsEraseOthers(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	ada, bob := domain.UserID(newStoreID()), domain.UserID(newStoreID())
	x.append(t, fullEvent(bob))
	y.append(t, fullEvent(ada))
	y.seal(t, 10)
	before, theirs := newestEvents(t, x, 10), newestEvents(t, y, 10)
	require.Zero(t, erase(t, x, ada))
	require.Equal(t, before, newestEvents(t, x, 10))
	require.Equal(t, theirs, newestEvents(t, y, 10))
}

// longAgo is older than the longest retention of events, by any clock.
var longAgo = time.Date(2001, 2, 3, 4, 5, 6, 7000, time.UTC)

func expire(t *testing.T, x *tenant, before time.Time, limit int) (expiry domain.Expiry, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) (err error) {
		if _, err := tx.Org().Lock(t.Context()); err != nil {
			return err
		}
		expiry, err = tx.AuditSeals().Expire(t.Context(), before, limit)
		return err
	})
	return expiry, err
}

func sealsExpire(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for i := range 7 { // in seals of two: the last two are young
		x.append(t, newEvent(domain.EventSignedIn, longAgo.Add(time.Duration(i)*time.Second)))
	}
	x.append(t, newEvent(domain.EventSignedIn, storeNow))
	seals := x.seal(t, 2)
	require.Len(t, seals, 4)
	x.append(t, newEvent(domain.EventSignedIn, longAgo)) // not sealed
	none, err := expire(t, x, longAgo, 10)
	require.NoError(t, err)
	require.Zero(t, none)
	require.Len(t, newestEvents(t, x, 10), 9)

	cutoff := longAgo.AddDate(1, 0, 0)
	gone, err := expire(t, x, cutoff, 2)
	require.NoError(t, err)
	require.Equal(t, domain.Expiry{Through: 2, Events: 4, Before: cutoff}, gone)
	gone, err = expire(t, x, cutoff, 10)
	require.NoError(t, err)
	require.Equal(t, domain.Expiry{Through: 3, Events: 2, Before: cutoff}, gone, "an old event in a young seal stays")
	gone, err = expire(t, x, cutoff, 10)
	require.NoError(t, err)
	require.Zero(t, gone)
	require.Len(t, newestEvents(t, x, 10), 3)
	require.Empty(t, x.covered(t, seals[0]))
	require.Len(t, x.covered(t, seals[3]), 2)
	require.Len(t, ask(t, x, func(tx port.OrgTx) ([]domain.SealRecord, error) { return tx.AuditSeals().Seals(t.Context(), 0, 10) }), 4)

	told := domain.Expiry{Through: 3, Events: 6, Before: cutoff, Days: 180}
	event := newEvent(domain.EventAuditExpired, storeNow)
	event.Details = told.Details()
	latest := func(tx port.OrgTx) (domain.Expiry, error) { return tx.AuditSeals().Expiry(t.Context()) }
	require.Zero(t, ask(t, x, latest))
	x.append(t, event)
	require.Equal(t, told, ask(t, x, latest))
}

func sealsExpireBroken(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	x.append(t, newEvent(domain.EventSignedIn, longAgo), newEvent(domain.EventSignedIn, longAgo))
	waiting := waitingEvents(t, x, 10)
	seal, sealed := domain.NewSeal(x.org.ID, domain.SealRecord{}, waiting, [][]byte{{1}, {2}}, storeNow)
	sealed[1].Event.ID = domain.EventID(newStoreID()) // there is no such event
	x.do(t, func(tx port.OrgTx) error {
		return tx.AuditSeals().Put(t.Context(), seal.Record("token"), waiting, sealed)
	})
	covered := x.covered(t, seal)
	require.Equal(t, []bool{false, true}, []bool{covered[0].Removed, covered[1].Removed})
	_, err := expire(t, x, storeNow, 10)
	mustBe(t, domain.ErrAuditBroken, err)
	require.Len(t, newestEvents(t, x, 10), 2)
	require.Equal(t, covered, x.covered(t, seal))
}
