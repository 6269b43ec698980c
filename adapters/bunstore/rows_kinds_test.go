package bunstore_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestTheFirstStatementReturnsTheValuesOfTheNext runs a query twice in a transaction. The first is sent together with what
// begins the transaction and read by batchRows, the second is read by the driver.
func TestTheFirstStatementReturnsTheValuesOfTheNext(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	postgres(t, dsn)
	administer(t, dsn, "CREATE TYPE mood AS ENUM ('good')", "GRANT USAGE ON TYPE mood TO PUBLIC")
	db := opened(t, dsn, "").SQL()
	for _, value := range []string{
		"true", "1::int2", "1::int4", "1::int8", "1.5::float4", "1.5::float8", "1.50::numeric", "'a'::text", "'a'::varchar(3)", "'a'::char(3)",
		"'a'::name", `'\x00ff'::bytea`, "now()", "now()::timestamp", "now()::date", "now()::time", "'1 day'::interval", `'{"a": 1}'::jsonb`,
		`'{"a": 1}'::json`, "gen_random_uuid()", "'{1,2}'::int[]", "'{a,b}'::text[]", "1::oid", "'192.0.2.1'::inet",
		"'good'::mood", "NULL::text", "NULL::jsonb", "ROW(1, 'a')", "'infinity'::timestamptz", "''::text", "'orgs'::regclass",
	} {
		tx, err := db.BeginTx(t.Context(), nil)
		require.NoError(t, err)
		first, second := values(t, tx, value), values(t, tx, value)
		if value != "gen_random_uuid()" {
			require.Equal(t, second, first, value)
		}
		require.Equal(t, fmt.Sprintf("%T", second), fmt.Sprintf("%T", first), value)
		require.NoError(t, tx.Rollback())
	}
}

// values returns three rows of the value, so that a row that shares the memory of another is noticed.
func values(t *testing.T, tx *sql.Tx, value string) (all []any) {
	t.Helper()
	rows, err := tx.QueryContext(t.Context(), "SELECT "+value+", n FROM generate_series(1, $1::int) n", 3)
	require.NoError(t, err, value)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var one, n any
		require.NoError(t, rows.Scan(&one, &n), value)
		all = append(all, one, n)
	}
	require.NoError(t, rows.Err())
	require.Len(t, all, 6)
	return all
}
