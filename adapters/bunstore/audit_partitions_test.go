package bunstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

const partitionNames = `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
	WHERE i.inhparent = 'audit_events'::regclass ORDER BY 1`

func TestTheServiceReachesNoPartitionOfTheAuditLogItself(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	org, _ := twoOrgs(t, postgres(t, dsn))
	conn := asService(t, dsn)
	names := names(t, conn, partitionNames)
	require.Contains(t, names, "audit_events_default")
	require.GreaterOrEqual(t, len(names), 4)
	statements := []string{
		"SELECT audit_add_partition('more', NULL, NULL)", "SELECT audit_partitions()", "CREATE TABLE more PARTITION OF audit_events DEFAULT",
	}
	for _, name := range names {
		statements = append(statements, "SELECT FROM "+name, "INSERT INTO "+name+" SELECT * FROM audit_events", "DELETE FROM "+name,
			"UPDATE "+name+" SET address = 'x'", "DROP TABLE "+name, "TRUNCATE "+name, "ALTER TABLE audit_events DETACH PARTITION "+name)
	}
	for _, statement := range statements {
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), "SELECT set_config('sole.org_id', $1, true)", string(org))
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), statement)
		var refused *pgconn.PgError
		require.ErrorAs(t, err, &refused, statement)
		require.Equal(t, "42501", refused.Code, "%s: %s", statement, refused.Message)
		require.NoError(t, tx.Rollback(t.Context()))
	}
}

// asOwner returns the statement in the role that owns the tables.
func asOwner(statement string) string {
	return `DO $$ BEGIN
		EXECUTE format('SET LOCAL ROLE %I', (SELECT tableowner FROM pg_tables WHERE tablename = 'audit_events')); ` + statement + `; END $$`
}

// addMonth returns the statement that adds the partition of a month.
func addMonth(month time.Time) string {
	return asOwner(fmt.Sprintf("PERFORM audit_add_partition('%s', audit_event_id_at('%s'), audit_event_id_at('%s'))",
		month.Format("audit_events_2006_01"), month.Format(time.RFC3339), month.AddDate(0, 1, 0).Format(time.RFC3339)))
}

// eventOf returns an event whose id has the time.
func eventOf(at time.Time) domain.AuditEvent {
	id := fmt.Sprintf("%012x", at.UnixMilli())
	return domain.Actor{}.Did(domain.EventOrgUpdated, domain.OnAuditLog(), nil).
		Stamp(id[:8]+"-"+id[8:]+"-7000-8000-"+strings.Repeat("0", 12), at)
}

func partitionAudit(t *testing.T, store *bunstore.Store, released int) {
	t.Helper()
	n, err := store.Platform().PartitionAudit(t.Context())
	require.NoError(t, err)
	require.Equal(t, released, n)
}

func TestMonthsOfTheAuditLogAreAddedAndDropped(t *testing.T) {
	t.Parallel()
	onEachWithSQL(t, func(t *testing.T, store *bunstore.Store, execute func(string)) {
		log := auditLog{store: store, org: createOrg(t, store, domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now().UTC()))}
		partitionAudit(t, store, 0)
		if store.IsolationChecks() == nil {
			return // SQLite has one table
		}
		old, month := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Now().UTC().AddDate(0, 0, 1-time.Now().UTC().Day()).Truncate(24*time.Hour)
		execute("DROP TABLE audit_events_before")
		log.add(t, eventOf(month.Add(time.Hour)))
		partitionAudit(t, store, 0)
		execute(fmt.Sprintf(`DO $$ BEGIN ASSERT (SELECT count(*) FROM audit_events_default) = 0, 'the event was not moved';
			ASSERT (SELECT count(*) FROM %s) = 1, 'it is in another partition'; END $$`, month.Format("audit_events_2006_01")))
		require.Len(t, log.newest(t), 1)
		require.Equal(t, 0, log.seal(t, 1))

		for i := range 3 {
			execute(addMonth(old.AddDate(0, i, 0)))
		}
		log.add(t, eventOf(old.Add(time.Hour)))
		execute(strings.ReplaceAll(`INSERT INTO audit_events SELECT org_id, audit_event_id_at('2020-03-05Z'), at, name, outcome, actor_id,
			resource_type, resource_id, details, address, user_agent, request_id, actor_org_id FROM audit_events LIMIT 1;
			DELETE FROM audit_waiting WHERE event_id = audit_event_id_at('2020-03-05Z')`, "\n", " "))
		partitionAudit(t, store, 1) // February has no event; that of January waits for its seal, and that of March was never sealed
		require.Equal(t, 0, log.seal(t, 1))
		partitionAudit(t, store, 0)
		require.Len(t, log.newest(t), 3)
	})
}

func (l auditLog) add(t *testing.T, event domain.AuditEvent) {
	t.Helper()
	require.NoError(t, l.store.InOrg(t.Context(), l.org, func(tx port.OrgTx) error { return tx.Audit().Append(t.Context(), event) }))
}

func (l auditLog) newest(t *testing.T) (events []domain.AuditEvent) {
	t.Helper()
	require.NoError(t, l.store.ReadOrg(t.Context(), l.org, func(tx port.OrgTx) (err error) {
		events, err = tx.Audit().Newest(t.Context(), 100)
		return err
	}))
	return events
}

func (l auditLog) expire(t *testing.T) (expiry domain.Expiry) {
	t.Helper()
	require.NoError(t, l.store.InOrg(t.Context(), l.org, func(tx port.OrgTx) (err error) {
		if _, err := tx.Org().Lock(t.Context()); err != nil {
			return err
		}
		expiry, err = tx.AuditSeals().Expire(t.Context(), time.Now().UTC().AddDate(-1, 0, 0), 10)
		return err
	}))
	return expiry
}

// The test also shows that the call gives up soon if somebody uses the table for long.
func TestAMonthWhoseEventsAreAllRemovedIsDropped(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	store := postgres(t, dsn)
	execute := func(statement string) { administer(t, dsn, statement) }
	log := auditLog{store: store, org: createOrg(t, store, domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now().UTC()))}
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	execute("DROP TABLE audit_events_before")
	execute(addMonth(old))
	log.add(t, eventOf(old.Add(time.Hour)))
	require.Equal(t, 0, log.seal(t, 1))
	partitionAudit(t, store, 0)
	require.Equal(t, 1, log.expire(t).Events)

	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM audit_events")
	require.NoError(t, err)
	began := time.Now()
	_, err = store.Platform().PartitionAudit(t.Context())
	require.Error(t, err, "somebody reads the table")
	require.Less(t, time.Since(began), 8*time.Second)
	require.NoError(t, tx.Rollback(t.Context()))
	partitionAudit(t, store, 1)
	require.NotContains(t, names(t, conn, partitionNames), "audit_events_2020_01")
	require.Empty(t, log.newest(t))
}

// TestAMonthIsDroppedOnlyAfterAVacuum removes so many events that reading what is left of them, while the log is locked, would
// make units of work wait.
func TestAMonthIsDroppedOnlyAfterAVacuum(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	store := postgres(t, dsn)
	createOrg(t, store, domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now().UTC()))
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for _, statement := range []string{
		"DROP TABLE audit_events_before", addMonth(old), "ALTER TABLE audit_events_2020_01 SET (autovacuum_enabled = false)",
		`INSERT INTO audit_events_2020_01 (org_id, id, at, name, outcome, resource_type, resource_id,
			details, address, user_agent, request_id)
			SELECT o.id, audit_event_id_at(timestamptz '2020-01-01Z' + n * interval '1 second'), now(), '', '', '', '', '{}', '', '', ''
			FROM orgs o, generate_series(1, 12000) n`,
		"DELETE FROM audit_waiting", "DELETE FROM audit_events_2020_01",
	} {
		_, err := conn.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	dead := func() (n int) {
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT pg_stat_get_dead_tuples('audit_events_2020_01'::regclass)").Scan(&n))
		return n
	}
	require.Eventually(t, func() bool { return dead() >= 12000 }, 5*time.Second, 10*time.Millisecond)
	partitionAudit(t, store, 0)
	_, err = conn.Exec(t.Context(), "VACUUM audit_events_2020_01")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return dead() == 0 }, 5*time.Second, 10*time.Millisecond)
	partitionAudit(t, store, 1)
}
