//go:build unix

package upgrade

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/migrations"
	"github.com/sole-platform/sole/test/harness"
)

// TestUpgradeAndRollBackUnderLoad does what docs/upgrading.md says, on PostgreSQL and Redis. No request may fail.
func TestUpgradeAndRollBackUnderLoad(t *testing.T) {
	t.Parallel()
	database := harness.Postgres(t)
	redis := harness.Redis(t)
	previous, current := programs(t)
	d := configure(t, "DATABASE_URL="+database, "REDIS_URL="+redis+"?prefix="+uuid.NewString())
	d.run(t, previous, "migrate", "up")
	d.run(t, previous, "seed")
	schema := schemaOf(t, database)

	var r router
	old := []*replica{d.serve(t, previous), d.serve(t, previous)}
	r.use(old...)
	o := r.enrol(t)
	l := begin(t, &r, o.access)
	l.served(t, "the previous release")

	if schema < migrations.Newest() {
		require.Contains(t, d.fails(t, current, "serve"), "run `sole migrate up`", "it starts on no database that is behind")
		require.Contains(t, d.fails(t, current, "doctor"), "run `sole migrate up`")
	}
	d.run(t, current, "migrate", "up")
	require.Equal(t, migrations.Newest(), schemaOf(t, database))
	l.served(t, "migrated, the previous release serves")

	fresh := []*replica{d.serve(t, current)}
	r.use(old[0], fresh[0])
	l.served(t, "both versions serve")
	old[1].stop(t)
	o.keeps(t, &r)
	fresh = append(fresh, d.serve(t, current))
	r.use(fresh...)
	old[0].stop(t)
	l.served(t, "this build serves")
	o.keeps(t, &r)
	d.run(t, current, "audit", "seal")
	require.Contains(t, d.run(t, current, "audit", "verify"), "events hold")

	old = []*replica{d.serve(t, previous)}
	r.use(fresh[1], old[0])
	l.served(t, "both versions serve again")
	fresh[0].stop(t)
	r.use(old...)
	fresh[1].stop(t)
	o.keeps(t, &r)
	require.Contains(t, d.run(t, previous, "audit", "verify"), "events hold", "the previous release accepts the seals of this build")
	for schemaOf(t, database) > schema {
		d.run(t, current, "migrate", "down")
	}
	l.served(t, "rolled back with its schema")
	o.keeps(t, &r)
	require.Contains(t, d.run(t, previous, "doctor"), "ok", "as before the upgrade")

	d.run(t, current, "migrate", "up")
	fresh = []*replica{d.serve(t, current)}
	r.use(fresh...)
	old[0].stop(t)
	o.keeps(t, &r)
	l.served(t, "upgraded again")
	l.nothingLost(t, database)
	d.run(t, current, "audit", "seal")
	require.Contains(t, d.run(t, current, "audit", "verify"), "events hold")
}

// schemaOf returns the newest migration that a database has.
func schemaOf(t *testing.T, database string) (version int64) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT max(version_id) FROM goose_db_version").Scan(&version))
	return version
}

// TestUpgradeAndRollBackOfAFolder replaces the program of a deployment with SQLite, which is migrated at the start.
func TestUpgradeAndRollBackOfAFolder(t *testing.T) {
	t.Parallel()
	previous, current := programs(t)
	d := configure(t)
	var r router
	running := d.serve(t, previous)
	r.use(running)
	o := r.enrol(t)
	for i, p := range []program{current, previous, current} {
		running.stop(t)
		running = d.serve(t, p)
		r.use(running)
		o.keeps(t, &r)
		written := map[string]any{"email": fmt.Sprintf("written%d@example.org", i), "full_name": "Written"}
		r.ask(0, "POST", "/members", o.access, written).is(t, 201)
	}
	a := r.ask(0, "GET", "/members?q=written", o.access, nil).is(t, 200)
	require.Len(t, a.body["items"], 3)
	running.stop(t)
	d.run(t, current, "audit", "seal")
	require.Contains(t, d.run(t, current, "audit", "verify"), "events hold")
}
