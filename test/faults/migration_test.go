//go:build unix

package faults

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/migrations"
	"github.com/sole-platform/sole/test/harness"
)

// TestFiveProcessesMigrateInParallel begins with an empty database: one process applies each
// migration, and all processes succeed.
func TestFiveProcessesMigrateInParallel(t *testing.T) {
	for name, database := range map[string]func(*testing.T) string{
		"postgres": func(t *testing.T) string { return harness.Postgres(t) },
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "sole.db") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := configure(t, database(t), "memory://")
			d.sole(t, "version") // builds the binary first
			var (
				processes sync.WaitGroup
				outputs   [5]string
				failures  [5]error
			)
			for i := range outputs {
				command := d.command(t, "migrate", "up")
				processes.Go(func() {
					output, err := command.CombinedOutput()
					outputs[i], failures[i] = string(output), err
				})
			}
			processes.Wait()
			for i, err := range failures {
				require.NoError(t, err, outputs[i])
			}
			all := strings.Join(outputs[:], "")
			require.Equal(t, 1, strings.Count(all, fmt.Sprintf("applied %05d_", migrations.Newest())), all)
			require.Equal(t, 1, strings.Count(all, "applied 00001_"), all)
			output, err := d.command(t, "migrate", "status").CombinedOutput()
			require.NoError(t, err)
			require.NotContains(t, string(output), "pending")
			d.sole(t, "seed")
			d.serve(t).get("/health/ready", "").is(t, 200, "")
		})
	}
}

// TestAnOlderVersionRunsOnANewerSchema adds a column to every table, as a newer version does, under load. The
// older version continues, restarts and is ready.
func TestAnOlderVersionRunsOnANewerSchema(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	d := deploy(t, database, harness.Redis(t)+"?prefix="+uuid.NewString())
	s := d.serve(t)
	owner := s.enrol(t)
	l := begin(t, owner.access, s)
	began, db := time.Now(), look(t, database)
	rows, err := db.QueryContext(t.Context(), `
		SELECT relname FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
			AND relname NOT LIKE 'river%' AND relname NOT LIKE 'goose%' ORDER BY 1`)
	require.NoError(t, err)
	defer func() { _ = rows.Close() }()
	var tables []string
	for rows.Next() {
		var table string
		require.NoError(t, rows.Scan(&table))
		tables = append(tables, table)
	}
	require.NoError(t, rows.Err())
	require.Greater(t, len(tables), 15)
	for i, table := range tables {
		_, err := db.ExecContext(t.Context(),
			fmt.Sprintf("ALTER TABLE %s ADD COLUMN added_later text; CREATE INDEX newer_%d ON %s (added_later)", table, i, table))
		require.NoError(t, err)
	}
	_, err = db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, true)", migrations.Newest()+1)
	require.NoError(t, err)
	l.served(t)

	younger := d.serve(t)
	for _, replica := range []*service{s, younger} {
		replica.get("/health/ready", "").is(t, 200, "")
	}
	challenge := younger.login(ownerEmail).is(t, 200, "").text("challenge.token")
	proof := map[string]any{"challenge_token": challenge, "recovery_code": owner.recoveryCode(), "remember_device": true}
	s.post("/auth/login/mfa", proof).is(t, 200, "")
	d.sole(t, "migrate", "up")
	mustBe(t, l.during(time.Second), fine...)
	mustBe(t, l.after(began), fine...)
	l.nothingLost(t, younger, database)
}
