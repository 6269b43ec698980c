package conformance

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var auditSealCases = []storeCase{
	{"lists every appended event as waiting for a seal, in the order of ids", sealsWaiting},
	{"keeps every field of a seal and of a proof", sealsRoundTrip},
	{"seals an event once", sealsOnce},
	{"lets one of 20 parallel sealers win", sealsParallel},
	{"lists the events that no seal covers", sealsUnsealed},
	{"reports no stray proof and no lost event where there is none", sealsNothingOdd},
	{"keeps seals and proofs of orgs apart", sealsTenancy},
	{"lists the orgs that have something to seal or to remove", sealsPlatform},
}

// seal seals the waiting events, at most n in a seal, as the service does, and returns the seals.
func (x *tenant) seal(t *testing.T, n int) (seals []domain.Seal) {
	t.Helper()
	for {
		seal, found, err := x.sealOnce(t, n)
		require.NoError(t, err)
		if !found {
			return seals
		}
		seals = append(seals, seal)
	}
}

func (x *tenant) sealOnce(t *testing.T, n int) (seal domain.Seal, found bool, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) error {
		newest, err := tx.AuditSeals().Newest(t.Context())
		if err != nil {
			return err
		}
		waiting, err := tx.AuditSeals().Waiting(t.Context(), n)
		if err != nil || len(waiting) == 0 {
			return err
		}
		found = true
		salts := make([][]byte, n)
		for i := range salts {
			salts[i] = bytes.Repeat([]byte{byte(i + 1)}, domain.SaltSize)
		}
		var sealed []domain.SealedEvent
		seal, sealed = domain.NewSeal(x.org.ID, newest, waiting, salts, storeNow)
		return tx.AuditSeals().Put(t.Context(), seal.Record(tokenOf(seal)), waiting, sealed)
	})
	return seal, found, err
}

func tokenOf(seal domain.Seal) domain.SealToken {
	return domain.SealToken(fmt.Sprintf("%s.%d.%s", seal.Org, seal.Number, oddText))
}

// intact returns the first fault in the sealed events of the tenant, or nil.
func (x *tenant) intact(t *testing.T, seals []domain.Seal) *domain.Break {
	t.Helper()
	chain := domain.Chain{Org: x.org.ID}
	for _, seal := range seals {
		if broken := chain.Add(seal.Number, tokenOf(seal), seal); broken != nil {
			return broken
		}
		var found []domain.FoundEvent
		for _, s := range x.covered(t, seal) {
			found = append(found, s.Found(x.org.ID))
		}
		if broken := seal.Compare(found); broken != nil {
			return broken
		}
	}
	return nil
}

func (x *tenant) covered(t *testing.T, seal domain.Seal) []domain.SealedEvent {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.SealedEvent, error) {
		return tx.AuditSeals().Covered(t.Context(), seal.First, len(seal.Entries))
	})
}

func waitingEvents(t *testing.T, x *tenant, limit int) []domain.WaitingEvent {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.WaitingEvent, error) { return tx.AuditSeals().Waiting(t.Context(), limit) })
}

// fullEvent returns an event with a value in every field.
func fullEvent(actor domain.UserID) domain.AuditEvent {
	e := newEvent(domain.EventProfileUpdated, storeNow.Add(123*time.Microsecond))
	e.Outcome, e.Actor, e.ResourceType, e.ResourceID = domain.OutcomeFailure, actor, "account", string(actor)
	e.Details = map[string]string{"full_name": oddText, "reason": "r", "": "empty"}
	e.Origin = domain.Origin{Address: "2001:db8::1", UserAgent: oddText, RequestID: newStoreID(), HomeOrg: domain.OrgID(newStoreID())}
	return e
}

func sealsWaiting(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	require.Empty(t, waitingEvents(t, x, 10))
	events := []domain.AuditEvent{
		fullEvent(domain.UserID(newStoreID())),
		newEvent(domain.EventSignedIn, storeNow.AddDate(-1, 0, 0)),
		newEvent(domain.EventSignedIn, storeNow),
	}
	x.append(t, events[2], events[0], events[1])
	mustBe(t, domain.ErrBusy, x.unit(t, func(tx port.OrgTx) error {
		require.NoError(t, tx.Audit().Append(t.Context(), newEvent(domain.EventSignedIn, storeNow)))
		return domain.ErrBusy
	}))
	for limit := 1; limit < 5; limit++ {
		var want []domain.WaitingEvent
		for _, e := range events[:min(limit, 3)] {
			want = append(want, domain.WaitingEvent{Event: e})
		}
		require.Equal(t, want, waitingEvents(t, x, limit))
	}
}

func sealsRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	newest := func(tx port.OrgTx) (domain.SealRecord, error) { return tx.AuditSeals().Newest(t.Context()) }
	require.Zero(t, ask(t, x, newest))
	first, second := fullEvent(domain.UserID(newStoreID())), newEvent(domain.EventSignedIn, storeNow)
	x.append(t, first, second)
	seals := x.seal(t, 1)
	require.Len(t, seals, 2)
	require.Equal(t, seals[1].Record(tokenOf(seals[1])), ask(t, x, newest))
	list := func(after int64, limit int) []domain.SealRecord {
		return ask(t, x, func(tx port.OrgTx) ([]domain.SealRecord, error) {
			return tx.AuditSeals().Seals(t.Context(), after, limit)
		})
	}
	require.Equal(t, []domain.SealRecord{seals[0].Record(tokenOf(seals[0])), seals[1].Record(tokenOf(seals[1]))}, list(0, 10))
	require.Equal(t, []domain.SealRecord{seals[0].Record(tokenOf(seals[0]))}, list(0, 1))
	require.Equal(t, []domain.SealRecord{seals[1].Record(tokenOf(seals[1]))}, list(1, 10))
	require.Empty(t, list(2, 10))
	salt := domain.EventProof{Salt: bytes.Repeat([]byte{1}, domain.SaltSize)}
	want := domain.SealedEvent{Event: first, Seal: 1, Position: 1, Proof: salt}
	require.Equal(t, []domain.SealedEvent{want}, x.covered(t, seals[0]))
	proofs := ask(t, x, func(tx port.OrgTx) (map[domain.EventID]domain.SealedEvent, error) {
		return tx.AuditSeals().Proofs(t.Context(), []domain.EventID{first.ID, second.ID, domain.EventID(newStoreID())})
	})
	want.Event = domain.AuditEvent{ID: first.ID}
	require.Len(t, proofs, 2)
	require.Equal(t, want, proofs[first.ID])
	require.Nil(t, x.intact(t, seals))
}

func sealsOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for range 5 {
		x.append(t, newEvent(domain.EventSignedIn, storeNow))
	}
	waiting := waitingEvents(t, x, 2)
	require.Len(t, x.seal(t, 3), 2)
	require.Empty(t, waitingEvents(t, x, 10))
	put := func(number int64) error {
		return x.unit(t, func(tx port.OrgTx) error {
			record := domain.SealRecord{Number: number, First: 6, Events: 2, At: storeNow, Until: storeNow, Token: "again"}
			return tx.AuditSeals().Put(t.Context(), record, waiting, nil)
		})
	}
	mustBe(t, domain.ErrStale, put(2), "the number is taken")
	mustBe(t, domain.ErrStale, put(3), "the events are sealed")
	x.append(t, newEvent(domain.EventSignedIn, storeNow))
	require.Len(t, x.seal(t, 3), 1)
}

func sealsParallel(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for range 60 {
		x.append(t, newEvent(domain.EventSignedIn, storeNow))
	}
	waiting := waitingEvents(t, x, 20)
	won := oneOf(t, 20, domain.ErrStale, func(i int) error {
		salts := slices.Repeat([][]byte{bytes.Repeat([]byte{byte(i)}, domain.SaltSize)}, len(waiting))
		seal, sealed := domain.NewSeal(x.org.ID, domain.SealRecord{}, waiting, salts, storeNow)
		return x.unit(t, func(tx port.OrgTx) error {
			return tx.AuditSeals().Put(t.Context(), seal.Record(tokenOf(seal)), waiting, sealed)
		})
	})
	salts := slices.Repeat([][]byte{bytes.Repeat([]byte{byte(won)}, domain.SaltSize)}, len(waiting))
	first, _ := domain.NewSeal(x.org.ID, domain.SealRecord{}, waiting, salts, storeNow)
	seals := append([]domain.Seal{first}, x.seal(t, 20)...)
	require.Len(t, seals, 3)
	require.Nil(t, x.intact(t, seals))
}

func sealsUnsealed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	var ids []domain.EventID
	for range 7 {
		e := newEvent(domain.EventSignedIn, storeNow)
		ids = append(ids, e.ID)
		x.append(t, e)
	}
	seal, found, err := x.sealOnce(t, 4)
	require.NoError(t, err)
	require.True(t, found)
	require.Len(t, seal.Entries, 4)
	for limit := 1; limit < 9; limit++ {
		var unsealed []domain.EventID
		for after := domain.EventID(""); ; {
			var page []port.UnsealedEvent
			x.look(t, func(tx port.OrgTx) (err error) {
				page, after, err = tx.AuditSeals().Unsealed(t.Context(), after, limit)
				return err
			})
			for _, e := range page {
				require.True(t, e.Waiting)
				require.Equal(t, storeNow, e.At)
				unsealed = append(unsealed, e.ID)
			}
			if after == "" {
				break
			}
		}
		require.Equal(t, ids[4:], unsealed)
	}
}

func sealsNothingOdd(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	x.append(t, newEvent(domain.EventSignedIn, storeNow), newEvent(domain.EventSignedIn, storeNow))
	beyond := func(next int64) domain.EventID {
		return ask(t, x, func(tx port.OrgTx) (domain.EventID, error) { return tx.AuditSeals().Beyond(t.Context(), next) })
	}
	require.Empty(t, beyond(1))
	require.Empty(t, ask(t, x, func(tx port.OrgTx) (domain.EventID, error) { return tx.AuditSeals().Lost(t.Context()) }))
	seal := x.seal(t, 2)[0]
	require.Empty(t, beyond(3))
	require.Equal(t, seal.Entries[1].Event, beyond(2))
	require.Empty(t, ask(t, x, func(tx port.OrgTx) (domain.EventID, error) { return tx.AuditSeals().Lost(t.Context()) }))
}

func sealsTenancy(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	e := fullEvent(domain.UserID(newStoreID()))
	x.append(t, e)
	seals := x.seal(t, 1)
	x.append(t, newEvent(domain.EventSignedIn, storeNow))
	y.look(t, func(tx port.OrgTx) error {
		audit := tx.AuditSeals()
		newest, err := audit.Newest(t.Context())
		require.NoError(t, err)
		require.Zero(t, newest)
		waiting, err := audit.Waiting(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, waiting)
		records, err := audit.Seals(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Empty(t, records)
		covered, err := audit.Covered(t.Context(), 1, 10)
		require.NoError(t, err)
		require.Empty(t, covered)
		proofs, err := audit.Proofs(t.Context(), []domain.EventID{e.ID})
		require.NoError(t, err)
		require.Empty(t, proofs)
		beyond, err := audit.Beyond(t.Context(), 1)
		require.NoError(t, err)
		require.Empty(t, beyond)
		unsealed, _, err := audit.Unsealed(t.Context(), "", 10)
		require.NoError(t, err)
		require.Empty(t, unsealed)
		return nil
	})
	_, err := expire(t, y, storeNow.AddDate(100, 0, 0), 10)
	require.NoError(t, err)
	require.Nil(t, x.intact(t, seals))
}

func sealsPlatform(t *testing.T, store port.Store) {
	x, y, z := newTenant(t, store), newTenant(t, store), newTenant(t, store)
	keepForEver := domain.DefaultOrgSettings(domain.ServerLimits{}, storeNow)
	keepForEver.AuditLogRetentionDays = 0
	z.do(t, func(tx port.OrgTx) error { return tx.Org().SaveSettings(t.Context(), keepForEver) })
	x.append(t, newEvent(domain.EventSignedIn, longAgo), newEvent(domain.EventSignedIn, longAgo.Add(time.Second)),
		newEvent(domain.EventSignedIn, storeNow))
	z.append(t, newEvent(domain.EventSignedIn, longAgo))
	unsealed := func() (all []domain.OrgID) {
		for after := domain.OrgID(""); ; after = all[len(all)-1] {
			page, err := store.Platform().Unsealed(t.Context(), after, 1)
			require.NoError(t, err)
			if len(page) == 0 {
				return all
			}
			all = append(all, page...)
		}
	}
	all := unsealed()
	require.True(t, slices.IsSorted(all))
	require.Contains(t, all, x.org.ID)
	require.Contains(t, all, z.org.ID)
	require.NotContains(t, all, y.org.ID)
	x.seal(t, 2)
	z.seal(t, 2)
	require.NotContains(t, unsealed(), x.org.ID)

	var ages []domain.AuditAge
	for after := domain.OrgID(""); ; after = ages[len(ages)-1].Org {
		page, err := store.Platform().AuditAges(t.Context(), after, 1)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		ages = append(ages, page...)
	}
	require.Contains(t, ages, domain.AuditAge{Org: x.org.ID, Days: 180, Oldest: longAgo.Add(time.Second)})
	require.Contains(t, ages, domain.AuditAge{Org: y.org.ID, Days: 180})
	require.False(t, slices.ContainsFunc(ages, func(a domain.AuditAge) bool { return a.Org == z.org.ID }), "it keeps all")
}
