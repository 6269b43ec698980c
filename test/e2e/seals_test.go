package e2e

import (
	"crypto/rsa"
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

// archive is a service that does not run, so that nothing is sealed but by the test.
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
			a.verifier, err = jose.NewSealVerifier([]*rsa.PublicKey{&key.PublicKey})
			require.NoError(t, err)
			story(t, a)
		})
	}
}

// org makes an org with n events; every one but the first of an account of its own.
func (a archive) org(t *testing.T, n int) domain.OrgID {
	t.Helper()
	now := a.clock.Now()
	id := domain.OrgID(uuid.NewString())
	org, err := domain.NewOrg(id, "Org", domain.Slug("org-"+string(id)), now)
	require.NoError(t, err)
	settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
	require.NoError(t, a.app.Store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
	a.happen(t, id, n, plain)
	return id
}

func (a archive) happen(t *testing.T, org domain.OrgID, n int, adjust func(int, *domain.AuditEvent)) {
	t.Helper()
	require.NoError(t, a.app.Store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
		for i := range n {
			account := uuid.Must(uuid.NewV7()).String()
			e := domain.AuditEvent{
				ID: domain.EventID(uuid.Must(uuid.NewV7()).String()), At: a.clock.Now(), Name: domain.EventProfileUpdated, Outcome: domain.OutcomeSuccess, Actor: domain.UserID(account),
				ResourceType: "account", ResourceID: account, Details: map[string]string{"full_name": "Zoë -> Zoë \"M\" \\ <Miller>"},
				Origin: domain.Origin{Address: "192.0.2.1", UserAgent: "curl/8", RequestID: uuid.NewString()},
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

func (a archive) verify(t *testing.T, org domain.OrgID, known domain.SealToken) audit.Report {
	t.Helper()
	report, err := a.app.Verifying(org, a.verifier).Execute(t.Context(), org, known)
	require.NoError(t, err)
	return report
}

func (a archive) seals(t *testing.T, org domain.OrgID) []domain.SealRecord {
	t.Helper()
	seals, err := audit.StoredEvidence{Store: a.app.Store, Org: org}.Seals(t.Context(), 0, 1000)
	require.NoError(t, err)
	return seals
}

// event is the id of the event at a position.
func (a archive) event(t *testing.T, org domain.OrgID, position int64) domain.EventID {
	t.Helper()
	covered, err := audit.StoredEvidence{Store: a.app.Store, Org: org}.Covered(t.Context(), position, 1)
	require.NoError(t, err)
	require.Len(t, covered, 1)
	return covered[0].Event.ID
}

// tamper changes the database past the service.
func (a archive) tamper(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		_, err := a.db(t).ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

const insertEvent = `INSERT INTO audit_events (org_id, id, at, name, outcome, resource_type, resource_id, details, address, user_agent, request_id)
	SELECT org_id, '%s', at, name, outcome, resource_type, resource_id, details, address, user_agent, request_id FROM audit_events WHERE id = '%s'`

// TestWhatIsDoneToTheDatabaseIsNamed: 250 events in three seals, and somebody who may do to
// the database whatever they like.
func TestWhatIsDoneToTheDatabaseIsNamed(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		ghost := "00000000-0000-4000-8000-00000000dead"
		for name, c := range map[string]struct {
			position int64 // whose event %s in the statements is
			tamper   []string
			kind     domain.BreakKind
			seal     int64
			event    string // empty: the one at the position
		}{
			"name changed":          {120, []string{`UPDATE audit_events SET name = 'session.signed_in' WHERE id = '%s'`}, domain.BreakChanged, 2, ""},
			"actor changed":         {120, []string{`UPDATE audit_events SET actor_id = NULL WHERE id = '%s'`}, domain.BreakChanged, 2, ""},
			"actor's org changed":   {1, []string{`UPDATE audit_events SET actor_org_id = org_id WHERE id = '%s'`}, domain.BreakChanged, 1, ""},
			"address changed":       {250, []string{`UPDATE audit_events SET address = '192.0.2.2' WHERE id = '%s'`}, domain.BreakChanged, 3, ""},
			"details changed":       {120, []string{`UPDATE audit_events SET details = '{}' WHERE id = '%s'`}, domain.BreakChanged, 2, ""},
			"salt changed":          {120, []string{`UPDATE audit_proofs SET salt = 'AAAA' WHERE event_id = '%s'`}, domain.BreakChanged, 2, ""},
			"removed":               {120, []string{`DELETE FROM audit_events WHERE id = '%s'`}, domain.BreakRemoved, 2, ""},
			"removed with proof":    {120, []string{`DELETE FROM audit_events WHERE id = '%s'`, `DELETE FROM audit_proofs WHERE event_id = '%s'`}, domain.BreakRemoved, 2, ""},
			"inserted":              {120, []string{fmt.Sprintf(insertEvent, ghost, "%s"), `DELETE FROM audit_waiting WHERE event_id = '` + ghost + `'`}, domain.BreakInserted, 0, ghost},
			"reordered":             {120, []string{`UPDATE audit_proofs SET position = 1000 WHERE event_id = '%s'`, `UPDATE audit_proofs SET position = 120 WHERE position = 121 AND org_id = '%o'`, `UPDATE audit_proofs SET position = 121 WHERE position = 1000 AND org_id = '%o'`}, domain.BreakReordered, 2, ""},
			"seal changed":          {120, []string{`UPDATE audit_seals SET token = replace(token, '.', '.A') WHERE number = 2 AND org_id = '%o'`}, domain.BreakChanged, 2, "-"},
			"newest seal cut off":   {201, []string{`DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_proofs WHERE seal = 3 AND org_id = '%o')`, `DELETE FROM audit_proofs WHERE seal = 3 AND org_id = '%o'`, `DELETE FROM audit_seals WHERE number = 3 AND org_id = '%o'`}, domain.BreakCutOff, 3, ""},
			"newest two cut off":    {101, []string{`DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_proofs WHERE seal > 1 AND org_id = '%o')`, `DELETE FROM audit_proofs WHERE seal > 1 AND org_id = '%o'`, `DELETE FROM audit_seals WHERE number > 1 AND org_id = '%o'`}, domain.BreakCutOff, 2, "-"},
			"oldest seal cut off":   {1, []string{`DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_proofs WHERE seal = 1 AND org_id = '%o')`, `DELETE FROM audit_proofs WHERE seal = 1 AND org_id = '%o'`}, domain.BreakRemoved, 1, ""},
			"oldest seal forgotten": {1, []string{`DELETE FROM audit_events WHERE id IN (SELECT event_id FROM audit_proofs WHERE seal = 1 AND org_id = '%o')`, `DELETE FROM audit_proofs WHERE seal = 1 AND org_id = '%o'`, `DELETE FROM audit_seals WHERE number = 1 AND org_id = '%o'`}, domain.BreakRemoved, 1, "-"},
		} {
			t.Run(name, func(t *testing.T) {
				org := a.org(t, 250)
				require.Equal(t, 250, a.seal(t))
				seals := a.seals(t, org)
				require.Len(t, seals, 3)
				known := seals[2].Token
				require.Contains(t, a.log.String(), string(known), "it left the host")
				report := a.verify(t, org, known)
				require.True(t, report.Sound(), report.Break)
				require.EqualValues(t, 250, report.Events)
				target := a.event(t, org, c.position)
				for _, statement := range c.tamper {
					a.tamper(t, strings.NewReplacer("%s", string(target), "%o", string(org)).Replace(statement))
				}
				report = a.verify(t, org, known)
				require.NotNil(t, report.Break)
				require.Equal(t, c.kind, report.Break.Kind, report.Break)
				require.Equal(t, c.seal, report.Break.Seal, report.Break)
				switch c.event {
				case "":
					require.Equal(t, target, report.Break.Event, report.Break)
				case "-":
					require.Empty(t, report.Break.Event, report.Break)
				default:
					require.EqualValues(t, c.event, report.Break.Event, report.Break)
				}
			})
		}
	})
}

func TestAnEventRemovedBeforeItsSealIsNamed(t *testing.T) {
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
		require.Equal(t, &domain.Break{Kind: domain.BreakRemoved, Event: id, Why: "it waited for a seal and is gone"}, report.Break)
	})
}

func TestASealedPastTakesNoNewEvents(t *testing.T) {
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
		a.seal(t) // which makes it no older than it is
		report = a.verify(t, org, "")
		require.Nil(t, report.Break)
		require.False(t, report.Sound())
		require.Equal(t, []any{int64(1), int64(2), old}, []any{report.Late, report.LateSeal, report.LateID})
		seals := a.seals(t, org)
		require.True(t, a.verify(t, org, seals[1].Token).Sound(), "who vouches for the seal has looked into it")
	})
}

// TestTheChainMadeAnewIsNotTheKnownOne: whoever holds the key of the service may sign another
// past, but not the one that left the host.
func TestTheChainMadeAnewIsNotTheKnownOne(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		org := a.org(t, 5)
		a.seal(t)
		known := a.seals(t, org)[0].Token
		where := ` WHERE org_id = '` + string(org) + `'`
		a.tamper(t, `UPDATE audit_events SET address = '203.0.113.1'`+where, `DELETE FROM audit_proofs`+where, `DELETE FROM audit_seals`+where,
			`INSERT INTO audit_waiting (org_id, event_id) SELECT org_id, id FROM audit_events`+where)
		require.Equal(t, 5, a.seal(t))
		require.True(t, a.verify(t, org, "").Sound(), "nothing in the database tells")
		report := a.verify(t, org, known)
		require.NotNil(t, report.Break)
		require.Equal(t, domain.BreakChanged, report.Break.Kind)
		require.EqualValues(t, 1, report.Break.Seal)
	})
}

func TestManySealersMakeOneChain(t *testing.T) {
	t.Parallel()
	onEachArchive(t, func(t *testing.T, a archive) {
		org := a.org(t, 0)
		var writing, sealing sync.WaitGroup
		done := make(chan struct{})
		for range 4 {
			writing.Go(func() {
				for range 20 {
					a.happen(t, org, 5, plain)
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
					if report, err := a.app.Verifying(org, a.verifier).Execute(t.Context(), org, ""); err != nil || !report.Sound() {
						t.Error("while others write and seal: ", err, report.Break)
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

func TestErasureAndRemovalByAgeKeepTheLogProvable(t *testing.T) {
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
		for range 2 { // before and after its note is sealed
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
		require.Equal(t, domain.BreakRemoved, a.verify(t, org, known).Break.Kind, "that is no removal by age")
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

func TestNobodyRemovesWhatSomebodyRemovedFromAlready(t *testing.T) {
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
