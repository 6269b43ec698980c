package webhooks

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	org  = domain.OrgID("0192d7a0-0000-7000-8000-0000000000aa")
	hook = domain.WebhookID("0192d7a0-0000-7000-8000-0000000000bb")
)

// world is a store of one org with one webhook, a receiver, and a clock.
type world struct {
	t      *testing.T
	mu     sync.Mutex
	now    time.Time
	ending chan struct{}

	webhook   domain.Webhook
	removed   bool
	held      time.Time
	rows      []domain.Delivery
	gone      map[domain.EventID]bool // events that the audit log no longer has
	jobs      []DeliverJob
	events    []domain.AuditEvent
	storeFail error

	sent       []port.WebhookMessage
	receive    func(port.WebhookMessage) port.WebhookAnswer
	unreadable map[domain.SealedSecret]bool
	watched    []string
	lingered   int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{
		t: t, now: start, ending: make(chan struct{}), gone: map[domain.EventID]bool{}, unreadable: map[domain.SealedSecret]bool{},
		webhook: domain.Webhook{ID: hook, URL: "https://receiver.example/hook", Events: []domain.EventName{domain.AllEvents}, Secret: "sealed"},
		receive: func(port.WebhookMessage) port.WebhookAnswer { return port.WebhookAnswer{Status: 204} },
	}
}

func status(status int) func(port.WebhookMessage) port.WebhookAnswer {
	return func(port.WebhookMessage) port.WebhookAnswer {
		return port.WebhookAnswer{Status: status, Fault: domain.FaultStatus}
	}
}

// happen adds events that the webhook wants.
func (w *world) happen(events int) {
	for range events {
		id := domain.EventID(fmt.Sprintf("0192d7a0-0000-7000-8000-%012d", len(w.rows)))
		w.rows = append(w.rows, domain.Delivery{
			Webhook: hook, Event: id, Type: domain.EventAccountSuspended, Status: domain.DeliveryPending, CreatedAt: w.now, DueAt: w.now,
		})
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) deliver() Deliver {
	return Deliver{
		Store: store{world: w}, Sender: sender{w}, Secrets: box{world: w}, Clock: w.clock, Ending: w.ending, Gate: NewGate(inFlight),
		NewID: func() string { return "0192d7a0-0000-7000-8000-0000000000cc" }, Random: func() float64 { return 0 },
		Pause: func(ctx context.Context, d time.Duration) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.now, w.lingered = w.now.Add(d), w.lingered+1
			return ctx.Err()
		},
		Watch: Watch{
			Attempted: func(port.WebhookAnswer, time.Duration) {},
			Paused: func(_ context.Context, at port.OrgWebhook, last port.WebhookAnswer) {
				require.Equal(w.t, port.OrgWebhook{Org: org, Webhook: hook}, at)
				w.watched = append(w.watched, fmt.Sprintf("paused %s %d", last.Fault, last.Status))
			},
			Resumed:    func(context.Context, port.OrgWebhook) { w.watched = append(w.watched, "resumed") },
			Unreadable: func(context.Context, port.OrgWebhook) { w.watched = append(w.watched, "unreadable") },
		},
	}
}

// dispatch reserves the webhook and returns how many jobs that enqueued.
func (w *world) dispatch() int {
	before := len(w.jobs)
	require.NoError(w.t, Dispatch{Store: store{world: w}, Clock: w.clock}.Execute(w.t.Context()))
	return len(w.jobs) - before
}

// work dispatches, and does the job if there is one.
func (w *world) work() error {
	if w.dispatch() == 0 {
		return nil
	}
	return w.deliver().Execute(w.t.Context(), org, w.jobs[len(w.jobs)-1])
}

// statuses counts the deliveries by status.
func (w *world) statuses() map[domain.DeliveryStatus]int {
	counts := map[domain.DeliveryStatus]int{}
	for _, d := range w.rows {
		counts[d.Status]++
	}
	return counts
}

// The world is each port that the use cases need.
type (
	store struct {
		port.Store
		*world
	}
	tx struct {
		port.OrgTx
		*world
	}
	platform struct {
		port.Platform
		*world
	}
	hooks struct {
		port.Webhooks
		*world
	}
	deliveries struct {
		port.Deliveries
		*world
	}
	audit struct {
		port.Audit
		*world
	}
	jobs   struct{ *world }
	sender struct{ *world }
	box    struct {
		port.SecretBox
		*world
	}
)

func (s store) InOrg(ctx context.Context, id domain.OrgID, fn func(port.OrgTx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	rows := slices.Clone(s.rows)
	s.mu.Unlock()
	if id != org {
		return domain.ErrOrgNotFound
	}
	err := fn(tx{world: s.world})
	if err != nil {
		s.rows = rows
	}
	return err
}

func (s store) Platform() port.Platform { return platform{world: s.world} }
func (x tx) Webhooks() port.Webhooks    { return hooks{world: x.world} }
func (x tx) Deliveries() port.Deliveries {
	return deliveries{world: x.world}
}
func (x tx) Jobs() port.Jobs   { return jobs{x.world} }
func (x tx) Audit() port.Audit { return audit{world: x.world} }

func (p platform) DueWebhooks(_ context.Context, now time.Time, _ int) (due []port.OrgWebhook, err error) {
	if p.webhook.Active() && !p.webhook.Circuit.Paused(now) && !now.Before(p.held) && len(p.due(now)) > 0 {
		due = append(due, port.OrgWebhook{Org: org, Webhook: hook})
	}
	return due, nil
}

func (w *world) due(now time.Time) (due []domain.Delivery) {
	for _, d := range w.rows {
		if d.Status == domain.DeliveryPending && !d.DueAt.After(now) {
			due = append(due, d)
		}
	}
	return due
}

func (h hooks) Get(context.Context, domain.WebhookID) (domain.Webhook, error) {
	if h.removed {
		return domain.Webhook{}, domain.ErrNotFound
	}
	return h.webhook, nil
}

func (h hooks) Lock(ctx context.Context, id domain.WebhookID) (domain.Webhook, error) {
	return h.Get(ctx, id)
}

func (h hooks) Update(_ context.Context, webhook domain.Webhook) error {
	webhook.Circuit = h.webhook.Circuit
	h.webhook = webhook
	return nil
}

func (h hooks) Claim(_ context.Context, _ domain.WebhookID, now, until time.Time) (bool, error) {
	if now.Before(h.held) {
		return false, nil
	}
	h.held = until
	return true, nil
}

func (h hooks) Renew(_ context.Context, _ domain.WebhookID, held, until time.Time) (bool, error) {
	if h.removed || !h.webhook.Active() || !held.Equal(h.held) {
		return false, nil
	}
	h.held = until
	return true, nil
}

func (h hooks) Release(_ context.Context, _ domain.WebhookID, held time.Time, circuit domain.WebhookCircuit) error {
	if held.Equal(h.held) {
		h.held, h.webhook.Circuit = time.Time{}, circuit
	}
	return nil
}

func (d deliveries) Due(_ context.Context, _ domain.WebhookID, now time.Time, limit int) (due []port.DueDelivery, err error) {
	for _, row := range d.due(now) {
		if len(due) == limit {
			break
		}
		event := domain.AuditEvent{ID: row.Event, At: row.CreatedAt, Name: row.Type, Outcome: domain.OutcomeSuccess}
		if d.gone[row.Event] {
			event = domain.AuditEvent{}
		}
		due = append(due, port.DueDelivery{Delivery: row, AuditEvent: event})
	}
	return due, nil
}

func (d deliveries) Store(_ context.Context, attempted []domain.Delivery) error {
	if d.storeFail != nil {
		return d.storeFail
	}
	for _, a := range attempted {
		d.rows[slices.IndexFunc(d.rows, func(row domain.Delivery) bool { return row.Event == a.Event })] = a
	}
	return nil
}

func (d deliveries) Hasten(_ context.Context, _ domain.WebhookID, now time.Time) error {
	for i := range d.rows {
		if d.rows[i].Status == domain.DeliveryPending {
			d.rows[i].DueAt = now
		}
	}
	return nil
}

func (d deliveries) Expire(_ context.Context, _ domain.WebhookID, before time.Time, fault domain.DeliveryFault) error {
	for i, row := range d.rows {
		if row.Status == domain.DeliveryPending && row.CreatedAt.Before(before) {
			d.rows[i].Status, d.rows[i].Failure = domain.DeliveryFailed, fault
		}
	}
	return nil
}

func (a audit) Append(_ context.Context, event domain.AuditEvent) error {
	a.events = append(a.events, event)
	return nil
}

func (j jobs) Enqueue(_ context.Context, job port.Job) error {
	j.jobs = append(j.jobs, job.(DeliverJob))
	return nil
}

func (s sender) Send(_ context.Context, message port.WebhookMessage) port.WebhookAnswer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, message)
	return s.receive(message)
}

func (b box) Open(sealed domain.SealedSecret, place port.Place) (domain.Secret, error) {
	require.Equal(b.t, port.WebhookPlace(org, hook), place)
	if b.unreadable[sealed] {
		return domain.Secret{}, domain.ErrSecretUnreadable
	}
	return domain.NewSecret("opened " + string(sealed)), nil
}
