package e2e

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/bootstrap"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

// unserved returns the configuration of an embedded deployment that no process serves, with some orgs more than it had.
func unserved(t *testing.T, orgs int) bootstrap.Config {
	t.Helper()
	database, _ := inprocess.Deployments()[0].URLs(t)
	s := replica(t, configure(t, database, "memory://"), &clock{})
	s.awaitCanary(t)
	s.stop()
	_, err := s.db(t).ExecContext(t.Context(), `WITH RECURSIVE made(n) AS (SELECT 1 WHERE ?1 > 0 UNION ALL SELECT n + 1 FROM made WHERE n < ?1)
		INSERT INTO orgs (id, name, slug, status, created_at, updated_at, version)
		SELECT printf('00000000-0000-4000-9000-%012d', n), 'Org', 'org-' || n, 'active',
			'2026-11-30 20:00:00+00:00', '2026-11-30 20:00:00+00:00', 1
		FROM made`, orgs)
	require.NoError(t, err)
	return s.app.Config
}

// rowsIn counts the orgs in a PostgreSQL database; none without the table.
func rowsIn(t *testing.T, dsn string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	var known bool
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT to_regclass('orgs') IS NOT NULL").Scan(&known))
	if known {
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM orgs").Scan(&n))
	}
	return n
}

func TestAMoveIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	program, config := binary(t), unserved(t, 0)
	file, postgres := strings.TrimPrefix(config.DatabaseURL, "sqlite://"), harness.Postgres(t)
	refused := func(says, from, to string, env ...string) {
		t.Helper()
		command := productCommand(t, program, config, "move", "--from", from, "--to", to)
		command.Env = append(command.Env, env...)
		output, err := command.CombinedOutput()
		require.Error(t, err, string(output))
		require.Contains(t, string(output), says)
		require.Zero(t, rowsIn(t, postgres), says)
	}
	refused("both URLs name the same database: name another one with --to", config.DatabaseURL, config.DatabaseURL)
	refused("--from: unknown scheme: write", "mysql://x", postgres)
	refused("--to: the URL has no host", config.DatabaseURL, "postgres:///x")
	refused("nothing.db does not exist", "sqlite://nothing.db", postgres)
	refused("set SECRET_KEY to the one that the service runs with", config.DatabaseURL, postgres, "SECRET_KEY="+otherKey)

	unlock, err := bunstore.SQLite{}.Lock(file)
	require.NoError(t, err)
	refused("another process already serves this database file: stop it", config.DatabaseURL, postgres)
	require.NoError(t, unlock())

	occupied, full := unserved(t, 1), harness.Postgres(t)
	refused("the target is not empty: its table", config.DatabaseURL, occupied.DatabaseURL)
	operate(t, program, occupied, "move", "--from", occupied.DatabaseURL, "--to", full)
	refused("the target is not empty: its table", config.DatabaseURL, full)

	served, err := url.Parse(full)
	require.NoError(t, err)
	served.RawQuery = "application_name=sole"
	conn, err := pgx.Connect(t.Context(), served.String())
	require.NoError(t, err)
	refused("the service still uses it: it has 1 connections; stop every process", full, postgres)
	_, err = conn.Exec(t.Context(), "SET application_name = 'psql'; BEGIN; UPDATE orgs SET name = 'New'")
	require.NoError(t, err)
	refused("one of its transactions keeps a table locked", full, postgres)
	require.NoError(t, conn.Close(t.Context()))

	s := &service{app: &bootstrap.App{Config: config}}
	s.exec(t, "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
	refused("run `sole migrate up` on the source first", config.DatabaseURL, postgres)
	s.exec(t, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
	refused("use the version of sole that migrated it", config.DatabaseURL, postgres)
}

// TestAKilledMoveLeavesNothing kills moves while they write, and runs them again.
func TestAKilledMoveLeavesNothing(t *testing.T) {
	t.Parallel()
	program, config := binary(t), unserved(t, 40_000)
	kill := func(from, to string, writes func() bool) {
		t.Helper()
		command := productCommand(t, program, config, "move", "--from", from, "--to", to)
		said := &bytes.Buffer{}
		command.Stdout, command.Stderr = said, said
		require.NoError(t, command.Start())
		require.Eventually(t, writes, 30*time.Second, 5*time.Millisecond)
		require.NoError(t, command.Process.Kill())
		require.Error(t, command.Wait(), said.String())
	}
	postgres := harness.Postgres(t)
	watcher, err := pgx.Connect(t.Context(), postgres)
	require.NoError(t, err)
	defer func() { _ = watcher.Close(context.Background()) }()
	kill(config.DatabaseURL, postgres, func() (copies bool) {
		err := watcher.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_progress_copy
			WHERE datname = current_database() AND tuples_processed > 100)`).Scan(&copies)
		return err == nil && copies
	})
	require.Zero(t, rowsIn(t, postgres))
	there := operate(t, program, config, "move", "--from", config.DatabaseURL, "--to", postgres)

	again := filepath.Join(t.TempDir(), "again.db")
	written := filepath.Join(filepath.Dir(again), ".again.db.restore", "moved.db")
	kill(postgres, "sqlite://"+again, func() bool {
		info, err := os.Stat(written)
		return err == nil && info.Size() > 1<<20
	})
	require.NoFileExists(t, again)
	require.Equal(t, checksums(t, there), checksums(t, operate(t, program, config, "move", "--from", postgres, "--to", "sqlite://"+again)))
	require.NoDirExists(t, filepath.Dir(written))
}

// TestTheOwnerOfTheTablesCanMoveThem moves with a login that row level security binds, and copies the files.
func TestTheOwnerOfTheTablesCanMoveThem(t *testing.T) {
	t.Parallel()
	program, config := binary(t), unserved(t, 3)
	require.NoError(t, os.MkdirAll(config.UploadDir+"/org", 0o700))
	require.NoError(t, os.WriteFile(config.UploadDir+"/org/file", []byte("content"), 0o600))
	admin := harness.Postgres(t)
	owner, err := url.Parse(admin)
	require.NoError(t, err)
	name := "sole_mover_" + strings.TrimPrefix(owner.Path, "/sole_test_")
	conn, err := pgx.Connect(t.Context(), admin)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for _, statement := range []string{
		`DO $$ BEGIN CREATE ROLE sole_app NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
		"CREATE ROLE " + name + " LOGIN PASSWORD 'a-password-to-hide'", "GRANT sole_app TO " + name,
		"ALTER DATABASE " + strings.TrimPrefix(owner.Path, "/") + " OWNER TO " + name,
	} {
		_, err = conn.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, admin)
		require.NoError(t, err)
		_, err = conn.Exec(ctx, "REASSIGN OWNED BY "+name+" TO CURRENT_USER; DROP OWNED BY "+name+"; DROP ROLE "+name)
		require.NoError(t, err)
		require.NoError(t, conn.Close(ctx))
	})
	owner.User = url.UserPassword(name, "a-password-to-hide")
	files := filepath.Join(t.TempDir(), "files")
	there := operate(t, program, config, "move", "--from", config.DatabaseURL, "--to", owner.String(), "--files-to", files)
	require.Contains(t, there, "other accounts of this machine can read the password in --to")
	require.Contains(t, there, "Copied and compared 1 uploaded files")
	require.Equal(t, map[string]string{"org/file": "content"}, harness.PrivateFiles(t, files))
	require.Equal(t, 4, rowsIn(t, admin))
	var suspended int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity)
		+ (SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O')`).Scan(&suspended))
	require.Zero(t, suspended, "row level security and triggers are as before")

	back := operate(t, program, config, "move", "--from", owner.String(), "--to", "sqlite://"+filepath.Join(t.TempDir(), "back.db"))
	require.Equal(t, checksums(t, there), checksums(t, back))
	require.NotContains(t, there+back, "a-password-to-hide")

	held, err := os.ReadFile(files + "/org/file")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(files+"/org/file", append(held, '!'), 0o600))
	other := "sqlite://" + filepath.Join(t.TempDir(), "other.db")
	output, err := productCommand(t, program, config, "move", "--from", owner.String(), "--to", other, "--files-to", files).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "it holds other files: org/file differs")
}
