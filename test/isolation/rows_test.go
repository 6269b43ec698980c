package isolation

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// rows is a connection to PostgreSQL with the role of the service, without the service.
type rows struct {
	*kept
	conn *pgx.Conn
}

func newRows(t *testing.T, k *kept) *rows {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), k.dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	_, err = conn.Exec(t.Context(), "SET ROLE sole_app")
	require.NoError(t, err)
	return &rows{k, conn}
}

// try runs a statement with an org or a door set and rolls it back. It reports how many rows the statement
// touched, and whether row level security refused it. A missing privilege counts as no row.
func (r *rows) try(t *testing.T, setting, value, statement string, args ...any) (touched int, refused bool) {
	t.Helper()
	tx, err := r.conn.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	if setting != "" {
		_, err = tx.Exec(t.Context(), "SELECT set_config($1, $2, true)", setting, value)
		require.NoError(t, err)
	}
	_, err = tx.Exec(t.Context(), "SET CONSTRAINTS ALL IMMEDIATE")
	require.NoError(t, err)
	result, err := tx.Exec(t.Context(), statement, args...)
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		if pgErr.Code == "23503" || pgErr.Code == "23505" || pgErr.Code == "23001" {
			return 1, false // a row was reached
		}
		require.Equal(t, "42501", pgErr.Code, "%s: %v", statement, err)
		return 0, true
	}
	require.NoError(t, err, statement)
	return int(result.RowsAffected()), false
}

// statements returns one statement for each SQL command, which touches every row that the role can reach.
func statements(table string) map[string]string {
	key := "org_id"
	switch table {
	case "orgs", "signing_keys":
		key = "id"
	case "canaries":
		key = "name"
	}
	return map[string]string{
		"SELECT": "SELECT FROM " + table,
		"UPDATE": "UPDATE " + table + " SET " + key + " = " + key,
		"DELETE": "DELETE FROM " + table,
	}
}

func (r *rows) tables(t *testing.T) []string {
	t.Helper()
	return append(r.tenantTables(t), "orgs")
}

// key returns the column with the org of a row.
func key(table string) string {
	if table == "orgs" {
		return "id"
	}
	return "org_id"
}

func (r *rows) showsNone(t *testing.T) {
	settings := map[string][2]string{
		"no org": {}, "an empty org": {"sole.org_id", ""}, "an org that is not there": {"sole.org_id", nobody},
		"a door that is not there": {"sole.door", "any"},
	}
	for _, table := range r.tables(t) {
		for with, s := range settings {
			for command, statement := range statements(table) {
				touched, _ := r.try(t, s[0], s[1], statement)
				require.Zero(t, touched, "%s %s with %s", command, table, with)
			}
		}
		mine := r.count(t, "SELECT count(*) FROM "+table+" WHERE "+key(table)+" = $1", r.ours)
		seen, _ := r.try(t, "sole.org_id", r.ours, "SELECT FROM "+table)
		require.Equal(t, mine, seen, "%s with our org set", table)
		for command, statement := range statements(table) {
			touched, _ := r.try(t, "sole.org_id", r.ours, statement+" WHERE "+key(table)+" = '"+r.theirs+"'")
			require.Zero(t, touched, "%s their %s with our org set", command, table)
		}
	}
}

func (r *rows) takesNone(t *testing.T) {
	for _, table := range r.tables(t) {
		var row string
		query := "SELECT to_jsonb(t) FROM " + table + " t WHERE " + key(table) + " = $1 LIMIT 1"
		require.NoError(t, r.database.QueryRowContext(t.Context(), query, r.theirs).Scan(&row))
		for setting, value := range map[string]string{"sole.org_id": r.ours, "": ""} {
			_, refused := r.try(t, setting, value, "INSERT INTO "+table+" SELECT * FROM jsonb_populate_record(NULL::"+table+", $1::jsonb)", row)
			require.True(t, refused, "a row of theirs for %s with %s set", table, setting)
		}
		_, refused := r.try(t, "sole.org_id", r.ours, "UPDATE "+table+" SET "+key(table)+" = $1", r.theirs)
		require.True(t, refused, "a row of ours in %s becomes theirs", table)
	}
}

func (r *rows) staysBound(t *testing.T) {
	for _, table := range r.tables(t) {
		for _, statement := range []string{"ALTER TABLE %s DISABLE ROW LEVEL SECURITY", "ALTER TABLE %s NO FORCE ROW LEVEL SECURITY",
			"DROP POLICY own_org ON %s", "TRUNCATE %s", "DROP TABLE %s",
			"CREATE TRIGGER x BEFORE INSERT ON %s EXECUTE FUNCTION suppress_redundant_updates_trigger()"} {
			_, refused := r.try(t, "sole.org_id", r.ours, strings.ReplaceAll(statement, "%s", table))
			require.True(t, refused, "%s of %s", statement, table)
		}
	}
	_, err := r.conn.Exec(t.Context(), "SET row_security = off")
	require.NoError(t, err)
	for _, table := range r.tables(t) {
		_, refused := r.try(t, "sole.org_id", r.ours, "SELECT FROM "+table)
		require.True(t, refused, "%s without row security", table)
	}
}

// keepsEvents requires that even the org of an event cannot remove or change it without the door for that.
func (r *rows) keepsEvents(t *testing.T) {
	for _, statement := range []string{
		"DELETE FROM audit_events", "UPDATE audit_events SET address = address", "DELETE FROM audit_proofs",
		"UPDATE audit_proofs SET salt = salt",
		"DELETE FROM audit_seals", "UPDATE audit_seals SET token = token",
		"DELETE FROM seal_origins", "UPDATE seal_origins SET through = through",
	} {
		touched, _ := r.try(t, "sole.org_id", r.ours, statement)
		require.Zero(t, touched, statement)
	}
}

// opensDoors requires that each door allows exactly its commands on its tables.
func (r *rows) opensDoors(t *testing.T) {
	for door, opened := range doors {
		for _, table := range append(r.tables(t), "signing_keys", "canaries") {
			for command, statement := range statements(table) {
				want := 0
				if opened[table].has(command) {
					want = r.count(t, "SELECT count(*) FROM "+table)
				}
				touched, _ := r.try(t, "sole.door", door, statement)
				require.Equal(t, want, min(touched, want+1), "%s %s through the door %s", command, table, door)
			}
		}
	}
	known := map[string]bool{}
	for door, opened := range doors {
		for table := range opened {
			known[door+" "+table] = true
		}
	}
	for _, found := range r.names(t,
		`SELECT DISTINCT (regexp_match(coalesce(qual, with_check), 'sole\.door[^=]*= ''([a-z_]+)'''))[1] || ' ' || tablename FROM pg_policies
			WHERE policyname <> 'own_org' AND permissive = 'PERMISSIVE'`) {
		require.True(t, known[found], "a new policy, door and table %q: say in doors_test.go what it opens", found)
	}
}
