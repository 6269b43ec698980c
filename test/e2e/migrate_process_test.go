package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/migrations"
	"github.com/sole-platform/sole/test/harness"
)

// TestMigrateUpChecksBeforeItChangesAnything does what the job does that runs before an upgrade in Kubernetes: with mistakes in the
// configuration, an unreachable database, and one that is empty, older, newer or too new for this build.
func TestMigrateUpChecksBeforeItChangesAnything(t *testing.T) {
	t.Parallel()
	path, folder, database := binary(t), t.TempDir(), harness.Postgres(t)
	settings := productionFile(t, database)
	run := func(code int, says, file string, args ...string) string {
		t.Helper()
		output, got := sole(t, path, folder, append(args, "--env-file", file)...)
		require.Equal(t, code, got, output)
		require.Contains(t, output, says)
		return output
	}
	check := func(code int, says, file string) {
		t.Helper()
		output := run(code, says, file, "migrate", "up", "--check")
		require.Equal(t, code == 1, strings.Contains(output, "nothing was migrated"), output)
	}

	missing := envFile(t, "ENVIRONMENT=production", "DATABASE_URL="+database, "REDIS_URL="+harness.Redis(t), "PUBLIC_URL=id.example.org")
	check(1, "SECRET_KEY: write at least 32 random characters", missing)
	check(1, "PUBLIC_URL: write a URL that starts with http", missing)
	check(1, "start the server, create the database, or correct DATABASE_URL", productionFile(t, "postgres://u@127.0.0.1:1/d"))
	run(0, "00001_foundation.sql                     pending", settings, "migrate", "status")
	check(0, "applied 00001_foundation.sql", settings)
	check(0, "nothing to do: the schema is up to date", settings)

	run(0, "undone", settings, "migrate", "down")
	check(0, fmt.Sprintf("applied %05d_", migrations.Newest()), settings)
	administer(t, database, "INSERT INTO canaries (name, sealed) VALUES ('secret_key', 'sealed with another key')")
	check(1, "SECRET_KEY", settings)
	run(0, "undone", settings, "migrate", "down")
	check(1, "SECRET_KEY is not the one that this database was first used with", settings)
	run(0, "applied", settings, "migrate", "up")
	administer(t, database, "DELETE FROM canaries")

	newer := func(version int64) string {
		return fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, true)", version)
	}
	administer(t, database, newer(migrations.Newest()+1))
	check(0, fmt.Sprintf("a newer version of this service has migrated the database, up to %05d", migrations.Newest()+1), settings)
	run(0, "applied by a newer version of this service", settings, "migrate", "status")
	administer(t, database, newer(migrations.Newest()+1000))
	check(1, "install the version that migrated it, or a later one", settings)
	run(1, "install the version that migrated it, or a later one", settings, "migrate", "up")
	run(1, "install the version that migrated it, or a later one", settings, "serve")
	run(1, "install the version that migrated it, or a later one", settings, "doctor")
}
