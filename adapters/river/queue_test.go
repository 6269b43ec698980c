package river_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// post is a store with a queue, and what was delivered of it.
type post struct {
	store     *bunstore.Store
	queue     *river.Queue
	org       domain.OrgID
	mu        sync.Mutex
	delivered []domain.Letter
	orgs      []domain.OrgID
	failures  int // how many deliveries are to fail first
}

func (p *post) deliver(_ context.Context, org domain.OrgID, letter domain.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failures > 0 {
		p.failures--
		return errors.New("the mail server is away")
	}
	p.delivered, p.orgs = append(p.delivered, letter), append(p.orgs, org)
	return nil
}

func (p *post) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.delivered)
}

// onEach runs a story on both databases, with the queue at work.
func onEach(t *testing.T, story func(t *testing.T, p *post)) {
	t.Helper()
	prepareEach(t, func(t *testing.T, p *post) {
		p.work(t)
		story(t, p)
	})
}

// prepareEach runs a story on both databases; the queue is at rest.
func prepareEach(t *testing.T, story func(t *testing.T, p *post)) {
	t.Helper()
	for name, open := range map[string]func(t *testing.T) (*bunstore.Store, error){
		"sqlite": func(t *testing.T) (*bunstore.Store, error) {
			return bunstore.OpenSQLite(filepath.Join(t.TempDir(), "sole.db"))
		},
		"postgres": func(t *testing.T) (*bunstore.Store, error) { return bunstore.OpenPostgres(harness.Postgres(t), "") },
	} {
		t.Run(name, func(t *testing.T) {
			store, err := open(t)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, store.Close()) })
			p := &post{store: store, org: domain.OrgID(uuid.NewString())}
			newQueue := river.NewSQLite
			if name == "postgres" {
				newQueue = river.NewPostgres
			}
			p.queue, err = newQueue(store.SQL(), p.deliver, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			store.Post, store.AlsoMigrate = p.queue.Post, p.queue.Migrate
			_, err = store.Migrate(t.Context())
			require.NoError(t, err)
			behind, err := p.queue.Behind(t.Context())
			require.NoError(t, err)
			require.False(t, behind)
			now := time.Now().UTC().Truncate(time.Microsecond)
			org, err := domain.NewOrg(p.org, "Acme", "acme", now)
			require.NoError(t, err)
			settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
			require.NoError(t, store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
			story(t, p)
		})
	}
}

// work has the queue worked until the test ends.
func (p *post) work(t *testing.T) {
	t.Helper()
	running, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.queue.Run(running) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
}

func letterTo(email domain.Email, kind domain.LetterKind) domain.Letter {
	return domain.Letter{
		Kind: kind, To: email, At: time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC),
		Origin: domain.Origin{Address: "192.0.2.7", UserAgent: "Firefox \u0001 \\u0000", RequestID: "r"}, Details: map[string]string{"change": "an ünusual \"text\""},
	}
}

func TestALetterIsSentWhenItsUnitCommitsAndNeverOtherwise(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, p *post) {
		undone := errors.New("undone")
		require.ErrorIs(t, p.store.InOrg(t.Context(), p.org, func(tx port.OrgTx) error {
			require.NoError(t, tx.Letters().Send(t.Context(), letterTo("lost@example.org", domain.LetterMFAChanged)))
			return undone
		}), undone)
		want := letterTo("kept@example.org", domain.LetterMFAChanged)
		require.NoError(t, p.store.InOrg(t.Context(), p.org, func(tx port.OrgTx) error { return tx.Letters().Send(t.Context(), want) }))
		require.Eventually(t, func() bool { return p.count() > 0 }, 20*time.Second, 20*time.Millisecond)
		time.Sleep(1500 * time.Millisecond)
		require.Equal(t, []domain.Letter{want}, p.delivered)
		require.Equal(t, []domain.OrgID{p.org}, p.orgs)
	})
}

func TestAFailedLetterIsTriedAgain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, p *post) {
		p.failures = 1
		require.NoError(t, p.store.Platform().Send(t.Context(), letterTo("a@example.org", domain.LetterOrgDiscovery)))
		require.Eventually(t, func() bool { return p.count() == 1 }, 60*time.Second, 50*time.Millisecond)
		require.Equal(t, []domain.OrgID{""}, p.orgs)
	})
}

func TestALetterWhoseWorkerVanishedIsSentByAnother(t *testing.T) {
	t.Parallel()
	prepareEach(t, func(t *testing.T, p *post) {
		tx, err := p.store.SQL().BeginTx(t.Context(), nil)
		require.NoError(t, err)
		require.NoError(t, p.queue.Post(t.Context(), tx, p.org, letterTo("a@example.org", domain.LetterMFAChanged)))
		_, err = tx.ExecContext(t.Context(), "UPDATE river_job SET state = 'running', attempt = 1, attempted_at = $1", time.Now().UTC().Add(-61*time.Second).Format("2006-01-02 15:04:05"))
		require.NoError(t, err)
		require.NoError(t, tx.Commit())
		p.work(t)
		require.Eventually(t, func() bool { return p.count() == 1 }, 60*time.Second, 50*time.Millisecond)
	})
}

func TestStrangersCannotFloodAMailbox(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, p *post) {
		started := time.Now()
		for range 5 {
			for _, address := range []domain.Email{"victim@example.org", "VICTIM@example.org", "other@example.org"} {
				require.NoError(t, p.store.InOrg(t.Context(), p.org, func(tx port.OrgTx) error {
					return tx.Letters().Send(t.Context(), letterTo(address, domain.LetterPasswordForgotten))
				}))
			}
		}
		require.Eventually(t, func() bool { return p.count() >= 2 }, 20*time.Second, 20*time.Millisecond)
		time.Sleep(1500 * time.Millisecond)
		if time.Now().Truncate(time.Minute).Equal(started.Truncate(time.Minute)) {
			require.Len(t, p.delivered, 2, "one letter an address and minute")
		}
		require.LessOrEqual(t, p.count(), 4)
	})
}

// TestOneRequestForAnAddressDoesNotReplaceAnother: each of these letters has a link of its own.
func TestOneRequestForAnAddressDoesNotReplaceAnother(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, p *post) {
		want := map[domain.UserID][]domain.Email{"ann": {"new@example.org", "NEW@example.org"}, "bob": {"new@example.org"}}
		for account, addresses := range want {
			for _, address := range addresses {
				letter := letterTo(address, domain.LetterConfirmAddress)
				letter.Account = account
				require.NoError(t, p.store.InOrg(t.Context(), p.org, func(tx port.OrgTx) error { return tx.Letters().Send(t.Context(), letter) }))
			}
		}
		require.Eventually(t, func() bool { return p.count() >= 3 }, 20*time.Second, 20*time.Millisecond)
	})
}

// TestARealLetterDoesNotWaitBehindStrangers orders a crowd of letters that nobody can receive,
// then an import's invitations, and then the one letter that somebody waits for.
func TestARealLetterDoesNotWaitBehindStrangers(t *testing.T) {
	t.Parallel()
	const crowd = 300
	prepareEach(t, func(t *testing.T, p *post) {
		order := func(n int, letter domain.Letter) {
			require.NoError(t, p.store.InOrg(t.Context(), p.org, func(tx port.OrgTx) error {
				for i := range n {
					letter.To = domain.Email(fmt.Sprintf("%d-%s-%t@example.org", i, letter.Kind, letter.NoRecipient))
					if err := tx.Letters().Send(t.Context(), letter); err != nil {
						return err
					}
				}
				return nil
			}))
		}
		unknown := letterTo("", domain.LetterPasswordForgotten)
		unknown.NoRecipient = true
		order(crowd, unknown)
		order(20, letterTo("", domain.LetterInvitation))
		order(1, letterTo("", domain.LetterPasswordForgotten))
		p.work(t)
		wanted := func() int {
			p.mu.Lock()
			defer p.mu.Unlock()
			return slices.IndexFunc(p.delivered, func(l domain.Letter) bool { return l.Kind == domain.LetterPasswordForgotten && !l.NoRecipient })
		}
		require.Eventually(t, func() bool { return wanted() >= 0 }, 20*time.Second, 5*time.Millisecond)
		require.Less(t, wanted(), 20, "before the crowd and most of the invitations")
		require.Less(t, p.count(), crowd)
	})
}

func TestProcessesThatMigrateAtOnceWaitForOneAnother(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	errs := make(chan error, 5)
	for range 5 {
		go func() {
			store, err := bunstore.OpenPostgres(dsn, "")
			if err != nil {
				errs <- err
				return
			}
			defer func() { _ = store.Close() }()
			queue, err := river.NewPostgres(store.SQL(), nil, slog.New(slog.DiscardHandler))
			if err != nil {
				errs <- err
				return
			}
			store.AlsoMigrate = queue.Migrate
			_, err = store.Migrate(context.Background())
			errs <- err
		}()
	}
	for range 5 {
		require.NoError(t, <-errs)
	}
}
