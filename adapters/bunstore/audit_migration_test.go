package bunstore_test

import (
	"bytes"
	"database/sql"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// auditLog is the audit log of an org whose events are all about one resource.
type auditLog struct {
	store *bunstore.Store
	org   domain.OrgID
}

func (l auditLog) append(t *testing.T, n int) {
	t.Helper()
	require.NoError(t, l.store.InOrg(t.Context(), l.org, func(tx port.OrgTx) error {
		for range n {
			event := domain.Actor{}.Did(domain.EventOrgUpdated, domain.OnOrg(l.org), nil).
				Stamp(uuid.Must(uuid.NewV7()).String(), time.Now().UTC().Truncate(time.Microsecond))
			if err := tx.Audit().Append(t.Context(), event); err != nil {
				return err
			}
		}
		return nil
	}))
}

// list returns the events, which are the same by every way to find them.
func (l auditLog) list(t *testing.T) (events []domain.AuditEvent) {
	t.Helper()
	require.NoError(t, l.store.ReadOrg(t.Context(), l.org, func(tx port.OrgTx) (err error) {
		if events, err = tx.Audit().Newest(t.Context(), 100); err != nil {
			return err
		}
		for _, filter := range []domain.AuditFilter{{ResourceID: string(l.org)}, {Action: domain.EventOrgUpdated}} {
			found, err := tx.Audit().List(t.Context(), filter, domain.AuditPlace{}, 100)
			require.NoError(t, err)
			require.Equal(t, events, found, filter)
		}
		return nil
	}))
	return events
}

// seal seals n of the events that wait, and returns how many wait then.
func (l auditLog) seal(t *testing.T, n int) (waiting int) {
	t.Helper()
	require.NoError(t, l.store.InOrg(t.Context(), l.org, func(tx port.OrgTx) error {
		events, err := tx.AuditSeals().Waiting(t.Context(), 100)
		require.NoError(t, err)
		newest, err := tx.AuditSeals().Newest(t.Context())
		require.NoError(t, err)
		waiting = len(events) - n
		salts := make([][]byte, n)
		for i := range salts {
			salts[i] = bytes.Repeat([]byte{1}, domain.SaltSize)
		}
		seal, sealed := domain.NewSeal(l.org, newest, events[:n], salts, time.Now().UTC().Truncate(time.Microsecond))
		return tx.AuditSeals().Put(t.Context(), seal.Record("token"), events[:n], sealed)
	}))
	return waiting
}

func TestMigrationsKeepTheAuditLog(t *testing.T) {
	t.Parallel()
	onEachWithSQL(t, func(t *testing.T, store *bunstore.Store, _ func(string)) {
		log := auditLog{store: store, org: createOrg(t, store, domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now().UTC()))}
		log.append(t, 6)
		require.Equal(t, 4, log.seal(t, 2))
		events := log.list(t)
		require.Len(t, events, 6)
		for range 2 { // the second time with the rows that the rollback has stored
			rollBackTo(t, store, "00024")
			_, err := store.Migrate(t.Context())
			require.NoError(t, err)
			require.Equal(t, events, log.list(t))
		}
		require.Equal(t, 1, log.seal(t, 3))
		log.append(t, 1)
		require.Len(t, log.list(t), 7)
		require.Equal(t, 0, log.seal(t, 2))
		require.Len(t, log.list(t), 7)
	})
}

func TestTheAuditLogOfADeletedOrgIsDeleted(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, store *bunstore.Store, db *sql.DB) {
		one, two := twoOrgs(t, store)
		execute(t, db, "DELETE FROM orgs WHERE id = '"+string(one)+"'")
		for _, table := range []string{"audit_events", "audit_waiting", "audit_seals", "audit_proofs"} {
			var left, orgs int
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*), count(DISTINCT org_id) FROM "+table).Scan(&left, &orgs))
			require.Positive(t, left, table)
			require.Equal(t, 1, orgs, table)
			var org domain.OrgID
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT org_id FROM "+table+" LIMIT 1").Scan(&org))
			require.Equal(t, two, org, table)
		}
	})
}
