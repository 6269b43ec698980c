package webhooks

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

func TestNothingIsEnqueuedWhileNothingIsDue(t *testing.T) {
	w := newWorld(t)
	require.Zero(t, w.dispatch())
	w.happen(1)
	require.Equal(t, 1, w.dispatch())
	require.Zero(t, w.dispatch(), "it is reserved")
	w.advance(reservation)
	require.Equal(t, 1, w.dispatch(), "the job was lost")
	require.NotEqual(t, w.jobs[0], w.jobs[1])
}

func TestEverythingThatIsDueIsSentOnce(t *testing.T) {
	w := newWorld(t)
	w.happen(3*batchSize + 7)
	require.NoError(t, w.work())
	require.Len(t, w.sent, 3*batchSize+7)
	require.Equal(t, map[domain.DeliveryStatus]int{domain.DeliveryDelivered: 3*batchSize + 7}, w.statuses())
	seen := map[domain.EventID]bool{}
	for _, m := range w.sent {
		require.False(t, seen[m.ID])
		seen[m.ID] = true
	}
	require.Zero(t, w.held, "the reservation is over")
	require.Equal(t, 1, w.lingered)
	require.Equal(t, domain.WebhookCircuit{}, w.webhook.Circuit)
}

func TestADelivery(t *testing.T) {
	w := newWorld(t)
	w.happen(1)
	w.webhook.Previous, w.webhook.PreviousUntil = "sealed before", start.Add(time.Hour)
	require.NoError(t, w.work())
	sent := w.sent[0]
	require.Equal(t, "https://receiver.example/hook", sent.URL)
	require.Equal(t, w.rows[0].Event, sent.ID)
	require.Equal(t, start, sent.At)
	require.Len(t, sent.Secrets, 2)
	require.Equal(t, "opened sealed", sent.Secrets[0].Reveal())
	require.Equal(t, "opened sealed before", sent.Secrets[1].Reveal())
	require.Equal(t, domain.WebhookBody{
		Type: domain.EventAccountSuspended, At: start, ID: w.rows[0].Event, Org: org, Outcome: domain.OutcomeSuccess, Details: domain.Details{},
	}, sent.Body)
}

func TestThePreviousSecretSignsForADay(t *testing.T) {
	w := newWorld(t)
	w.webhook.Previous, w.webhook.PreviousUntil = "sealed before", start.Add(time.Hour)
	w.advance(time.Hour)
	w.happen(1)
	require.NoError(t, w.work())
	require.Len(t, w.sent[0].Secrets, 1)
}

func TestARotationAppliesToTheNextBatch(t *testing.T) {
	w := newWorld(t)
	w.happen(batchSize + 1)
	w.receive = func(port.WebhookMessage) port.WebhookAnswer {
		w.webhook.Secret = "rotated"
		return port.WebhookAnswer{Status: 200}
	}
	require.NoError(t, w.work())
	require.Equal(t, "opened sealed", w.sent[batchSize-1].Secrets[0].Reveal())
	require.Equal(t, "opened rotated", w.sent[batchSize].Secrets[0].Reveal())
}

func TestAFailedDeliveryWaitsAndOthersGoOn(t *testing.T) {
	w := newWorld(t)
	w.happen(3)
	refused := w.rows[1].Event
	w.receive = func(m port.WebhookMessage) port.WebhookAnswer {
		if m.ID == refused {
			return port.WebhookAnswer{Status: 500, Fault: domain.FaultStatus}
		}
		return port.WebhookAnswer{Status: 200}
	}
	require.NoError(t, w.work())
	require.Equal(t, map[domain.DeliveryStatus]int{domain.DeliveryDelivered: 2, domain.DeliveryPending: 1}, w.statuses())
	require.Equal(t, start.Add(5*time.Second), w.rows[1].DueAt)
	require.Equal(t, 500, w.rows[1].Answer)
	require.Equal(t, domain.FaultStatus, w.rows[1].Failure)
	require.Zero(t, w.dispatch())
	w.advance(5 * time.Second)
	w.receive = func(port.WebhookMessage) port.WebhookAnswer { return port.WebhookAnswer{Status: 200} }
	require.NoError(t, w.work())
	require.Equal(t, map[domain.DeliveryStatus]int{domain.DeliveryDelivered: 3}, w.statuses())
	require.Equal(t, 2, w.rows[1].Attempts)
	require.Len(t, w.sent, 4)
}

func TestADeadReceiverIsPausedProbedAndResumed(t *testing.T) {
	w := newWorld(t)
	w.happen(50)
	w.receive = status(503)
	require.NoError(t, w.work())
	attempted := len(w.sent)
	require.GreaterOrEqual(t, attempted, 5)
	require.Less(t, attempted, 5+inFlight, "only attempts in flight still end")
	require.Equal(t, domain.WebhookCircuit{Failures: 5, PausedUntil: start.Add(10 * time.Second)}, w.webhook.Circuit)
	require.Equal(t, []string{"paused status 503"}, w.watched)
	require.Zero(t, w.dispatch(), "nothing is attempted while it is paused")

	for _, pause := range []time.Duration{
		10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 5 * time.Minute,
	} {
		w.advance(pause)
		require.NoError(t, w.work())
		attempted++
		require.Len(t, w.sent, attempted, "one probe")
	}
	used := 0
	for _, d := range w.rows {
		used += d.Attempts
	}
	require.Equal(t, attempted, used, "a pause uses no attempt up")

	w.advance(5 * time.Minute)
	w.receive = func(port.WebhookMessage) port.WebhookAnswer { return port.WebhookAnswer{Status: 200} }
	require.NoError(t, w.work())
	require.Equal(t, map[domain.DeliveryStatus]int{domain.DeliveryDelivered: 50}, w.statuses(), "also those whose next attempt was far away")
	require.Equal(t, domain.WebhookCircuit{}, w.webhook.Circuit)
	require.Equal(t, []string{"paused status 503", "resumed"}, w.watched)
}

func TestDeliveriesOfAReceiverThatStaysDeadAreGivenUp(t *testing.T) {
	w := newWorld(t)
	w.happen(20)
	w.receive = status(500)
	for w.statuses()[domain.DeliveryFailed] < 20 {
		require.NoError(t, w.work())
		w.advance(time.Minute)
		require.Less(t, w.now.Sub(start), 73*time.Hour)
	}
	require.GreaterOrEqual(t, w.now.Sub(start), 72*time.Hour)
	for _, d := range w.rows {
		require.Equal(t, domain.FaultStatus, d.Failure)
	}
}

func TestAReceiverThatIsGoneIsDisabled(t *testing.T) {
	w := newWorld(t)
	w.happen(50)
	w.receive = status(410)
	require.NoError(t, w.work())
	require.LessOrEqual(t, len(w.sent), inFlight)
	require.Equal(t, domain.WebhookGone, w.webhook.Disabled)
	require.Len(t, w.events, 1)
	event := w.events[0]
	require.Equal(t, domain.EventWebhookDisabled, event.Name)
	require.Equal(t, string(hook), event.ResourceID)
	require.Empty(t, event.Actor)
	require.Zero(t, w.held)
	require.Zero(t, w.dispatch())
}

func TestAReceiverThatAsksForAPauseGetsIt(t *testing.T) {
	w := newWorld(t)
	w.happen(50)
	w.receive = func(port.WebhookMessage) port.WebhookAnswer {
		return port.WebhookAnswer{Status: 429, Fault: domain.FaultStatus, RetryAfter: 2 * time.Minute}
	}
	require.NoError(t, w.work())
	require.LessOrEqual(t, len(w.sent), inFlight)
	require.Equal(t, domain.WebhookCircuit{Failures: 1, PausedUntil: start.Add(2 * time.Minute)}, w.webhook.Circuit)
	require.Empty(t, w.watched)
}

func TestAnEventThatWasRemovedIsNotSent(t *testing.T) {
	w := newWorld(t)
	w.happen(3)
	w.gone[w.rows[0].Event] = true
	require.NoError(t, w.work())
	require.Len(t, w.sent, 2)
	require.Equal(t, domain.DeliveryFailed, w.rows[0].Status)
	require.Equal(t, domain.FaultGone, w.rows[0].Failure)
	require.Zero(t, w.rows[0].Attempts)
}

func TestDeliveriesWaitWhileTheSecretCannotBeDecrypted(t *testing.T) {
	w := newWorld(t)
	w.happen(3)
	w.unreadable["sealed"] = true
	require.NoError(t, w.work())
	require.Empty(t, w.sent)
	require.Equal(t, []string{"unreadable"}, w.watched)
	require.Equal(t, domain.FaultSecret, w.rows[0].Failure)
	require.Zero(t, w.rows[0].Attempts)
	require.Zero(t, w.dispatch(), "the log is not filled")
	delete(w.unreadable, "sealed")
	w.advance(5 * time.Minute)
	require.NoError(t, w.work())
	require.Equal(t, map[domain.DeliveryStatus]int{domain.DeliveryDelivered: 3}, w.statuses())
}

func TestAPreviousSecretThatCannotBeDecryptedIsLeftOut(t *testing.T) {
	w := newWorld(t)
	w.happen(1)
	w.webhook.Previous, w.webhook.PreviousUntil = "sealed before", start.Add(time.Hour)
	w.unreadable["sealed before"] = true
	require.NoError(t, w.work())
	require.Len(t, w.sent[0].Secrets, 1)
}

func TestAJobWithoutTheReservationSendsNothing(t *testing.T) {
	w := newWorld(t)
	w.happen(1)
	require.Equal(t, 1, w.dispatch())
	w.advance(reservation)
	require.Equal(t, 1, w.dispatch())
	require.NoError(t, w.deliver().Execute(t.Context(), org, w.jobs[0]))
	require.Empty(t, w.sent)
	require.NoError(t, w.deliver().Execute(t.Context(), org, w.jobs[1]))
	require.Len(t, w.sent, 1)
	require.NoError(t, w.deliver().Execute(t.Context(), org, w.jobs[1]), "a job that is done twice")
	require.Len(t, w.sent, 1)
}

func TestAWebhookIsRemovedOrDisabledWhileItsJobRuns(t *testing.T) {
	for name, end := range map[string]func(*world){
		"removed":  func(w *world) { w.removed = true },
		"disabled": func(w *world) { w.webhook.Disabled = domain.WebhookDisabled },
		"taken":    func(w *world) { w.held = w.held.Add(time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.happen(2 * batchSize)
			w.receive = func(port.WebhookMessage) port.WebhookAnswer {
				if len(w.sent) == 1 {
					end(w)
				}
				return port.WebhookAnswer{Status: 200}
			}
			require.NoError(t, w.work())
			require.LessOrEqual(t, len(w.sent), batchSize, "no further batch")
		})
	}
	w := newWorld(t)
	removed := domain.OrgID("0192d7a0-0000-7000-8000-0000000000ff")
	require.NoError(t, w.deliver().Execute(t.Context(), removed, DeliverJob{Webhook: hook}))
}

func TestTheNewURLIsUsedFromTheNextBatchOn(t *testing.T) {
	w := newWorld(t)
	w.happen(batchSize + 1)
	w.receive = func(port.WebhookMessage) port.WebhookAnswer {
		w.webhook.URL = "https://other.example/"
		return port.WebhookAnswer{Status: 200}
	}
	require.NoError(t, w.work())
	require.Equal(t, "https://receiver.example/hook", w.sent[batchSize-1].URL)
	require.Equal(t, "https://other.example/", w.sent[batchSize].URL)
}

func TestWhatTheReceiverAtTheOldURLAnsweredSaysNothingAboutTheNewOne(t *testing.T) {
	for name, failure := range map[string]int{"gone": 410, "failing": 500} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.happen(10)
			w.receive = func(message port.WebhookMessage) port.WebhookAnswer {
				if len(w.sent) == 1 {
					w.webhook.URL, w.webhook.Circuit = "https://other.example/", domain.WebhookCircuit{}
				}
				return status(failure)(message)
			}
			require.NoError(t, w.work())
			require.True(t, w.webhook.Active())
			require.Zero(t, w.webhook.Circuit)
			require.Empty(t, w.events)
		})
	}
}

func TestASlowReceiverIsLeftToTheNextJob(t *testing.T) {
	w := newWorld(t)
	w.happen(batchSize)
	w.receive = func(port.WebhookMessage) port.WebhookAnswer {
		w.now = w.now.Add(4 * time.Second)
		return port.WebhookAnswer{Status: 200}
	}
	began := w.now
	require.NoError(t, w.work())
	require.Less(t, w.now.Sub(began), jobTime+batchTime+inFlight*4*time.Second)
	require.NotZero(t, w.statuses()[domain.DeliveryPending])
	require.Zero(t, w.held)
	sent := len(w.sent)
	require.NoError(t, w.work())
	require.Greater(t, len(w.sent), sent)
}

func TestAProcessThatStopsBeginsNothingAndGivesTheWebhookBack(t *testing.T) {
	w := newWorld(t)
	w.happen(batchSize)
	w.receive = func(port.WebhookMessage) port.WebhookAnswer {
		if len(w.sent) == 10 {
			close(w.ending)
		}
		return port.WebhookAnswer{Status: 200}
	}
	require.NoError(t, w.work())
	require.LessOrEqual(t, len(w.sent), 10+inFlight)
	require.Equal(t, len(w.sent), w.statuses()[domain.DeliveryDelivered])
	require.Zero(t, w.held)
}

// TestAnInterruptedAttemptDoesNotCount cancels the context of the job, as the queue does when attempts take too long to finish.
func TestAnInterruptedAttemptDoesNotCount(t *testing.T) {
	w := newWorld(t)
	w.happen(10)
	ctx, cancel := context.WithCancel(t.Context())
	w.receive = func(port.WebhookMessage) port.WebhookAnswer {
		if len(w.sent) == 5 {
			cancel()
		}
		if len(w.sent) >= 5 {
			return port.WebhookAnswer{Fault: domain.FaultTimeout}
		}
		return port.WebhookAnswer{Status: 200}
	}
	require.Equal(t, 1, w.dispatch())
	require.NoError(t, w.deliver().Execute(ctx, org, w.jobs[0]))
	require.Equal(t, 4, w.statuses()[domain.DeliveryDelivered], "what was delivered is stored")
	for _, d := range w.rows[5:] {
		require.Zero(t, d.Attempts)
	}
	require.Zero(t, w.held)
}

func TestResultsThatCannotBeStoredAreSentAgain(t *testing.T) {
	w := newWorld(t)
	w.happen(3)
	w.storeFail = errors.New("away")
	require.ErrorContains(t, w.work(), "away")
	require.Len(t, w.sent, 3)
	require.NoError(t, w.work(), "it is still reserved")
	require.Len(t, w.sent, 3)
	w.storeFail = nil
	w.advance(reservation)
	require.NoError(t, w.work())
	require.Len(t, w.sent, 6)
	require.Equal(t, map[domain.DeliveryStatus]int{domain.DeliveryDelivered: 3}, w.statuses())
}
