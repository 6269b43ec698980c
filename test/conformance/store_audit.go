package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var auditCases = []storeCase{
	{"keeps every field of an event", auditRoundTrip},
	{"finds an event by its id, in the unit that appends it too, and none of another org", auditGet},
	{"lists the newest events first, as many as asked for", auditNewest},
	{"accepts an event with any bytes that a client may send", auditAnyBytes},
	{"keeps events of accounts that do not exist", auditStrangers},
	{"keeps no event of a unit that was undone", auditUndone},
	{"keeps every event of 20 parallel units", auditParallel},
	{"continues a list after any event, without gaps or repetitions", auditPages},
	{"continues a list at the same place when events are added", auditStable},
	{"applies every combination of filters", auditFilters},
	{"returns the last event that reports a change", auditLast},
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
		ActorType:    domain.ActorServiceAccount,
		ResourceType: "session", ResourceID: newStoreID(),
		Details: map[string]string{"reason": oddText, oddText: "", "long": longText(), "": "empty"},
		Origin:  domain.Origin{Address: "2001:db8::1", UserAgent: oddText, RequestID: newStoreID(), HomeOrg: domain.OrgID(newStoreID())},
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

func auditGet(t *testing.T, store port.Store) {
	x, neighbour := newTenant(t, store), newTenant(t, store)
	event := newEvent(domain.EventOrgUpdated, storeNow)
	get := func(tx port.OrgTx) (domain.AuditEvent, error) { return tx.Audit().Get(t.Context(), event.ID) }
	x.do(t, func(tx port.OrgTx) error {
		if err := tx.Audit().Append(t.Context(), event); err != nil {
			return err
		}
		found, err := get(tx)
		require.Equal(t, event, found)
		return err
	})
	require.Equal(t, event, ask(t, x, get))
	neighbour.do(t, func(tx port.OrgTx) error {
		_, err := get(tx)
		require.ErrorIs(t, err, domain.ErrNotFound)
		return nil
	})
}

func auditNewest(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	require.Empty(t, newestEvents(t, x, 10))
	var newestFirst []domain.AuditEvent
	for i := range 10 {
		// Fractions of every length: 0, 1 µs, 20 ms, ...
		at := storeNow.Truncate(time.Second).Add(time.Duration(i/3) * time.Second).
			Add([]time.Duration{0, time.Microsecond, 20 * time.Millisecond}[i%3])
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

func listEvents(t *testing.T, x *tenant, filter domain.AuditFilter, after domain.AuditPlace, limit int) []domain.AuditEvent {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.AuditEvent, error) {
		return tx.Audit().List(t.Context(), filter, after, limit)
	})
}

// pagesOf lists everything that matches the filter, page by page.
func pagesOf(t *testing.T, x *tenant, filter domain.AuditFilter, limit int) (all []domain.AuditEvent) {
	t.Helper()
	for after := (domain.AuditPlace{}); ; after = all[len(all)-1].Place() {
		page := listEvents(t, x, filter, after, limit)
		require.LessOrEqual(t, len(page), limit)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
	}
}

// atOnce returns events, newest first, of which several have the same time.
func atOnce(n int) []domain.AuditEvent {
	events := make([]domain.AuditEvent, n)
	for i := range events {
		events[i] = newEvent(domain.EventSignedIn, storeNow.Add(time.Duration(i/4)*time.Microsecond))
	}
	slices.SortFunc(events, func(a, b domain.AuditEvent) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(string(b.ID), string(a.ID)))
	})
	return events
}

func auditPages(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	require.Empty(t, pagesOf(t, x, domain.AuditFilter{}, 5))
	events := atOnce(21)
	x.append(t, events...)
	for _, limit := range []int{1, 2, 5, 21, 22, 100} {
		require.Equal(t, events, pagesOf(t, x, domain.AuditFilter{}, limit), "%d a page", limit)
	}
	require.Equal(t, events[8:], listEvents(t, x, domain.AuditFilter{}, events[7].Place(), 100))
}

func auditStable(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	events := atOnce(10)
	x.append(t, events...)
	first := listEvents(t, x, domain.AuditFilter{}, domain.AuditPlace{}, 4)
	for range 5 {
		x.append(t, newEvent(domain.EventSignedIn, storeNow.Add(time.Hour)))
	}
	require.Equal(t, events[:4], first)
	require.Equal(t, events[4:], listEvents(t, x, domain.AuditFilter{}, first[3].Place(), 100))
}

func auditFilters(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	ada, bob := domain.UserID(newStoreID()), domain.UserID(newStoreID())
	events := make([]domain.AuditEvent, 64)
	for i := range events {
		event := newEvent(domain.EventSignedIn, storeNow.Add(time.Duration(i)*time.Second))
		event.Actor, event.ResourceType, event.ResourceID = ada, "session", oddText
		if i&1 > 0 {
			event.Name = domain.EventSessionEnded
		}
		if i&2 > 0 {
			event.Actor = bob
		}
		if i&4 > 0 {
			event.ResourceType = "account"
		}
		if i&8 > 0 {
			event.ResourceID = string(ada)
		}
		events[len(events)-1-i] = event
	}
	x.append(t, events...)
	full := domain.AuditFilter{
		Action: domain.EventSessionEnded, Actor: bob, ResourceType: "account", ResourceID: string(ada),
		From: storeNow.Add(15 * time.Second), To: storeNow.Add(47 * time.Second),
	}
	everyFilter(t, x, full, events)
	_, found, err := x.sealOnce(t, 20)
	require.NoError(t, err)
	require.True(t, found)
	everyFilter(t, x, full, events)
	x.seal(t, 30)
	everyFilter(t, x, full, events)
	odd := domain.AuditFilter{ResourceID: oddText}
	require.Len(t, listEvents(t, x, odd, domain.AuditPlace{}, 100), 32)
	require.Empty(t, listEvents(t, x, domain.AuditFilter{Actor: domain.UserID(newStoreID())}, domain.AuditPlace{}, 100))
	require.Empty(t, listEvents(t, x, domain.AuditFilter{From: full.To, To: full.From}, domain.AuditPlace{}, 100))
}

// everyFilter lists the events by every combination of what full names.
func everyFilter(t *testing.T, x *tenant, full domain.AuditFilter, events []domain.AuditEvent) {
	t.Helper()
	for mask := range 64 {
		filter := domain.AuditFilter{}
		for bit, name := range []func(){
			func() { filter.Action = full.Action }, func() { filter.Actor = full.Actor }, func() { filter.ResourceType = full.ResourceType },
			func() { filter.ResourceID = full.ResourceID }, func() { filter.From = full.From }, func() { filter.To = full.To },
		} {
			if mask&(1<<bit) > 0 {
				name()
			}
		}
		want := slices.DeleteFunc(slices.Clone(events), func(e domain.AuditEvent) bool {
			return filter.Action != "" && e.Name != filter.Action || filter.Actor != "" && e.Actor != filter.Actor ||
				filter.ResourceType != "" && e.ResourceType != filter.ResourceType || filter.ResourceID != "" && e.ResourceID != filter.ResourceID ||
				!filter.From.IsZero() && e.At.Before(filter.From) || !filter.To.IsZero() && !e.At.Before(filter.To)
		})
		require.NotEmpty(t, want, "%v", filter)
		require.Equal(t, want, listEvents(t, x, filter, domain.AuditPlace{}, 100), "%v", filter)
		require.Equal(t, want[1:], append([]domain.AuditEvent{}, listEvents(t, x, filter, want[0].Place(), 100)...), "%v", filter)
	}
}

func auditLast(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	happened := func(x *tenant, name domain.EventName, minutes int, resource string, details ...string) domain.AuditEvent {
		event := newEvent(name, storeNow.Add(time.Duration(minutes)*time.Minute))
		event.ResourceType, event.ResourceID = "org", resource
		for _, detail := range details {
			if event.Details == nil {
				event.Details = map[string]string{}
			}
			event.Details[detail] = ""
		}
		x.append(t, event)
		return event
	}
	first := happened(x, domain.EventOrgSettingsUpdated, 1, "one", "a", "b")
	second := happened(x, domain.EventOrgSettingsUpdated, 2, "one", "b", "an_other")
	happened(x, domain.EventOrgSettingsUpdated, 3, "one")
	suspended := happened(x, domain.EventOrgSuspended, 4, "two", "a")
	activated := happened(x, domain.EventOrgActivated, 4, "two")
	happened(y, domain.EventOrgSettingsUpdated, 5, "one", "a", "b", "an_other")
	last := func(history domain.History) domain.AuditEvent {
		return ask(t, x, func(tx port.OrgTx) (domain.AuditEvent, error) { return tx.Audit().Last(t.Context(), history) })
	}
	settings := []domain.EventName{domain.EventOrgSettingsUpdated}
	require.Equal(t, first, last(domain.History{Events: settings, Detail: "a"}))
	require.Equal(t, second, last(domain.History{Events: settings, Detail: "b"}))
	require.Equal(t, second, last(domain.History{Events: settings, Resource: "one", Detail: "an_other"}))
	changes := []domain.EventName{domain.EventOrgSuspended, domain.EventOrgActivated}
	require.Equal(t, activated, last(domain.History{Events: changes, Resource: "two"}), "of events at one time, the one with the later id")
	require.Equal(t, suspended, last(domain.History{Events: []domain.EventName{domain.EventOrgSuspended}}))
	for _, history := range []domain.History{
		{Events: settings, Detail: "c"}, {Events: settings, Resource: "two"}, {Events: []domain.EventName{domain.EventOrgCreated}}, {},
	} {
		mustBe(t, domain.ErrNotFound, x.unit(t, func(tx port.OrgTx) error {
			_, err := tx.Audit().Last(t.Context(), history)
			return err
		}), history)
	}
}
