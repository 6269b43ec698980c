package river_test

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/events"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// subscriber consumes the events of some names.
type subscriber struct {
	mu       sync.Mutex
	got      []domain.AuditEvent
	failures int // how many of the next calls fail
}

func (s *subscriber) consumer(names ...domain.EventName) port.EventConsumer {
	return port.EventConsumer{Name: "subscriber", Wants: wantsNames(names...), Consume: s.consume}
}

func (s *subscriber) consume(_ context.Context, _ port.Store, _ domain.OrgID, event domain.AuditEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures > 0 {
		s.failures--
		return errors.New("the subscriber is unreachable")
	}
	s.got = append(s.got, event)
	return nil
}

func (s *subscriber) ids() []domain.EventID {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]domain.EventID, len(s.got))
	for i, event := range s.got {
		ids[i] = event.ID
	}
	slices.Sort(ids)
	return ids
}

func (s *subscriber) getsAll(t *testing.T, want ...domain.EventID) {
	t.Helper()
	slices.Sort(want)
	require.Eventually(t, func() bool { return slices.Equal(s.ids(), want) }, 60*time.Second, 50*time.Millisecond)
}

func newEvent(name domain.EventName) domain.AuditEvent {
	return domain.AuditEvent{
		ID: domain.EventID(uuid.Must(uuid.NewV7()).String()), At: time.Now().UTC().Truncate(time.Microsecond), Name: name,
		Outcome: domain.OutcomeSuccess, ResourceType: "org", ResourceID: "r", Details: map[string]string{"by": "test"},
		Origin: domain.Origin{Address: "192.0.2.7", UserAgent: "Firefox", RequestID: "request-1"},
	}
}

func (f *fixture) append(t *testing.T, added ...domain.AuditEvent) error {
	t.Helper()
	return f.in(t, func(tx port.OrgTx) error {
		for _, event := range added {
			if err := tx.Audit().Append(t.Context(), event); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fixture) deliver() port.JobHandler {
	return events.Deliver{Store: f.store, Consumers: f.consumers}.Handler()
}

var eventJobs = []port.Job{events.Job{}}

// TestAConsumerGetsWhatWasCommitted: neither what was rolled back nor what it did not ask for, and what happened while
// nobody worked, too.
func TestAConsumerGetsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	for name, failures := range map[string]int{"at once": 0, "after a failure": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &subscriber{failures: failures}
			onEach(t, []port.EventConsumer{s.consumer(domain.EventOrgUpdated)}, eventJobs, func(t *testing.T, f *fixture) {
				s.mu.Lock()
				s.got, s.failures = nil, failures
				s.mu.Unlock()
				undone := errors.New("undone")
				require.ErrorIs(t, f.in(t, func(tx port.OrgTx) error {
					return errors.Join(tx.Audit().Append(t.Context(), newEvent(domain.EventOrgUpdated)), undone)
				}), undone)
				first, second, third := newEvent(domain.EventOrgUpdated), newEvent(domain.EventOrgUpdated), newEvent(domain.EventOrgUpdated)
				require.NoError(t, f.append(t, first, newEvent(domain.EventRoleCreated), second))
				require.Equal(t, 2, f.count(t, "SELECT count(*) FROM river_job"), "an event that nobody wants costs nothing")
				f.work(t, f.deliver())
				require.NoError(t, f.append(t, third))
				s.getsAll(t, first.ID, second.ID, third.ID)
				require.Contains(t, s.got, first, "whole, as the audit log has it")
			})
		})
	}
}

// TestAKilledConsumerLosesNothing kills the process that consumes an event, and has another one go on.
func TestAKilledConsumerLosesNothing(t *testing.T) {
	t.Parallel()
	s := &subscriber{}
	onEach(t, []port.EventConsumer{s.consumer(domain.EventOrgUpdated)}, eventJobs, func(t *testing.T, f *fixture) {
		s.mu.Lock()
		s.got = nil
		s.mu.Unlock()
		event := newEvent(domain.EventOrgUpdated)
		require.NoError(t, f.append(t, event))
		killed := exec.Command(os.Args[0], "-test.run", "^TestConsumerProcess$")
		killed.Env = append(os.Environ(), "SOLE_TEST_CONSUMER="+f.dsn)
		out, err := killed.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, killed.Start())
		for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != consuming; {
		}
		require.NoError(t, killed.Process.Kill())
		require.Error(t, killed.Wait())
		require.Equal(t, 1, f.count(t, "SELECT count(*) FROM river_job WHERE state = 'running'"))
		f.abandon(t)
		f.work(t, f.deliver())
		s.getsAll(t, event.ID)
	})
}

const consuming = "consuming"

// TestConsumerProcess is the process that TestAKilledConsumerLosesNothing kills.
func TestConsumerProcess(t *testing.T) {
	dsn := os.Getenv("SOLE_TEST_CONSUMER")
	if dsn == "" {
		t.Skip("for TestAKilledConsumerLosesNothing")
	}
	f := connect(t, dsn, []port.EventConsumer{{
		Name: "subscriber", Wants: wantsNames(),
		Consume: func(context.Context, port.Store, domain.OrgID, domain.AuditEvent) error {
			_, _ = os.Stdout.WriteString("\n" + consuming + "\n")
			select {}
		},
	}}, eventJobs...)
	f.work(t, f.deliver())
	<-t.Context().Done()
}

// TestAConsumerCanAskTheUnitOfWork: subscriptions that are rows of the org decide.
func TestAConsumerCanAskTheUnitOfWork(t *testing.T) {
	t.Parallel()
	s := &subscriber{}
	consumer := s.consumer()
	consumer.Wants = func(ctx context.Context, tx port.OrgTx, event domain.AuditEvent) (bool, error) {
		org, err := tx.Org().Get(ctx)
		return org.Name == "Subscribed" && event.Name == domain.EventOrgUpdated, err
	}
	onEach(t, []port.EventConsumer{consumer}, eventJobs, func(t *testing.T, f *fixture) {
		require.NoError(t, f.append(t, newEvent(domain.EventOrgUpdated)))
		require.Zero(t, f.count(t, "SELECT count(*) FROM river_job"))
		require.NoError(t, f.in(t, func(tx port.OrgTx) error {
			org, err := tx.Org().Lock(t.Context())
			org.Name = "Subscribed"
			return errors.Join(err, tx.Org().Update(t.Context(), org), tx.Audit().Append(t.Context(), newEvent(domain.EventOrgUpdated)))
		}))
		require.Equal(t, 1, f.count(t, "SELECT count(*) FROM river_job"))
	})
}

// TestAnEventThatWasRemovedIsNotDelivered, and one for a consumer of another version waits for it.
func TestAnEventThatWasRemovedIsNotDelivered(t *testing.T) {
	t.Parallel()
	s := &subscriber{}
	onEach(t, []port.EventConsumer{s.consumer(domain.EventOrgUpdated)}, eventJobs, func(t *testing.T, f *fixture) {
		deliver := events.Deliver{Store: f.store, Consumers: f.consumers}
		require.NoError(t, deliver.Execute(t.Context(), f.org, events.Job{Consumer: "subscriber", Event: newEvent("").ID}))
		nowhere := domain.OrgID(uuid.NewString())
		require.NoError(t, deliver.Execute(t.Context(), nowhere, events.Job{Consumer: "subscriber", Event: newEvent("").ID}))
		require.Empty(t, s.ids())
		require.Error(t, deliver.Execute(t.Context(), f.org, events.Job{Consumer: "newer", Event: newEvent("").ID}))
	})
}

// wantsNames returns an EventConsumer.Wants for all events with these names.
func wantsNames(names ...domain.EventName) func(context.Context, port.OrgTx, domain.AuditEvent) (bool, error) {
	return func(_ context.Context, _ port.OrgTx, event domain.AuditEvent) (bool, error) {
		return slices.Contains(names, event.Name), nil
	}
}
