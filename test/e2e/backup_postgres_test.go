package e2e

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestAPostgresDumpCanBeRestored dumps and restores as docs/backup.md describes: a login that bypasses
// row level security dumps, and the owner of the tables restores. The owner cannot dump.
func TestAPostgresDumpCanBeRestored(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"pg_dump", "pg_restore"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	path, folder := binary(t), t.TempDir()
	from, to := harness.Postgres(t), harness.Postgres(t)
	suffix := strings.ToLower(rand.Text()[:12])
	owner, service, dumper := "owner_"+suffix, "service_"+suffix, "dumper_"+suffix
	administer(
		t,
		from,
		"DO $$ BEGIN CREATE ROLE sole_app NOLOGIN; EXCEPTION WHEN duplicate_object THEN END $$",
		"CREATE ROLE "+owner+" LOGIN PASSWORD 'secret'",
		"CREATE ROLE "+service+" LOGIN PASSWORD 'secret'",
		"GRANT sole_app TO "+owner+", "+service,
		"CREATE ROLE "+dumper+" LOGIN BYPASSRLS PASSWORD 'secret'",
		"GRANT pg_read_all_data TO "+dumper,
	)
	t.Cleanup(func() {
		for _, dsn := range []string{to, from} {
			administer(t, dsn, "REASSIGN OWNED BY "+owner+" TO CURRENT_USER", "DROP OWNED BY "+owner+", "+service+", "+dumper)
		}
		administer(t, from, "DROP ROLE "+owner+", "+service+", "+dumper)
	})
	as := func(login, dsn string) string {
		at, err := url.Parse(dsn)
		require.NoError(t, err)
		at.User = url.UserPassword(login, "secret")
		return at.String()
	}
	for _, dsn := range []string{from, to} {
		at, err := url.Parse(dsn)
		require.NoError(t, err)
		administer(t, dsn, "ALTER DATABASE "+pgx.Identifier{strings.TrimPrefix(at.Path, "/")}.Sanitize()+" OWNER TO "+owner)
	}
	settings := productionFile(t, as(service, from), "MIGRATION_DATABASE_URL="+as(owner, from), "SEED_ADMIN_EMAIL=owner@example.org")
	run := func(says string, args ...string) {
		t.Helper()
		output, code := sole(t, path, folder, append(args, "--env-file", settings)...)
		require.Equal(t, 0, code, output)
		require.Contains(t, output, says)
	}
	run("applied", "migrate", "up")
	run("created the owner", "seed")

	file := filepath.Join(folder, "sole.dump")
	output, err := exec.Command("pg_dump", "--format=custom", "--file="+file, as(owner, from)).CombinedOutput()
	require.Error(t, err)
	if strings.Contains(string(output), "version mismatch") {
		t.Skip("pg_dump is older than the server")
	}
	require.Contains(t, string(output), "row-level security")
	output, err = exec.Command("pg_dump", "--format=custom", "--file="+file, as(dumper, from)).CombinedOutput()
	require.NoError(t, err, string(output))
	output, err = exec.Command("pg_restore", "--exit-on-error", "--single-transaction", "--dbname="+as(owner, to), file).CombinedOutput()
	require.NoError(t, err, string(output))
	require.Equal(t, rowsOf(t, from), rowsOf(t, to))
	require.Positive(t, rowsOf(t, to)["audit_events"])

	text, err := os.ReadFile(settings)
	require.NoError(t, err)
	settings = envFile(t, strings.NewReplacer(as(service, from), as(service, to), as(owner, from), as(owner, to)).Replace(string(text)))
	run("nothing to do", "migrate", "up")
	run("ended 0 sessions, 0 remembered devices, 0 mailed links and 1 unfinished sign-ins or first runs in 1 orgs", "backup", "restored")
	run("ok    default org", "doctor")
	run("All", "prove", "isolation")
}

// rowsOf counts the rows of every table. The login of the DSN must bypass row level security.
func rowsOf(t *testing.T, dsn string) map[string]int {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace")
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	counts := map[string]int{}
	for _, table := range tables {
		var n int
		require.NoError(t, conn.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n))
		counts[table] = n
	}
	return counts
}
