package isolation

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/harness"
	"github.com/sole-platform/sole/test/inprocess"
)

// kept is a database that a service has filled with two orgs; the service has stopped.
type kept struct {
	*database
	dsn          string
	ours, theirs string
}

// TestTheDatabaseKeepsOrgsApart does not use the service: the database alone must refuse access to another
// org.
func TestTheDatabaseKeepsOrgsApart(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			k := fill(t, d)
			t.Run("by its catalogue", k.provesItself)
			t.Run("no row belongs to a row of another org", k.refersToNone)
			if !k.postgres {
				return
			}
			r := newRows(t, k)
			t.Run("it shows no row of another org", r.showsNone)
			t.Run("it takes no row of another org", r.takesNone)
			t.Run("events cannot be changed", r.keepsEvents)
			t.Run("each door opens what it is for", r.opensDoors)
			t.Run("its policies can be neither unmade nor avoided", r.staysBound)
		})
	}
}

// fill returns a filled database. Package sabotage selects the database by an environment variable: first
// an empty one, later a copy without one of the protections.
func fill(t *testing.T, d inprocess.Deployment) *kept {
	t.Helper()
	dsn, redis := d.URLs(t)
	if given := os.Getenv("SOLE_TEST_WORLD"); strings.HasPrefix(given, "sqlite:") == strings.HasPrefix(dsn, "sqlite:") && given != "" {
		dsn = given
	}
	k := &kept{database: openDatabase(t, dsn), dsn: dsn}
	if k.empty(t) {
		filled := t.Run("filled", func(t *testing.T) {
			newWorld(t, serve(t, dsn, redis))
			require.Eventually(t, func() bool {
				return k.count(t, "SELECT count(*) FROM canaries")*k.count(t, "SELECT count(*) FROM signing_keys") > 0
			}, 10*time.Second, 20*time.Millisecond)
		})
		require.True(t, filled)
		k.exec(t, "INSERT INTO audit_waiting (org_id, event_id) SELECT id, id FROM orgs") // in case all events are sealed
	}
	k.ours = k.names(t, "SELECT id FROM orgs WHERE slug = 'acme-inc'")[0]
	k.theirs = k.names(t, "SELECT id FROM orgs WHERE slug = 'globex'")[0]
	return k
}

func (k *kept) empty(t *testing.T) bool {
	t.Helper()
	tables := "SELECT count(*) FROM sqlite_schema WHERE name = 'orgs'"
	if k.postgres {
		tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'orgs'"
	}
	return k.count(t, tables) == 0 || k.count(t, "SELECT count(*) FROM orgs") == 0
}

// provesItself runs the checks of `sole prove isolation`.
func (k *kept) provesItself(t *testing.T) {
	open := bunstore.Postgres{}.Open
	if !k.postgres {
		open = bunstore.SQLite{}.Open
	}
	store, err := open(port.DatabaseURLs{Service: k.dsn}, harness.Hooks())
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	proofs, err := store.ProveIsolation(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(proofs), 6)
	for _, proof := range proofs {
		if proof.Examined == 0 || len(proof.Faults) > 0 {
			t.Errorf("%d examined, of which these fail: %s: %q", proof.Examined, proof.Claim, proof.Faults)
		}
	}
}

// refersToNone requires that foreign keys refuse references to rows of another org, without row level security.
func (k *kept) refersToNone(t *testing.T) {
	list := k.references(t)
	require.GreaterOrEqual(t, len(list), 7)
	for _, r := range list {
		query := "SELECT count(*) FROM " + r.target + " WHERE org_id = $1" +
			" AND " + r.named + " NOT IN (SELECT " + r.named + " FROM " + r.target + " WHERE org_id = $2)"
		if k.count(t, query, k.theirs, k.ours) == 0 {
			continue // numbered from 1 in every org, so that both orgs have the same numbers
		}
		one := "" // or a row that is refused as a duplicate
		if k.postgres {
			one = " AND ctid = (SELECT ctid FROM " + r.table + " WHERE org_id = $2 AND " + r.column + " IS NOT NULL LIMIT 1)"
		}
		_, err := k.ExecContext(t.Context(), k.update()+r.table+" SET "+r.column+" = (SELECT "+r.named+" FROM "+r.target+
			" WHERE org_id = $1 LIMIT 1) WHERE org_id = $2 AND "+r.column+" IS NOT NULL"+one, k.theirs, k.ours)
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), "foreign key") {
			t.Errorf("%s.%s of ours may name a row of theirs: %v", r.table, r.column, err)
		}
	}
}
