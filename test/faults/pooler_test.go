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

// watched records the role of every statement that writes to a table of an org or to the queue, and
// whether row level security bound it. The queue has no row level security.
const watched = `
	CREATE SCHEMA watching;
	GRANT USAGE ON SCHEMA watching TO PUBLIC;
	CREATE TABLE watching.statements (role text, bound boolean);
	GRANT INSERT ON watching.statements TO PUBLIC;
	CREATE FUNCTION watching.watch() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		INSERT INTO watching.statements VALUES (current_user, row_security_active(TG_RELID) OR TG_TABLE_NAME = 'river_job');
		RETURN NULL;
	END $$;
	DO $$
	DECLARE relation regclass;
	BEGIN
		FOR relation IN SELECT attrelid::regclass FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
			WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND (attname = 'org_id' OR relname = 'river_job' AND attname = 'id') LOOP
			EXECUTE format('CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON %s
				FOR EACH STATEMENT EXECUTE FUNCTION watching.watch()', relation);
		END LOOP;
	END $$`

// TestBehindATransactionPooler runs load through a pooler that gives each transaction another
// connection and resets it afterwards. Everything must be served, and row level security must bind
// every write. Migrations go through the pooler too.
func TestBehindATransactionPooler(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	d := deploy(t, harness.NewPgBouncer(t, database, "server_reset_query = DISCARD ALL", "server_reset_query_always = 1"), "memory://")
	db := look(t, database)
	_, err := db.ExecContext(t.Context(), watched)
	require.NoError(t, err)
	mustServeThrough(t, d, database)
	var all, unbound int
	row := db.QueryRowContext(t.Context(), `
		SELECT count(*), count(*) FILTER (WHERE role <> 'sole_app' OR NOT bound) FROM watching.statements`)
	require.NoError(t, row.Scan(&all, &unbound))
	require.Greater(t, all, 30)
	require.Zero(t, unbound, "writes that row level security did not bind")
}

// mustServeThrough requires that requests, emails and commands work through a pooler as without
// one.
func mustServeThrough(t *testing.T, d *deployment, database string) {
	t.Helper()
	s := d.serve(t)
	began := time.Now()
	l := begin(t, s.enrol(t).access, s)
	mustBe(t, l.during(time.Second), fine...)
	eventually(t, "letters are sent", func() bool { return d.mailed("written-") })
	mustBe(t, l.after(began), fine...)
	l.nothingLost(t, s, database)
	s.get("/health/ready", "").is(t, 200, "")
	d.sole(t, "doctor")
	d.sole(t, "prove", "isolation")
}

// TestALoginWithoutPrivilegesReadsNothingBehindAPooler uses a login that may only set the role,
// behind a pooler that does not reset its connections: a statement outside the role fails.
func TestALoginWithoutPrivilegesReadsNothingBehindAPooler(t *testing.T) {
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
	mustServeThrough(t, d, admin)
}
