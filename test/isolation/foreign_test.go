package isolation

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// onEach runs a test on a filled service of each deployment.
func onEach(t *testing.T, prove func(t *testing.T, w *world)) {
	t.Helper()
	for _, d := range deployments {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			database, redis := d.URLs(t)
			prove(t, newWorld(t, serve(t, database, redis)))
		})
	}
}

// caller is an account that sends requests, perhaps for another org.
type caller struct {
	name   string
	who    *account
	acting *org
}

// callers returns every kind of caller that could ask for data of the other org.
func (w *world) callers() []caller {
	list := []caller{
		{name: "anonymous", who: &account{}, acting: w.ours},
		{name: "operator", who: w.operator, acting: nil},
		{name: "operator in our org", who: w.operator, acting: w.ours},
	}
	for _, who := range w.ours.accounts {
		list = append(list, caller{name: who.name, who: who, acting: nil})
	}
	return list
}

// may reports whether the caller holds the permission. An operator who acts for another org
// is an administrator there.
func (c caller) may(w *world, permission string) bool {
	held := c.who.permissions
	if c.who == w.operator && c.acting != nil {
		held = w.ours.accounts[1].permissions
	}
	return permission == "" || slices.Contains(held, permission)
}

// matrix sends one request for each route, place of an id and caller.
type matrix struct {
	*world
	d      document
	access map[string]access
	marks  []string // texts that only data of the other org contains
	cells  int
}

// TestNothingOfAnotherOrgIsReached sends every id of another org to every route, as every
// caller. The answer is that of an unknown id, contains no data of that org and changes none.
func TestNothingOfAnotherOrgIsReached(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w *world) {
		m := &matrix{world: w, d: w.document(t), access: readAccess(t)}
		routes, places := 0, 0
		cursors := m.cursors(t)
		settled()
		m.mark(t)
		for _, o := range m.d.operations {
			slots := m.d.slots(t, o)
			for _, at := range slots {
				ids, none := cursors[o.String()], ""
				if at.kind != listCursor {
					ids, none = w.foreign(t, at.kind)
				}
				before := w.database.dump(t, w.theirs.id)
				m.ask(t, o, at, ids, none)
				require.Equal(t, before, w.database.dump(t, w.theirs.id), "%s changed something of theirs, by its %s %s", o, at.in, at.name)
			}
			places += len(slots)
			routes += min(len(slots), 1)
		}
		require.Greater(t, m.cells, 500)
		t.Logf("%d of %d routes name something: %d places, %d roles, %d cells", routes, len(m.d.operations), places, len(w.callers()), m.cells)
	})
}

// mark collects the ids that only rows of the other org have, and the words in its names.
func (m *matrix) mark(t *testing.T) {
	t.Helper()
	theirs := idsOf(m.database.dump(t, m.theirs.id))
	for id := range idsOf(m.database.dump(t, m.ours.id) + m.database.dump(t, m.operator.org.id)) {
		delete(theirs, id)
	}
	require.Greater(t, len(theirs), 30)
	m.marks = append(slices.Collect(maps.Keys(theirs)), m.theirs.slug, m.theirs.domain)
}

// cursors returns cursors of the lists of the other org, as its owner gets them.
func (m *matrix) cursors(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, o := range m.d.operations {
		for _, p := range o.Parameters {
			if p.In != "query" || queries[p.Name].kind != listCursor {
				continue
			}
			who := caller{who: m.theirs.accounts[0]}
			if !who.may(m.world, m.access[o.ID].permission()) {
				continue // a list of all orgs
			}
			k, _ := pathKind(o, "id")
			r := m.d.request(o, slot{}, "", append(m.theirs.ids[k], "")[0])
			r.path += "?limit=1"
			found[o.String()] = []string{m.as(t, o, who.who, nil, r).text("next_cursor")}
		}
	}
	return found
}

// ask sends each id in one place of the route, as every caller.
func (m *matrix) ask(t *testing.T, o *operation, at slot, ids []string, none string) {
	t.Helper()
	permission := m.access[o.ID].permission()
	for _, c := range m.callers() {
		if c.who == m.operator && c.acting == nil && permission == "platform.manage" {
			continue // an operator manages all orgs
		}
		if o.Access != "account" && c.name != "anonymous" {
			continue // the route ignores the caller
		}
		nothing := ""
		if none != "" {
			nothing = m.as(t, o, c.who, c.acting, m.d.request(o, at, none, m.spare(o, at))).wording(none)
		}
		for _, id := range ids {
			a := m.as(t, o, c.who, c.acting, m.d.request(o, at, id, m.spare(o, at)))
			m.cells++
			sent := cell{operation: o, at: at, caller: c, id: id}
			m.judge(t, sent, a, nothing)
			m.mustHoldNothing(t, sent, a)
		}
	}
}

// spare returns the id for the path, or for the other id in it, while another place of the request is tested.
func (m *matrix) spare(o *operation, at slot) string {
	for _, p := range o.Parameters {
		if k, _ := pathKind(o, p.Name); p.In == "path" && k != plain && (at.in != "path" || at.name != p.Name) {
			return m.ours.ids[k][len(m.ours.ids[k])-1]
		}
	}
	return ""
}

// cell is one request of the matrix: an operation with a foreign id in one place, sent by one caller.
type cell struct {
	operation *operation
	at        slot
	caller    caller
	id        string
}

// judge compares an answer with what the contract requires. nothing is the answer to an id that does not exist.
func (m *matrix) judge(t *testing.T, sent cell, a answer, nothing string) {
	t.Helper()
	o, at, c := sent.operation, sent.at, sent.caller
	switch said := a.wording(sent.id); {
	case o.Access != "account" && nothing == "":
		if a.status < 400 || a.status >= 500 {
			t.Errorf("%s accepted their %s: %d %s", o, at.kind, a.status, a.raw)
		}
	case o.Access == "account" && c.name == "anonymous":
		expect(t, sent, a, 401, "unauthenticated")
	case c.acting != nil && c.who == m.operator && o.ownAccount():
		expect(t, sent, a, 403, "org_mismatch")
	case !c.may(m.world, m.access[o.ID].permission()):
		expect(t, sent, a, 403, "permission_denied")
	case c.acting != nil && o.boundsAccount():
		expect(t, sent, a, 403, "forbidden")
	case at.kind == listCursor:
		expect(t, sent, a, 422, "invalid")
	case at.in == "path" && a.status != 404, at.in == "body" && o.Access == "account" && a.status != 404 && a.status != 422:
		t.Errorf("%s, %s with their %s in the %s: %d %s", o, c.name, at.kind, at.in, a.status, a.raw)
	case a.status >= 500 || said != nothing:
		t.Errorf("%s, %s: the answer to their %s in the %s differs from that to an unknown one: %d %s\n%s",
			o, c.name, at.kind, at.in, a.status, said, nothing)
	}
}

func expect(t *testing.T, sent cell, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Errorf("%s, %s: want %d %s, got %d %s", sent.operation, sent.caller.name, status, code, a.status, a.raw)
	}
}

// mustHoldNothing requires that the answer and its headers contain no data of the other org but the sent id.
func (m *matrix) mustHoldNothing(t *testing.T, sent cell, a answer) {
	t.Helper()
	whole := a.raw
	for name, values := range a.header {
		whole += "\n" + name + ": " + strings.Join(values, " ")
	}
	whole = strings.ReplaceAll(whole, sent.id, "")
	for _, mark := range m.marks {
		if mark != sent.id && strings.Contains(whole, mark) {
			t.Errorf("%s shows %s something of theirs (%s): %s", sent.operation, sent.caller.name, mark, a.raw)
		}
	}
}
