package isolation

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// onEach fills a service of each deployment.
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

// caller is someone who asks, perhaps in the name of another org.
type caller struct {
	name   string
	who    *account
	acting *org
}

// callers are everyone who could ask for what is theirs.
func (w *world) callers() []caller {
	list := []caller{{"anonymous", &account{}, w.ours}, {"operator", w.operator, nil}, {"operator in our org", w.operator, w.ours}}
	for _, who := range w.ours.accounts {
		list = append(list, caller{who.name, who, nil})
	}
	return list
}

// may tells whether the caller holds the permission. An operator who acts for another org
// is an administrator there.
func (c caller) may(w *world, permission string) bool {
	held := c.who.permissions
	if c.who == w.operator && c.acting != nil {
		held = w.ours.accounts[1].permissions
	}
	return permission == "" || slices.Contains(held, permission)
}

// matrix asks for what is theirs, cell by cell.
type matrix struct {
	*world
	d      document
	access map[string]access
	marks  []string // what only their answers could hold
	cells  int
}

// TestNothingOfAnotherOrgIsReached asks every route, as everyone, for every id of another
// org: it is as good as none, nothing of that org comes back and nothing of it changes.
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

// mark notes every id that is in their rows only, and the words in all their names.
func (m *matrix) mark(t *testing.T) {
	t.Helper()
	theirs := idsOf(m.database.dump(t, m.theirs.id))
	for id := range idsOf(m.database.dump(t, m.ours.id) + m.database.dump(t, m.operator.org.id)) {
		delete(theirs, id)
	}
	require.Greater(t, len(theirs), 30)
	m.marks = append(slices.Collect(maps.Keys(theirs)), m.theirs.slug, m.theirs.domain)
}

// cursors are places in their lists, which their owner was given.
func (m *matrix) cursors(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, o := range m.d.operations {
		for _, p := range o.Parameters {
			if p.In != "query" || queries[p.Name].kind != listCursor {
				continue
			}
			who := caller{who: m.theirs.accounts[0]}
			if !who.may(m.world, m.access[o.String()].permission()) {
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

// ask fills one place with each id, as everyone.
func (m *matrix) ask(t *testing.T, o *operation, at slot, ids []string, none string) {
	t.Helper()
	permission := m.access[o.String()].permission()
	for _, c := range m.callers() {
		if c.who == m.operator && c.acting == nil && permission == "platform.manage" {
			continue // all orgs are theirs to manage
		}
		if o.Access != "account" && c.name != "anonymous" {
			continue // such a route does not look at who calls
		}
		nothing := ""
		if none != "" {
			nothing = m.as(t, o, c.who, c.acting, m.d.request(o, at, none, m.spare(o, at))).wording(none)
		}
		for _, id := range ids {
			a := m.as(t, o, c.who, c.acting, m.d.request(o, at, id, m.spare(o, at)))
			m.cells++
			m.judge(t, o, at, c, id, a, nothing)
			m.mustHoldNothing(t, o, c, id, a)
		}
	}
}

// spare is what the path names while another place is asked.
func (m *matrix) spare(o *operation, at slot) string {
	k, _ := pathKind(o, "id")
	if at.in == "path" || k == plain {
		return ""
	}
	return m.ours.ids[k][len(m.ours.ids[k])-1]
}

// judge compares one answer with what the contract demands of it.
func (m *matrix) judge(t *testing.T, o *operation, at slot, c caller, id string, a answer, nothing string) {
	t.Helper()
	switch said := a.wording(id); {
	case o.Access != "account" && nothing == "":
		if a.status < 400 || a.status >= 500 {
			t.Errorf("%s took their %s: %d %s", o, at.kind, a.status, a.raw)
		}
	case o.Access == "account" && c.name == "anonymous":
		m.expect(t, o, c, a, 401, "unauthenticated")
	case c.acting != nil && c.who == m.operator && o.ownAccount():
		m.expect(t, o, c, a, 403, "org_mismatch")
	case !c.may(m.world, m.access[o.String()].permission()):
		m.expect(t, o, c, a, 403, "permission_denied")
	case at.kind == listCursor:
		m.expect(t, o, c, a, 422, "invalid")
	case at.in == "path" && a.status != 404, at.in == "body" && o.Access == "account" && a.status != 404 && a.status != 422:
		t.Errorf("%s, %s with their %s in the %s: %d %s", o, c.name, at.kind, at.in, a.status, a.raw)
	case a.status >= 500 || said != nothing:
		t.Errorf("%s, %s: their %s in the %s is told from none: %d %s\n%s", o, c.name, at.kind, at.in, a.status, said, nothing)
	}
}

func (m *matrix) expect(t *testing.T, o *operation, c caller, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.code() != code {
		t.Errorf("%s, %s: %d %s is expected, not %d %s", o, c.name, status, code, a.status, a.raw)
	}
}

// mustHoldNothing searches the answer, headers and all, for anything of theirs that was not sent.
func (m *matrix) mustHoldNothing(t *testing.T, o *operation, c caller, sent string, a answer) {
	t.Helper()
	whole := a.raw
	for name, values := range a.header {
		whole += "\n" + name + ": " + strings.Join(values, " ")
	}
	whole = strings.ReplaceAll(whole, sent, "")
	for _, mark := range m.marks {
		if mark != sent && strings.Contains(whole, mark) {
			t.Errorf("%s shows %s something of theirs (%s): %s", o, c.name, mark, a.raw)
		}
	}
}
