package isolation

import (
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"
)

// database is the database of the service, read by a superuser.
type database struct {
	*sql.DB
	postgres bool
}

func openDatabase(t *testing.T, dsn string) *database {
	t.Helper()
	d := &database{postgres: true}
	driver, source := "pgx", dsn
	if path, embedded := strings.CutPrefix(dsn, "sqlite://"); embedded {
		driver, source, d.postgres = "sqlite", path+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)", false
	}
	db, err := sql.Open(driver, source)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	d.DB = db
	return d
}

func (d *database) exec(t *testing.T, statement string, args ...any) {
	t.Helper()
	_, err := d.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err, statement)
}

// names runs a query with one column of text and returns its values.
func (d *database) names(t *testing.T, query string, args ...any) (list []string) {
	t.Helper()
	rows, err := d.QueryContext(t.Context(), query, args...)
	require.NoError(t, err, query)
	defer func() { require.NoError(t, rows.Close()) }()
	for rows.Next() {
		var name string
		require.NoError(t, rows.Scan(&name))
		list = append(list, name)
	}
	require.NoError(t, rows.Err())
	return list
}

func (d *database) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, d.QueryRowContext(t.Context(), query, args...).Scan(&n), query)
	return n
}

// tenantTables returns the tables whose rows belong to orgs, except orgs itself.
func (d *database) tenantTables(t *testing.T) []string {
	t.Helper()
	query := `SELECT t.name FROM pragma_table_list t WHERE t.schema = 'main' AND EXISTS (SELECT 1 FROM pragma_table_info(t.name)
		WHERE name = 'org_id') ORDER BY 1`
	if d.postgres {
		query = `SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'org_id'
			AND NOT (SELECT relispartition FROM pg_class WHERE oid = table_name::regclass) ORDER BY 1`
	}
	tables := d.names(t, query)
	require.GreaterOrEqual(t, len(tables), 11)
	return tables
}

// sealing and background list the tables and the columns that the service changes without a request.
var (
	sealing    = []string{"audit_waiting", "audit_seals", "audit_proofs"}
	background = []string{"last_seen_at", "indexed"}
)

// dump returns every row of the org, without what the service changes without a request.
func (d *database) dump(t *testing.T, org string) string {
	t.Helper()
	lines := d.rows(t, "SELECT * FROM orgs WHERE id = $1", org)
	for _, table := range d.tenantTables(t) {
		if slices.Contains(sealing, table) {
			continue
		}
		rows := d.rows(t, "SELECT * FROM "+table+" WHERE org_id = $1", org)
		slices.Sort(rows)
		for _, row := range rows {
			lines = append(lines, table+": "+row)
		}
	}
	return strings.Join(lines, "\n")
}

func (d *database) rows(t *testing.T, query string, args ...any) (lines []string) {
	t.Helper()
	rows, err := d.QueryContext(t.Context(), query, args...)
	require.NoError(t, err, query)
	defer func() { require.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, rows.Scan(targets...))
		var line strings.Builder
		for i, column := range columns {
			if slices.Contains(background, column) {
				continue
			}
			if raw, ok := values[i].([]byte); ok {
				values[i] = string(raw)
			}
			_, _ = fmt.Fprintf(&line, "%s=%v ", column, values[i])
		}
		lines = append(lines, line.String())
	}
	require.NoError(t, rows.Err())
	return lines
}

var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// idsOf returns the ids in a dump.
func idsOf(dump string) map[string]bool {
	found := map[string]bool{}
	for _, id := range anID.FindAllString(dump, -1) {
		found[id] = true
	}
	return found
}
