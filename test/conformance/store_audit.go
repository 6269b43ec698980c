package conformance

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var auditSentences = []storeSentence{
	{"keeps every field of an event", auditRoundTrip},
	{"lists the newest events first, as many as asked for", auditNewest},
	{"takes an event with any bytes a client may send", auditAnyBytes},
	{"keeps events of accounts it does not have", auditStrangers},
	{"keeps no event of a unit that was undone", auditUndone},
	{"keeps every event of 20 parallel units", auditParallel},
}

func (x *tenant) append(t *testing.T, events ...domain.AuditEvent) {
	t.Helper()
	x.do(t, func(tx port.OrgTx) error {
		for _, event := range events {
			if err := tx.Audit().Append(t.Context(), event); err != nil {
				return err
			}
		}
		return nil
	})
}

func newestEvents(t *testing.T, x *tenant, limit int) []domain.AuditEvent {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.AuditEvent, error) { return tx.Audit().Newest(t.Context(), limit) })
}

func auditRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	full := domain.AuditEvent{
		ID: domain.EventID(newStoreID()), At: storeNow, Name: domain.EventSignInRefused, Outcome: domain.OutcomeFailure, Actor: user.ID,
		ResourceType: "session", ResourceID: newStoreID(), Details: map[string]string{"reason": oddText, oddText: "", "long": longText(), "": "empty"},
		Origin: domain.Origin{Address: "2001:db8::1", UserAgent: oddText, RequestID: newStoreID()},
	}
	events := []domain.AuditEvent{full, newEvent(domain.EventOrgCreated, storeNow)}
	for _, instant := range instants() {
		events = append(events, newEvent(domain.EventSignedIn, instant))
	}
	for _, event := range events {
		x.append(t, event)
	}
	require.ElementsMatch(t, events, newestEvents(t, x, 100))
}

func auditNewest(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	require.Empty(t, newestEvents(t, x, 10))
	var newestFirst []domain.AuditEvent
	for i := range 10 {
		// Fractions of every length: 0, 1 µs, 20 ms, ...
		at := storeNow.Truncate(time.Second).Add(time.Duration(i/3) * time.Second).Add([]time.Duration{0, time.Microsecond, 20 * time.Millisecond}[i%3])
		newestFirst = append([]domain.AuditEvent{newEvent(domain.EventSignedIn, at)}, newestFirst...)
	}
	for _, i := range []int{3, 9, 0, 7, 1, 8, 2, 6, 4, 5} {
		x.append(t, newestFirst[i])
	}
	for _, limit := range []int{1, 4, 10, 50} {
		require.Equal(t, newestFirst[:min(limit, 10)], newestEvents(t, x, limit))
	}
}

func auditStrangers(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	event := newEvent(domain.EventSignInRefused, storeNow)
	event.Actor, event.ResourceType, event.ResourceID = domain.UserID(newStoreID()), "account", "nobody@example.org"
	x.append(t, event)
	require.Equal(t, []domain.AuditEvent{event}, newestEvents(t, x, 10))
}

func auditUndone(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	kept := newEvent(domain.EventOrgCreated, storeNow)
	x.append(t, kept)
	require.ErrorIs(t, x.unit(t, func(tx port.OrgTx) error {
		if err := tx.Audit().Append(t.Context(), newEvent(domain.EventSignedIn, storeNow)); err != nil {
			return err
		}
		return errGivenUp
	}), errGivenUp)
	require.Equal(t, []domain.AuditEvent{kept}, newestEvents(t, x, 10))
}

func auditParallel(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	events := make([]domain.AuditEvent, 20)
	for i := range events {
		events[i] = newEvent(domain.EventSignedIn, storeNow.Add(time.Duration(i)))
		events[i].At = events[i].At.Truncate(time.Microsecond)
		events[i].Details = map[string]string{"i": fmt.Sprint(i)}
	}
	for _, err := range crowd(len(events), func(i int) error {
		return x.unit(t, func(tx port.OrgTx) error { return tx.Audit().Append(t.Context(), events[i]) })
	}) {
		require.NoError(t, err)
	}
	require.ElementsMatch(t, events, newestEvents(t, x, 100))
}

func auditAnyBytes(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	for _, sent := range []string{"\xff\xfe", "\xc3", "\xed\xa0\x80", `\u0000`, `\`, "\ufffd\uffff"} {
		event := newEvent(domain.EventSignInRefused, storeNow)
		event.ResourceID, event.Details = sent, map[string]string{"sent": sent}
		event.Origin = domain.Origin{Address: sent, UserAgent: sent, RequestID: sent}
		x.append(t, event)
		session := newSession(user.ID)
		session.UserAgent, session.Address = sent, sent
		x.do(t, func(tx port.OrgTx) error { return tx.Sessions().Insert(t.Context(), session) })
		require.Equal(t, session.ID, principal(t, x, session.ID).Session.ID, "%q", sent)
	}
	require.Len(t, newestEvents(t, x, 100), 6)
}
