package isolation

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestARequestWithAnOwnIDChangesOnlyTheOwnOrg shows that the refusals of the other tests depend on the id:
// with an id of its own org, the owner succeeds. Another org has a copy of every row of our org, with
// the same ids, and nothing in that copy changes.
func TestARequestWithAnOwnIDChangesOnlyTheOwnOrg(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w *world) {
		d, access, reached := w.document(t), readAccess(t), 0
		twin := w.database.twin(t, w.ours.id)
		for _, o := range d.operations {
			if o.Access != "account" || access[o.ID].permission() == "platform.manage" {
				continue
			}
			who := w.ours.accounts[0]
			if o.ownAccount() && o.Method != http.MethodGet {
				who = w.enrolled(t)
			}
			places := slices.DeleteFunc(d.slots(t, o), func(at slot) bool { return !slices.Contains(ofOrgs, at.kind) || at.kind == orgID })
			for _, at := range append(places, slot{}) {
				if at.kind == plain && (len(places) > 0 || o.Method == http.MethodGet) {
					continue
				}
				w.alive(t, who)
				r := w.ourRequest(t, d, o, at, who)
				w.database.mirror(t, w.ours.id, twin)
				before := w.database.dump(t, twin)
				a := w.as(t, o, who, nil, r)
				require.Equal(t, before, w.database.dump(t, twin), "%s changed the twin of our org", o)
				if at.kind != plain && a.status >= 300 {
					t.Errorf("%s with a %s of our own in the %s: %d %s", o, at.kind, at.in, a.status, a.raw)
				}
				reached++
			}
		}
		require.Greater(t, reached, 25)
		t.Logf("%d calls changed our org only", reached)
	})
}

// ourRequest returns a request with ids of our org only.
func (w *world) ourRequest(t *testing.T, d document, o *operation, at slot, who *account) request {
	t.Helper()
	id, named := "", ""
	if names := pathParameter.FindAllStringSubmatch(o.Path, -1); at.in == "path" && len(names) == 2 {
		inner, _ := pathKind(o, names[1][1])
		if id, named = w.pair(t, inner); at.name == names[1][1] {
			id, named = named, id
		}
		return d.request(o, at, id, named)
	}
	if at.kind != plain {
		id = w.own(t, at.kind, *who)
	}
	if k, known := pathKind(o, "id"); known && at.in != "path" {
		named = w.own(t, k, *who)
	}
	return d.request(o, at, id, named)
}

// enrolled creates another account of our org and signs it in.
func (w *world) enrolled(t *testing.T) *account {
	t.Helper()
	who := &account{name: "spare", org: w.ours, id: w.insertIn(t, w.ours)}
	who.email = w.database.names(t, "SELECT email FROM users WHERE id = $1", who.id)[0]
	w.enrol(t, who)
	w.clock.NextCode()
	w.signIn(t, who)
	return who
}

// twin creates a copy of an org, still without other rows.
func (d *database) twin(t *testing.T, of string) string {
	t.Helper()
	id := uuid.NewString()
	columns := d.columns(t, "orgs")
	values := slices.Clone(columns)
	values[slices.Index(columns, "id")], values[slices.Index(columns, "slug")] = "'"+id+"'", "'twin'"
	d.exec(t, "INSERT INTO orgs ("+strings.Join(columns, ",")+") SELECT "+strings.Join(values, ",")+" FROM orgs WHERE id = $1", of)
	return id
}

// mirror replaces all rows of an org by copies of the rows of another org, with the same ids. No delivery of the copy is due, so
// that the service does not send it.
func (d *database) mirror(t *testing.T, from, to string) {
	t.Helper()
	conn, err := d.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	// A trigger may have inserted the row.
	off, on, insert := "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON", "INSERT OR REPLACE INTO "
	if d.postgres {
		insert = "INSERT INTO "
		off, on = "SET session_replication_role = replica", "SET session_replication_role = origin"
	}
	statements := []string{off, "BEGIN"}
	for _, table := range d.tenantTables(t) {
		statements = append(statements, "DELETE FROM "+table+" WHERE org_id = '"+to+"'")
	}
	for _, table := range d.tenantTables(t) {
		columns := strings.Join(slices.DeleteFunc(d.columns(t, table), func(name string) bool { return name == "org_id" }), ",")
		statements = append(statements, insert+table+" (org_id,"+columns+") SELECT '"+to+"',"+columns+" FROM "+table+" WHERE org_id = '"+from+"'")
	}
	statements = append(statements, "UPDATE webhook_deliveries SET due_at = '2100-01-01 00:00:00+00:00' WHERE org_id = '"+to+"'", "COMMIT", on)
	for _, statement := range statements {
		_, err := conn.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

func (d *database) columns(t *testing.T, table string) []string {
	t.Helper()
	if d.postgres {
		return d.names(t, `
			SELECT column_name FROM information_schema.columns
			WHERE table_schema = 'public' AND is_generated = 'NEVER' AND table_name = $1 ORDER BY ordinal_position`, table)
	}
	return d.names(t, "SELECT name FROM pragma_table_info($1)", table)
}
