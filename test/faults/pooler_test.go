//go:build unix

package faults

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// watched notes the role of every statement that writes to orgs or to the queue, which has
// no row level security, and whether that bound it.
const watched = `
	CREATE TABLE watched (role text, bound boolean);
	GRANT INSERT ON watched TO PUBLIC;
	CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		INSERT INTO watched VALUES (current_user, row_security_active(TG_RELID) OR TG_TABLE_NAME = 'river_job');
		RETURN NULL;
	END $$;
	DO $$
	DECLARE relation regclass;
	BEGIN
		FOR relation IN SELECT attrelid::regclass FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
			WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND (attname = 'org_id' OR relname = 'river_job' AND attname = 'id') LOOP
			EXECUTE format('CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION watch()', relation);
		END LOOP;
	END $$`

// TestBehindATransactionPooler has a pooler give every transaction another connection to the
// server, under load. Everything is served, and every write is bound to row level security.
func TestBehindATransactionPooler(t *testing.T) {
	for name, settings := range map[string][]string{
		"which leaves its connections as they are": {},
		"which resets them after each transaction": {"server_reset_query_always = 1", "server_reset_query = DISCARD ALL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := harness.Postgres(t)
			pooled := harness.NewPgBouncer(t, database, settings...)
			d := deploy(t, pooled, "memory://") // migrates through it
			db := look(t, database)
			_, err := db.ExecContext(t.Context(), watched)
			require.NoError(t, err)
			s := d.serve(t)
			owner := s.enrol(t)
			began := time.Now()
			l := begin(t, owner.access, s)
			mustBe(t, l.during(time.Second), fine...)
			eventually(t, "letters are sent", func() bool { return d.mailed("written-") })
			mustBe(t, l.after(began), fine...)
			l.nothingLost(t, s, database)
			s.get("/health/ready", "").is(t, 200, "")
			d.sole(t, "doctor")

			var all, unbound int
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*), count(*) FILTER (WHERE role <> 'sole_app' OR NOT bound) FROM watched").Scan(&all, &unbound))
			require.Greater(t, all, 100)
			require.Zero(t, unbound, "writes that row level security did not bind")
		})
	}
}

// TestALoginBehindAPoolerReadsNothingByItself has a login without any privilege but the role:
// a statement that ran outside the role would fail.
func TestALoginBehindAPoolerReadsNothingByItself(t *testing.T) {
	t.Parallel()
	admin := harness.Postgres(t)
	login := "pooled_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	db := look(t, admin)
	_, err := db.ExecContext(t.Context(), "CREATE ROLE "+login+" LOGIN NOINHERIT PASSWORD 'sesame'")
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := look(t, admin).Exec("DROP ROLE " + login)
		require.NoError(t, err)
	})
	at, err := url.Parse(admin)
	require.NoError(t, err)
	at.User = url.UserPassword(login, "sesame")
	d := deploy(t, harness.NewPgBouncer(t, at.String()), "memory://", "MIGRATION_DATABASE_URL="+admin)
	s := d.serve(t)
	l := begin(t, s.enrol(t).access, s)
	mustBe(t, l.during(time.Second), fine...)
	eventually(t, "letters are sent", func() bool { return d.mailed("written-") })
	l.nothingLost(t, s, admin)
	d.sole(t, "doctor")
	d.sole(t, "prove", "isolation")
	require.NotContains(t, s.log.String(), "permission denied")
}
