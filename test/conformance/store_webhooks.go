package conformance

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var webhookCases = []storeCase{
	{"keeps every field of a webhook", webhooksRoundTrip},
	{"changes a webhook of the version that was read only", webhooksChanged},
	{"removes a webhook with its deliveries", webhooksRemoved},
	{"lets one of 20 parallel calls claim a webhook", webhooksClaimedOnce},
	{"renews and releases only the reservation that is held", webhooksReleased},
	{"claims no webhook that is disabled, paused or unknown", webhooksNotClaimed},
	{"queues an event for the active webhooks that want it", eventsQueued},
	{"queues nothing for an event that is rolled back", eventsNotQueued},
	{"returns the deliveries that are due with their events", deliveriesDue},
	{"stores the results of many attempts", deliveriesStored},
	{"hastens and expires the pending deliveries of one webhook", deliveriesExpired},
	{"lists deliveries newest first, of one status", deliveriesListed},
	{"keeps the webhooks of two orgs apart", webhooksOfOrgs},
}

// webhook stores a new webhook that wants the events.
func (x *tenant) webhook(t *testing.T, events ...domain.EventName) domain.Webhook {
	t.Helper()
	webhook := domain.Webhook{
		ID: domain.WebhookID(newStoreID()), URL: "https://example.com/hooks?" + longText()[:300], Events: events, Secret: "sealed",
		Previous: "sealed before", PreviousUntil: storeNow.Add(time.Hour), CreatedAt: storeNow, UpdatedAt: storeNow, Version: 1,
	}
	require.NoError(t, x.unit(t, func(tx port.OrgTx) error { return tx.Webhooks().Insert(t.Context(), webhook) }))
	return webhook
}

func (x *tenant) getWebhook(t *testing.T, id domain.WebhookID) (found domain.Webhook, err error) {
	t.Helper()
	err = x.unit(t, func(tx port.OrgTx) error {
		found, err = tx.Webhooks().Get(t.Context(), id)
		return err
	})
	return found, err
}

func (x *tenant) appended(t *testing.T, name domain.EventName, at time.Time) domain.AuditEvent {
	t.Helper()
	event := newEvent(name, at)
	require.NoError(t, x.unit(t, func(tx port.OrgTx) error { return tx.Audit().Append(t.Context(), event) }))
	return event
}

func (x *tenant) deliveries(t *testing.T, id domain.WebhookID, status domain.DeliveryStatus) (found []domain.Delivery) {
	t.Helper()
	require.NoError(t, x.unit(t, func(tx port.OrgTx) (err error) {
		found, err = tx.Deliveries().List(t.Context(), id, status, "", 100)
		return err
	}))
	return found
}

func (x *tenant) claim(t *testing.T, id domain.WebhookID, now, until time.Time) (claimed bool) {
	t.Helper()
	require.NoError(t, x.unit(t, func(tx port.OrgTx) (err error) {
		claimed, err = tx.Webhooks().Claim(t.Context(), id, now, until)
		return err
	}))
	return claimed
}

func (x *tenant) release(t *testing.T, id domain.WebhookID, held time.Time, circuit domain.WebhookCircuit) {
	t.Helper()
	require.NoError(t, x.unit(t, func(tx port.OrgTx) error { return tx.Webhooks().Release(t.Context(), id, held, circuit) }))
}

func dueWebhooksOf(t *testing.T, x *tenant, now time.Time) (ids []domain.WebhookID) {
	t.Helper()
	due, err := x.store.Platform().DueWebhooks(t.Context(), now, 1000)
	require.NoError(t, err)
	for _, webhook := range due {
		if webhook.Org == x.org.ID {
			ids = append(ids, webhook.Webhook)
		}
	}
	return ids
}

func webhooksRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	want := []domain.Webhook{x.webhook(t, domain.AllEvents), x.webhook(t, domain.EventSignedIn, domain.EventAccountCreated)}
	for _, webhook := range want {
		found, err := x.getWebhook(t, webhook.ID)
		require.NoError(t, err)
		require.Equal(t, webhook, found)
		x.do(t, func(tx port.OrgTx) error {
			locked, err := tx.Webhooks().Lock(t.Context(), webhook.ID)
			require.Equal(t, webhook, locked)
			return err
		})
	}
	require.NoError(t, x.unit(t, func(tx port.OrgTx) error {
		found, err := tx.Webhooks().List(t.Context())
		require.Equal(t, want, found)
		return err
	}))
	_, err := x.getWebhook(t, domain.WebhookID(newStoreID()))
	require.ErrorIs(t, err, domain.ErrNotFound)
}

func webhooksChanged(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	before, other := x.webhook(t, domain.AllEvents), x.webhook(t, domain.AllEvents)
	update := func(webhook domain.Webhook) error {
		return x.unit(t, func(tx port.OrgTx) error {
			locked, err := tx.Webhooks().Lock(t.Context(), webhook.ID)
			if err != nil {
				return err
			}
			require.Equal(t, webhook.ID, locked.ID)
			got, err := tx.Webhooks().Get(t.Context(), webhook.ID)
			require.Equal(t, got, locked)
			if err != nil {
				return err
			}
			return tx.Webhooks().Update(t.Context(), webhook)
		})
	}
	want := before
	want.URL, want.Events, want.Disabled = "https://example.org", []domain.EventName{domain.EventSignedIn}, domain.WebhookGone
	want.Secret, want.Previous, want.PreviousUntil, want.UpdatedAt = "new", "", time.Time{}, storeNow.Add(time.Hour)
	require.NoError(t, update(want))
	want.Version++
	found, err := x.getWebhook(t, want.ID)
	require.NoError(t, err)
	require.Equal(t, want, found)
	require.ErrorIs(t, update(before), domain.ErrStale)
	found, err = x.getWebhook(t, other.ID)
	require.NoError(t, err)
	require.Equal(t, other, found)
}

func webhooksRemoved(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	removed, kept := x.webhook(t, domain.AllEvents), x.webhook(t, domain.AllEvents)
	x.appended(t, domain.EventSignedIn, storeNow)
	remove := func() error {
		return x.unit(t, func(tx port.OrgTx) error { return tx.Webhooks().Remove(t.Context(), removed.ID) })
	}
	require.NoError(t, remove())
	require.ErrorIs(t, remove(), domain.ErrNotFound)
	require.Empty(t, x.deliveries(t, removed.ID, ""))
	require.Len(t, x.deliveries(t, kept.ID, ""), 1)
	require.Equal(t, []domain.WebhookID{kept.ID}, dueWebhooksOf(t, x, storeNow))
}

func webhooksClaimedOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	webhook := x.webhook(t, domain.AllEvents)
	var won atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if x.claim(t, webhook.ID, storeNow, storeNow.Add(time.Minute)) {
				won.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, won.Load())
	require.False(t, x.claim(t, webhook.ID, storeNow.Add(59*time.Second), storeNow.Add(time.Hour)))
	require.True(t, x.claim(t, webhook.ID, storeNow.Add(time.Minute), storeNow.Add(time.Hour)), "the reservation has ended")
}

func webhooksReleased(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	webhook := x.webhook(t, domain.AllEvents)
	x.appended(t, domain.EventSignedIn, storeNow)
	held, other := storeNow.Add(time.Minute+789), storeNow.Add(2*time.Minute)
	renew := func(held, until time.Time) (renewed bool) {
		require.NoError(t, x.unit(t, func(tx port.OrgTx) (err error) {
			renewed, err = tx.Webhooks().Renew(t.Context(), webhook.ID, held, until)
			return err
		}))
		return renewed
	}
	require.Equal(t, []domain.WebhookID{webhook.ID}, dueWebhooksOf(t, x, storeNow))
	require.True(t, x.claim(t, webhook.ID, storeNow, held))
	require.Empty(t, dueWebhooksOf(t, x, storeNow))
	require.False(t, renew(other, storeNow.Add(time.Hour)))
	require.True(t, renew(held, other))
	x.release(t, webhook.ID, held, domain.WebhookCircuit{Failures: 9})
	require.False(t, x.claim(t, webhook.ID, storeNow, held), "somebody else holds it")

	circuit := domain.WebhookCircuit{Failures: 5, PausedUntil: storeNow.Add(30 * time.Second)}
	x.release(t, webhook.ID, other, circuit)
	found, err := x.getWebhook(t, webhook.ID)
	require.NoError(t, err)
	require.Equal(t, circuit, found.Circuit)
	require.Equal(t, webhook.Version, found.Version)
	require.Empty(t, dueWebhooksOf(t, x, storeNow), "it is paused")
	require.Len(t, dueWebhooksOf(t, x, storeNow.Add(30*time.Second)), 1)
	require.NoError(t, x.unit(t, func(tx port.OrgTx) error { return tx.Webhooks().Resume(t.Context(), webhook.ID) }))
	require.Len(t, dueWebhooksOf(t, x, storeNow), 1)
}

func webhooksNotClaimed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	disabled, until := x.webhook(t, domain.AllEvents), storeNow.Add(time.Minute)
	x.appended(t, domain.EventSignedIn, storeNow)
	disabled.Disabled = domain.WebhookDisabled
	require.NoError(t, x.unit(t, func(tx port.OrgTx) error { return tx.Webhooks().Update(t.Context(), disabled) }))
	require.False(t, x.claim(t, disabled.ID, storeNow, until))
	require.False(t, x.claim(t, domain.WebhookID(newStoreID()), storeNow, until))
	require.Empty(t, dueWebhooksOf(t, x, storeNow))

	paused := x.webhook(t, domain.AllEvents)
	require.True(t, x.claim(t, paused.ID, storeNow, until))
	x.release(t, paused.ID, until, domain.WebhookCircuit{Failures: 5, PausedUntil: until})
	require.False(t, x.claim(t, paused.ID, storeNow, until))
	require.True(t, x.claim(t, paused.ID, until, until.Add(time.Minute)))
}

func eventsQueued(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	all, none := x.webhook(t, domain.AllEvents), x.webhook(t, domain.EventOrgUpdated)
	some := x.webhook(t, domain.EventSignedIn, domain.EventAccountCreated)
	first, second := x.appended(t, domain.EventSignedIn, storeNow), x.appended(t, domain.EventSessionEnded, storeNow)
	queued := func(webhook domain.WebhookID, event domain.AuditEvent) domain.Delivery {
		return domain.Delivery{
			Webhook: webhook, Event: event.ID, Type: event.Name, Status: domain.DeliveryPending, DueAt: storeNow, CreatedAt: storeNow,
		}
	}
	require.Equal(t, []domain.Delivery{queued(all.ID, second), queued(all.ID, first)}, x.deliveries(t, all.ID, ""))
	require.Equal(t, []domain.Delivery{queued(some.ID, first)}, x.deliveries(t, some.ID, ""))
	require.Empty(t, x.deliveries(t, none.ID, ""))
	add := func(webhook domain.WebhookID, event domain.AuditEvent) {
		require.NoError(t, x.unit(t, func(tx port.OrgTx) error {
			return tx.Deliveries().Add(t.Context(), webhook, event.ID, event.Name, storeNow)
		}))
	}
	add(none.ID, first)
	add(some.ID, first)
	require.Equal(t, []domain.Delivery{queued(none.ID, first)}, x.deliveries(t, none.ID, ""))
	require.Len(t, x.deliveries(t, some.ID, ""), 1)
}

func eventsNotQueued(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	webhook := x.webhook(t, domain.AllEvents)
	require.ErrorIs(t, x.unit(t, func(tx port.OrgTx) error {
		require.NoError(t, tx.Audit().Append(t.Context(), newEvent(domain.EventSignedIn, storeNow)))
		return domain.ErrStale
	}), domain.ErrStale)
	require.Empty(t, x.deliveries(t, webhook.ID, ""))
}

func deliveriesDue(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	webhook := x.webhook(t, domain.EventSignedIn, domain.EventSessionEnded)
	other := x.webhook(t, domain.AllEvents)
	late, early := x.appended(t, domain.EventSignedIn, storeNow), x.appended(t, domain.EventSessionEnded, storeNow.Add(-time.Second))
	x.appended(t, domain.EventSignedIn, storeNow.Add(time.Microsecond))
	lost := domain.EventID(newStoreID())
	require.NoError(t, x.unit(t, func(tx port.OrgTx) error {
		return tx.Deliveries().Add(t.Context(), webhook.ID, lost, domain.EventOrgUpdated, storeNow.Add(-time.Hour))
	}))
	due := func(limit int) (found []port.DueDelivery) {
		require.NoError(t, x.unit(t, func(tx port.OrgTx) (err error) {
			found, err = tx.Deliveries().Due(t.Context(), webhook.ID, storeNow, limit)
			return err
		}))
		return found
	}
	found := due(10)
	require.Len(t, found, 3)
	require.Equal(t, lost, found[0].Event)
	require.Zero(t, found[0].AuditEvent)
	require.Equal(t, early, found[1].AuditEvent)
	require.Equal(t, late, found[2].AuditEvent)
	require.Equal(t, x.deliveries(t, webhook.ID, "")[3], found[2].Delivery)
	require.Equal(t, found[:2], due(2))
	require.Len(t, x.deliveries(t, other.ID, ""), 3)
}

func deliveriesStored(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	webhook, other := x.webhook(t, domain.AllEvents), x.webhook(t, domain.AllEvents)
	for range 3 {
		x.appended(t, domain.EventSignedIn, storeNow)
	}
	want := x.deliveries(t, webhook.ID, "")
	want[0] = want[0].Delivered(storeNow.Add(time.Second), 204)
	want[1] = want[1].Refused(storeNow.Add(time.Minute), 500, domain.FaultStatus, 0.5)
	want[2] = want[2].Refused(storeNow.Add(domain.DeliveryLifetime), 0, domain.FaultTimeout, 0)
	gone := want[0]
	gone.Event = domain.EventID(newStoreID())
	save := func(attempted ...domain.Delivery) {
		require.NoError(t, x.unit(t, func(tx port.OrgTx) error { return tx.Deliveries().Store(t.Context(), attempted) }))
	}
	save()
	save(append(slices.Clone(want), gone)...)
	require.Equal(t, want, x.deliveries(t, webhook.ID, ""))
	require.Equal(t, want[2:], x.deliveries(t, webhook.ID, domain.DeliveryFailed))
	for _, delivery := range x.deliveries(t, other.ID, "") {
		require.Zero(t, delivery.Attempts)
	}
	want[0] = want[0].Resent(storeNow.Add(time.Hour))
	save(want[0])
	require.NoError(t, x.unit(t, func(tx port.OrgTx) error {
		found, err := tx.Deliveries().Get(t.Context(), webhook.ID, want[0].Event)
		require.Equal(t, want[0], found)
		_, absent := tx.Deliveries().Get(t.Context(), webhook.ID, gone.Event)
		require.ErrorIs(t, absent, domain.ErrNotFound)
		return err
	}))
}

func deliveriesExpired(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	webhook, other := x.webhook(t, domain.AllEvents), x.webhook(t, domain.AllEvents)
	x.appended(t, domain.EventSignedIn, storeNow)
	x.appended(t, domain.EventSignedIn, storeNow.Add(time.Hour))
	require.NoError(t, x.unit(t, func(tx port.OrgTx) error {
		if err := tx.Deliveries().Hasten(t.Context(), webhook.ID, storeNow); err != nil {
			return err
		}
		return tx.Deliveries().Expire(t.Context(), webhook.ID, storeNow.Add(time.Minute), domain.FaultTimeout)
	}))
	found, kept := x.deliveries(t, webhook.ID, ""), x.deliveries(t, other.ID, "")
	require.Equal(t, []domain.DeliveryStatus{"pending", "failed"}, []domain.DeliveryStatus{found[0].Status, found[1].Status})
	require.Equal(t, storeNow, found[0].DueAt)
	require.Equal(t, domain.FaultTimeout, found[1].Failure)
	require.Equal(t, storeNow.Add(time.Hour), kept[0].DueAt)
	require.Equal(t, domain.DeliveryPending, kept[1].Status)
}

func deliveriesListed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	webhook := x.webhook(t, domain.AllEvents)
	var events []domain.EventID
	for range 5 {
		events = append(events, x.appended(t, domain.EventSignedIn, storeNow).ID)
	}
	page := func(after domain.EventID, limit int) (ids []domain.EventID) {
		require.NoError(t, x.unit(t, func(tx port.OrgTx) error {
			found, err := tx.Deliveries().List(t.Context(), webhook.ID, domain.DeliveryPending, after, limit)
			for _, delivery := range found {
				ids = append(ids, delivery.Event)
			}
			return err
		}))
		return ids
	}
	slices.Reverse(events)
	require.Equal(t, events[:2], page("", 2))
	require.Equal(t, events[2:], page(events[1], 9))
	require.Empty(t, x.deliveries(t, webhook.ID, domain.DeliveryFailed))
}

func webhooksOfOrgs(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	mine, theirs := x.webhook(t, domain.AllEvents), y.webhook(t, domain.AllEvents)
	event := x.appended(t, domain.EventSignedIn, storeNow)
	require.Empty(t, y.deliveries(t, theirs.ID, ""))
	require.Empty(t, y.deliveries(t, mine.ID, ""))
	_, err := y.getWebhook(t, mine.ID)
	require.ErrorIs(t, err, domain.ErrNotFound)
	require.False(t, y.claim(t, mine.ID, storeNow, storeNow.Add(time.Minute)))
	require.ErrorIs(t, y.unit(t, func(tx port.OrgTx) error { return tx.Webhooks().Update(t.Context(), mine) }), domain.ErrStale)
	require.ErrorIs(t, y.unit(t, func(tx port.OrgTx) error { return tx.Webhooks().Remove(t.Context(), mine.ID) }), domain.ErrNotFound)
	require.NoError(t, y.unit(t, func(tx port.OrgTx) error {
		return tx.Deliveries().Store(t.Context(), []domain.Delivery{{Webhook: mine.ID, Event: event.ID, Status: domain.DeliveryFailed}})
	}))
	require.Equal(t, domain.DeliveryPending, x.deliveries(t, mine.ID, "")[0].Status)
}
