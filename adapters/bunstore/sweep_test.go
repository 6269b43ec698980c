package bunstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestSweepRemovesManyRowsInSmallStatements fills a table with more outdated rows than one statement removes. A trigger refuses
// larger statements, which the time limit of statements would end in a large deployment.
func TestSweepRemovesManyRowsInSmallStatements(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	store := postgres(t, dsn)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	now := time.Now()
	_, err = conn.Exec(t.Context(), `
		INSERT INTO orgs (id, name, slug, status, platform, created_at, updated_at, version)
			VALUES ('00000000-0000-4000-8000-0000000000aa', 'Org', 'org', 'active', false, now(), now(), 1);
		INSERT INTO tickets (org_id, kind, hash, content, expires_at)
			SELECT '00000000-0000-4000-8000-0000000000aa', 'challenge', n, '', now() + CASE n % 3 WHEN 0 THEN 1 ELSE -1 END * interval '1 hour'
			FROM generate_series(1, 4500) n;
		CREATE FUNCTION refuse_many() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF (SELECT count(*) FROM gone) > 1000 THEN RAISE 'too many rows in one statement'; END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER refuse_many AFTER DELETE ON tickets REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION refuse_many();`)
	require.NoError(t, err)
	removed, err := store.Platform().Sweep(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, 3000, removed)
	removed, err = store.Platform().Sweep(t.Context(), now)
	require.NoError(t, err)
	require.Zero(t, removed)
}

// TestSweepFindsOutdatedRowsByAnIndex covers the tables that grow with the number of accounts.
func TestSweepFindsOutdatedRowsByAnIndex(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	postgres(t, dsn)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), "SET enable_seqscan = off")
	require.NoError(t, err)
	for index, condition := range map[string]string{
		"sessions_by_expiry": "sessions WHERE expires_at < now()", "sessions_by_end": "sessions WHERE ended_at < now()",
		"devices_by_expiry": "devices WHERE expires_at < now()", "devices_by_end": "devices WHERE ended_at < now()",
	} {
		rows, err := conn.Query(t.Context(), "EXPLAIN SELECT org_id, id FROM "+condition+" LIMIT 1000")
		require.NoError(t, err)
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		require.Contains(t, strings.Join(plan, "\n"), index)
	}
}
