package river_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// outbox is a queue of emails, with those that were sent.
type outbox struct {
	*fixture
	mu       sync.Mutex
	sent     []domain.EmailMessage
	orgs     []domain.OrgID
	failures int // how many of the next deliveries fail
}

func (o *outbox) send(_ context.Context, org domain.OrgID, job port.EmailJob) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failures > 0 {
		o.failures--
		return errors.New("the mail server is unreachable")
	}
	o.sent, o.orgs = append(o.sent, job.Message), append(o.orgs, org)
	return nil
}

func (o *outbox) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.sent)
}

// onEachOutbox runs a story on both databases; send is called once start was.
func onEachOutbox(t *testing.T, story func(t *testing.T, o *outbox, start func())) {
	t.Helper()
	onEach(t, []port.Job{port.EmailJob{}}, func(t *testing.T, f *fixture) {
		o := &outbox{fixture: f}
		story(t, o, func() { f.work(t, port.HandleJob(o.send)) })
	})
}

func emailTo(email domain.Email, kind domain.EmailKind) domain.EmailMessage {
	return domain.EmailMessage{
		Kind: kind, To: email, At: time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC),
		Origin: domain.Origin{
			Address:   "192.0.2.7",
			UserAgent: "Firefox \u0001 \\u0000",
			RequestID: "r",
		}, Details: map[string]string{"change": "an ünusual \"text\""},
	}
}

func TestAnEmailIsSentWhenItsUnitCommitsAndNeverOtherwise(t *testing.T) {
	t.Parallel()
	onEachOutbox(t, func(t *testing.T, o *outbox, start func()) {
		start()
		undone := errors.New("undone")
		require.ErrorIs(t, o.in(t, func(tx port.OrgTx) error {
			require.NoError(t, tx.Emails().Send(t.Context(), emailTo("lost@example.org", domain.EmailMFAChanged)))
			return undone
		}), undone)
		want := emailTo("kept@example.org", domain.EmailMFAChanged)
		require.NoError(t, o.in(t, func(tx port.OrgTx) error { return tx.Emails().Send(t.Context(), want) }))
		require.Eventually(t, func() bool { return o.count() > 0 }, 20*time.Second, 20*time.Millisecond)
		time.Sleep(1500 * time.Millisecond)
		require.Equal(t, []domain.EmailMessage{want}, o.sent)
		require.Equal(t, []domain.OrgID{o.org}, o.orgs)
	})
}

func TestAFailedEmailIsTriedAgain(t *testing.T) {
	t.Parallel()
	onEachOutbox(t, func(t *testing.T, o *outbox, start func()) {
		start()
		o.failures = 1
		require.NoError(t, o.store.Platform().Send(t.Context(), emailTo("a@example.org", domain.EmailOrgDiscovery)))
		require.Eventually(t, func() bool { return o.count() == 1 }, 60*time.Second, 50*time.Millisecond)
		require.Equal(t, []domain.OrgID{""}, o.orgs)
	})
}

func TestAnEmailWhoseWorkerVanishedIsSentByAnother(t *testing.T) {
	t.Parallel()
	onEachOutbox(t, func(t *testing.T, o *outbox, start func()) {
		require.NoError(t, o.in(t, func(tx port.OrgTx) error {
			return tx.Emails().Send(t.Context(), emailTo("a@example.org", domain.EmailMFAChanged))
		}))
		_, err := o.store.SQL().ExecContext(t.Context(), "UPDATE river_job SET state = 'running', attempt = 1")
		require.NoError(t, err)
		o.abandon(t)
		start()
		require.Eventually(t, func() bool { return o.count() == 1 }, 60*time.Second, 50*time.Millisecond)
	})
}

func TestStrangersCannotFloodAMailbox(t *testing.T) {
	t.Parallel()
	onEachOutbox(t, func(t *testing.T, o *outbox, start func()) {
		start()
		started := time.Now()
		for range 5 {
			for _, address := range []domain.Email{"victim@example.org", "VICTIM@example.org", "other@example.org"} {
				require.NoError(t, o.in(t, func(tx port.OrgTx) error {
					return tx.Emails().Send(t.Context(), emailTo(address, domain.EmailPasswordForgotten))
				}))
			}
		}
		require.Eventually(t, func() bool { return o.count() >= 2 }, 20*time.Second, 20*time.Millisecond)
		time.Sleep(1500 * time.Millisecond)
		if time.Now().Truncate(time.Minute).Equal(started.Truncate(time.Minute)) {
			require.Len(t, o.sent, 2, "one email per address and minute")
		}
		require.LessOrEqual(t, o.count(), 4)
	})
}

// TestOneRequestForAnAddressDoesNotReplaceAnother: each of these emails has a link of its own.
func TestOneRequestForAnAddressDoesNotReplaceAnother(t *testing.T) {
	t.Parallel()
	onEachOutbox(t, func(t *testing.T, o *outbox, start func()) {
		start()
		want := map[domain.UserID][]domain.Email{"ann": {"new@example.org", "NEW@example.org"}, "bob": {"new@example.org"}}
		for account, addresses := range want {
			for _, address := range addresses {
				message := emailTo(address, domain.EmailConfirmAddress)
				message.Account = account
				require.NoError(t, o.in(t, func(tx port.OrgTx) error { return tx.Emails().Send(t.Context(), message) }))
			}
		}
		require.Eventually(t, func() bool { return o.count() >= 3 }, 20*time.Second, 20*time.Millisecond)
	})
}

// TestARealEmailDoesNotWaitBehindStrangers orders a crowd of emails that nobody can receive,
// then an import's invitations, and then the one email that somebody waits for.
func TestARealEmailDoesNotWaitBehindStrangers(t *testing.T) {
	t.Parallel()
	const crowd = 300
	onEachOutbox(t, func(t *testing.T, o *outbox, start func()) {
		order := func(n int, message domain.EmailMessage) {
			require.NoError(t, o.in(t, func(tx port.OrgTx) error {
				for i := range n {
					message.To = domain.Email(fmt.Sprintf("%d-%s-%t@example.org", i, message.Kind, message.NoRecipient))
					if err := tx.Emails().Send(t.Context(), message); err != nil {
						return err
					}
				}
				return nil
			}))
		}
		unknown := emailTo("", domain.EmailPasswordForgotten)
		unknown.NoRecipient = true
		order(crowd, unknown)
		order(20, emailTo("", domain.EmailInvitation))
		order(1, emailTo("", domain.EmailPasswordForgotten))
		start()
		wanted := func() int {
			o.mu.Lock()
			defer o.mu.Unlock()
			return slices.IndexFunc(
				o.sent,
				func(l domain.EmailMessage) bool { return l.Kind == domain.EmailPasswordForgotten && !l.NoRecipient },
			)
		}
		require.Eventually(t, func() bool { return wanted() >= 0 }, 20*time.Second, 5*time.Millisecond)
		require.Less(t, wanted(), 20, "before the crowd and most of the invitations")
		require.Less(t, o.count(), crowd)
	})
}

func TestASentEmailNamesNobodyAfterwards(t *testing.T) {
	t.Parallel()
	onEachOutbox(t, func(t *testing.T, o *outbox, start func()) {
		o.failures = 1
		message := emailTo("ada@example.org", domain.EmailAccountLocked)
		require.NoError(t, o.in(t, func(tx port.OrgTx) error { return tx.Emails().Send(t.Context(), message) }))
		start()
		require.Eventually(t, func() bool { return o.count() == 1 }, 30*time.Second, 20*time.Millisecond)

		waiting, err := river.NewWaiting(o.store.SQL())
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			cleared, err := waiting.ClearDone(t.Context())
			return err == nil && cleared == 1
		}, 10*time.Second, 50*time.Millisecond)
		var traces int
		require.NoError(t, o.store.SQL().QueryRowContext(t.Context(), `SELECT count(*) FROM river_job
			WHERE CAST(args -> 'letter' AS text) IS NOT NULL OR errors IS NOT NULL`).Scan(&traces))
		require.Zero(t, traces)
		require.NoError(t, o.in(t, func(tx port.OrgTx) error { return tx.Emails().Send(t.Context(), message) }))
		require.Never(t, func() bool { return o.count() > 1 }, 2*time.Second, 100*time.Millisecond, "an email of the same day is not repeated")
	})
}
