package e2e

import (
	"crypto"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/inprocess"
)

// archive is a service that does not run: only the test seals events.
type archive struct {
	*service
	verifier port.SealVerifier
}

func onEachArchive(t *testing.T, story func(t *testing.T, a archive)) {
	t.Helper()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			database, _ := d.URLs(t)
			a := archive{service: &service{t: t, clock: &clock{}, log: &syncedBuffer{}}}
			config := configure(t, database, "memory://")
			var err error
			a.app, err = bootstrap.Build(config, bootstrap.Environment{Log: a.log, Clock: a.clock.Now, Hashing: inprocess.Hashing})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, a.app.Close()) })
			_, err = a.app.Store.Migrate(t.Context())
			require.NoError(t, err)
			key, err := jose.LoadPrivateKey([]byte(config.PrivateKeyPEM))
			require.NoError(t, err)
			a.verifier, err = jose.NewSealVerifier([]crypto.PublicKey{key.Public()})
			require.NoError(t, err)
			story(t, a)
		})
	}
}

// org creates an org with n events, each of another account.
func (a archive) org(t *testing.T, n int) domain.OrgID {
	t.Helper()
	now := a.clock.Now()
	id := domain.OrgID(uuid.NewString())
	org, err := domain.NewOrg(id, "Org", domain.Slug("org-"+string(id)), now)
	require.NoError(t, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
	require.NoError(t, a.app.Store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
	a.happen(t, id, n, unchanged)
	return id
}

func (a archive) happen(t *testing.T, org domain.OrgID, n int, adjust func(int, *domain.AuditEvent)) {
	t.Helper()
	require.NoError(t, a.app.Store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
		for i := range n {
			account := uuid.Must(uuid.NewV7()).String()
			e := domain.AuditEvent{
				ID:           domain.EventID(uuid.Must(uuid.NewV7()).String()),
				At:           a.clock.Now(),
				Name:         domain.EventProfileUpdated,
				Outcome:      domain.OutcomeSuccess,
				Actor:        domain.UserID(account),
				ResourceType: "account",
				ResourceID:   account,
				Details:      map[string]string{"full_name": "Zoë -> Zoë \"M\" \\ <Miller>"},
				Origin:       domain.Origin{Address: "192.0.2.1", UserAgent: "curl/8", RequestID: uuid.NewString()},
			}
			adjust(i, &e)
			if err := tx.Audit().Append(t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (a archive) seal(t *testing.T) int {
	t.Helper()
	sealed, err := a.app.Sealing().Execute(t.Context())
	require.NoError(t, err)
	return sealed
}

func (a archive) verification(org domain.OrgID) audit.Verify {
	return audit.Verify{Evidence: audit.Stored(a.app.Store, org), Verifier: a.verifier}
}

func (a archive) verify(t *testing.T, org domain.OrgID, known domain.SealToken) audit.Report {
	t.Helper()
	report, err := a.verification(org).Execute(t.Context(), org, known)
	require.NoError(t, err)
	return report
}

func (a archive) seals(t *testing.T, org domain.OrgID) []domain.SealRecord {
	t.Helper()
	seals, err := audit.Stored(a.app.Store, org).Seals(t.Context(), 0, 1000)
	require.NoError(t, err)
	return seals
}

// event returns the id of the event at a position.
func (a archive) event(t *testing.T, org domain.OrgID, position int64) domain.EventID {
	t.Helper()
	covered, err := audit.Stored(a.app.Store, org).Covered(t.Context(), position, 1)
	require.NoError(t, err)
	require.Len(t, covered, 1)
	return covered[0].Event.ID
}

// tamper runs statements on the database without the service.
func (a archive) tamper(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := a.db(t).ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

func TestAnEventRemovedBeforeItsSealIsReported(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		org := a.org(t, 2)
		a.seal(t)
		id := domain.EventID(uuid.NewString())
		a.happen(t, org, 1, func(_ int, e *domain.AuditEvent) { e.ID = id })
		report := a.verify(t, org, "")
		require.True(t, report.Sound())
		require.EqualValues(t, 1, report.Waiting)
		a.tamper(t, `DELETE FROM audit_events WHERE id = '`+string(id)+`'`)
		require.Zero(t, a.seal(t))
		report = a.verify(t, org, "")
		require.Equal(t, &domain.Break{Kind: domain.BreakRemoved, Event: id, Why: "it waited for a seal and was removed"}, report.Break)
	})
}

func TestAnEventBackdatedBeforeASealIsReported(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		org := a.org(t, 3)
		a.seal(t)
		old := domain.EventID(uuid.NewString())
		a.happen(t, org, 1, func(_ int, e *domain.AuditEvent) { e.ID, e.At = old, e.At.Add(-2*time.Hour) })
		report := a.verify(t, org, "")
		require.NotNil(t, report.Break)
		require.Equal(t, domain.BreakInserted, report.Break.Kind)
		require.Equal(t, old, report.Break.Event)
		a.seal(t) // seals the event as a late one
		report = a.verify(t, org, "")
		require.Nil(t, report.Break)
		require.False(t, report.Sound())
		require.Equal(t, []any{int64(1), int64(2), old}, []any{report.Late, report.LateSeal, report.LateID})
		seals := a.seals(t, org)
		require.True(t, a.verify(t, org, seals[1].Token).Sound(), "a known seal vouches for the late event")
	})
}

// TestARebuiltChainDoesNotMatchAKnownSeal: the key of the service can sign a new chain, but not
// one that contains a seal copied from the log before.
func TestARebuiltChainDoesNotMatchAKnownSeal(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		org := a.org(t, 5)
		a.seal(t)
		known := a.seals(t, org)[0].Token
		where := ` WHERE org_id = '` + string(org) + `'`
		a.tamper(t, `UPDATE audit_events SET address = '203.0.113.1'`+where, `DELETE FROM audit_proofs`+where, `DELETE FROM audit_seals`+where,
			`INSERT INTO audit_waiting (org_id, event_id) SELECT org_id, id FROM audit_events`+where)
		require.Equal(t, 5, a.seal(t))
		require.True(t, a.verify(t, org, "").Sound(), "the database alone does not show it")
		report := a.verify(t, org, known)
		require.NotNil(t, report.Break)
		require.Equal(t, domain.BreakChanged, report.Break.Kind)
		require.EqualValues(t, 1, report.Break.Seal)
	})
}

func TestParallelSealersCreateOneChain(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		org := a.org(t, 0)
		var writing, sealing sync.WaitGroup
		done := make(chan struct{})
		for range 4 {
			writing.Go(func() {
				for range 20 {
					a.happen(t, org, 5, unchanged)
				}
			})
			sealing.Go(func() {
				for {
					if _, err := a.app.Sealing().Execute(t.Context()); err != nil {
						t.Error(err)
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
			sealing.Go(func() {
				for range 10 {
					if report, err := a.verification(org).Execute(t.Context(), org, ""); err != nil || !report.Sound() {
						t.Error("during parallel writes and seals: ", err, report.Break)
					}
				}
			})
		}
		writing.Wait()
		close(done)
		sealing.Wait()
		a.seal(t)
		report := a.verify(t, org, "")
		require.True(t, report.Sound(), report.Break)
		require.EqualValues(t, 400, report.Events)
		require.Zero(t, report.Waiting)
	})
}

func TestErasureAndRemovalByAgeKeepTheLogVerifiable(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		org := a.org(t, 0)
		ada := domain.UserID(uuid.NewString())
		old := func(i int, e *domain.AuditEvent) {
			e.At, e.Actor, e.ResourceID = e.At.AddDate(-1, 0, i%7), ada, string(ada)
		}
		a.happen(t, org, 250, old)
		a.seal(t)
		a.happen(t, org, 30, func(_ int, e *domain.AuditEvent) { e.Actor, e.ResourceID = ada, string(ada) })
		a.seal(t)
		known := a.seals(t, org)[3].Token
		require.True(t, a.verify(t, org, known).Sound())

		require.NoError(t, a.app.Store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
			erased, err := tx.AuditSeals().Erase(t.Context(), ada)
			require.Equal(t, 280, erased)
			return err
		}))
		report := a.verify(t, org, known)
		require.True(t, report.Sound(), report.Break)
		require.EqualValues(t, 280, report.Erased)
		require.NotContains(t, a.dump(t, org), "Miller")

		removed, err := a.app.Expiring().Execute(t.Context())
		require.NoError(t, err)
		require.Equal(t, 250, removed)
		for range 2 { // before and after the event of the removal is sealed
			report = a.verify(t, org, known)
			require.True(t, report.Sound(), report.Break)
			require.EqualValues(t, 250, report.Expired)
			a.seal(t)
		}
		require.EqualValues(t, 31, report.Events+report.Waiting)
		removed, err = a.app.Expiring().Execute(t.Context())
		require.NoError(t, err)
		require.Zero(t, removed)

		a.tamper(t, `DELETE FROM audit_events WHERE id = '`+string(a.event(t, org, 251))+`'`)
		require.Equal(t, domain.BreakRemoved, a.verify(t, org, known).Break.Kind, "a removal by age would have removed it")
	})
}

func (a archive) dump(t *testing.T, org domain.OrgID) string {
	t.Helper()
	var all strings.Builder
	require.NoError(t, a.app.Store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error {
		events, err := tx.Audit().Newest(t.Context(), 1000)
		fmt.Fprint(&all, events)
		return err
	}))
	return all.String()
}

func TestRemovalByAgeStopsIfAnEventIsMissing(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		org := a.org(t, 0)
		a.happen(t, org, 10, func(_ int, e *domain.AuditEvent) { e.At = e.At.AddDate(-1, 0, 0) })
		a.seal(t)
		gone := a.event(t, org, 5)
		a.tamper(t, `DELETE FROM audit_events WHERE id = '`+string(gone)+`'`)
		_, err := a.app.Expiring().Execute(t.Context())
		require.ErrorIs(t, err, domain.ErrAuditBroken)
		report := a.verify(t, org, "")
		require.Equal(t, gone, report.Break.Event)
	})
}
