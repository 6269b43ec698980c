//go:build sabotage

package sabotage

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/sole-platform/sole/test/harness"
)

// tenants is an SQL condition for tables whose rows belong to orgs.
const tenants = `(%s = 'orgs'::regclass OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = %[1]s AND a.attname = 'org_id'))`

// stamping is an SQL condition for triggers that change the stamps of accounts and orgs.
const stamping = "NOT tgisinternal AND tgname LIKE 'stamp%'"

// worlds holds the databases that the control run fills. Each sabotage changes a copy.
type worlds struct{ postgres, sqlite string }

func newWorlds(t *testing.T) worlds {
	t.Helper()
	return worlds{harness.Postgres(t), filepath.Join(t.TempDir(), "sole.db")}
}

func do(t *testing.T, driver, source, statements string) {
	t.Helper()
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.ExecContext(context.Background(), statements)
	require.NoError(t, err, statements)
}

// inPostgres runs a statement in a copy of the world.
func (w worlds) inPostgres(statement string) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		world, err := url.Parse(w.postgres)
		require.NoError(t, err)
		copied, admin := *world, *world
		copied.Path, admin.Path = "/sole_test_"+strings.ToLower(rand.Text()), "/postgres"
		do(t, "pgx", admin.String(), "CREATE DATABASE "+copied.Path[1:]+" TEMPLATE "+world.Path[1:])
		t.Cleanup(func() { do(t, "pgx", admin.String(), "DROP DATABASE "+copied.Path[1:]+" WITH (FORCE)") })
		do(t, "pgx", copied.String(), statement)
		return "SOLE_TEST_WORLD=" + copied.String()
	}
}

// inSQLite runs statements in a copy of the world.
func (w worlds) inSQLite(statements string) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		require.NoFileExists(t, w.sqlite+"-wal")
		raw, err := os.ReadFile(w.sqlite)
		require.NoError(t, err)
		copied := filepath.Join(t.TempDir(), "sole.db")
		require.NoError(t, os.WriteFile(copied, raw, 0o600))
		do(t, "sqlite", copied, statements)
		return "SOLE_TEST_WORLD=sqlite://" + copied
	}
}

// ofPostgres returns mutants that remove or weaken a policy, the row level security of a table or a
// foreign key between rows of orgs.
func (w worlds) ofPostgres(t *testing.T) (list []mutant) {
	t.Helper()
	for _, made := range []struct{ kind, query string }{
		{"policy dropped", `SELECT format('DROP POLICY %I ON %s', polname, polrelid::regclass) FROM pg_policy`},
		{"policy of own rows that shows all",
			`SELECT format('ALTER POLICY own_org ON %s USING (true)', polrelid::regclass) FROM pg_policy WHERE polname = 'own_org'`},
		{"policy of own rows that takes all",
			`SELECT format('ALTER POLICY own_org ON %s WITH CHECK (true)', polrelid::regclass) FROM pg_policy WHERE polname = 'own_org'`},
		{"policy that opens without a door",
			`SELECT format('CREATE POLICY gap ON %s FOR SELECT USING (true)', polrelid::regclass) FROM pg_policy WHERE polname = 'own_org'`},
		{"row level security off",
			`SELECT format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', polrelid::regclass) FROM pg_policy WHERE polname = 'own_org'`},
		{"row level security not forced",
			`SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', polrelid::regclass) FROM pg_policy WHERE polname = 'own_org'`},
		{"table given to the service's role",
			`SELECT format('ALTER TABLE %s OWNER TO sole_app', polrelid::regclass) FROM pg_policy WHERE polname = 'own_org'`},
		{"composite foreign key dropped", `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
			WHERE contype = 'f' AND cardinality(conkey) > 1 AND ` + fmt.Sprintf(tenants, "conrelid")},
		{"foreign key to the org dropped", `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
			WHERE contype = 'f' AND confrelid = 'orgs'::regclass AND ` + fmt.Sprintf(tenants, "conrelid")},
		{"trigger of a stamp dropped", `SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger WHERE ` + stamping},
		{"trigger of a stamp disabled",
			`SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger WHERE ` + stamping},
	} {
		statements := ask(t, "pgx", w.postgres, made.query)
		require.NotEmpty(t, statements, made.kind)
		for _, statement := range statements {
			list = append(list, mutant{kind: made.kind, name: statement, take: w.inPostgres(statement), tests: postgresTests})
		}
	}
	return list
}

func ask(t *testing.T, driver, source, query string) (list []string) {
	t.Helper()
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	rows, err := db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		list = append(list, text)
	}
	require.NoError(t, rows.Err())
	return list
}

var (
	aTable     = regexp.MustCompile(`CREATE TABLE "?(\w+)"?`)
	aReference = regexp.MustCompile(`(,\s*FOREIGN KEY \([^)]*\))? REFERENCES (\w+) \([^)]*\)( ON DELETE \w+( \w+)?)?`)
)

// ofSQLite returns mutants that remove a foreign key from the text of the schema.
func (w worlds) ofSQLite(t *testing.T) (list []mutant) {
	t.Helper()
	for _, text := range ask(t, "sqlite", w.sqlite, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%org_id%'") {
		table := aTable.FindStringSubmatch(text)[1]
		for _, key := range aReference.FindAllStringSubmatch(text, -1) {
			statements := "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, " + quote(key[0]) + ", '')" +
				" WHERE name = " + quote(table) + "; PRAGMA schema_version = 99999; PRAGMA writable_schema = OFF"
			list = append(list, mutant{
				kind: "foreign key out of SQLite's schema", name: table + ":" + key[0], take: w.inSQLite(statements), tests: sqliteTests,
			})
		}
	}
	for _, drop := range ask(t, "sqlite", w.sqlite,
		`SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '%\_stamp\_%' ESCAPE '\'`) {
		list = append(list, mutant{kind: "trigger of a stamp out of SQLite's schema", name: drop, take: w.inSQLite(drop), tests: sqliteTests})
	}
	require.NotEmpty(t, list)
	return list
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
