package isolation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryRouteAdmitsOnlyTheDeclaredCallers calls every route as every caller, in their own org, with
// unknown ids.
func TestEveryRouteAdmitsOnlyTheDeclaredCallers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w *world) {
		d, access, cells := w.document(t), readAccess(t), 0
		for _, o := range d.operations {
			for _, c := range w.callers() {
				r := d.request(o, slot{}, "", nobody)
				r.token = c.who.access
				if c.acting != nil {
					r.org = c.acting.id
				}
				a := w.send(t, r)
				cells++
				if status, code := w.refusal(o, c, access[o.ID]); status != 0 {
					if a.status != status || a.code() != code {
						t.Errorf("%s, %s: %d %s is expected, not %d %s", o, c.name, status, code, a.status, a.raw)
					}
					continue
				}
				admitted(t, o, c, a)
				if r.method != "GET" && o.Access == "account" {
					w.alive(t, c.who)
				}
			}
		}
		t.Logf("%d routes, %d callers, %d cells", len(d.operations), len(w.callers()), cells)
	})
}

// refusal returns the status and code for a caller that the route must refuse, or zero values.
func (w *world) refusal(o *operation, c caller, a access) (status int, code string) {
	switch {
	case o.Access != "account":
	case c.name == "anonymous":
		return 401, "unauthenticated"
	case c.acting != nil && o.ownAccount():
		return 403, "org_mismatch"
	case !c.may(w, a.permission()):
		return 403, "permission_denied"
	case c.acting != nil && o.boundsAccount():
		return 403, "forbidden"
	}
	return 0, ""
}

// admitted requires an answer that does not refuse the caller.
func admitted(t *testing.T, o *operation, c caller, a answer) {
	t.Helper()
	switch code := a.code(); {
	case a.status >= 500, code == "permission_denied", code == "org_mismatch":
	case o.Access == "account" && (code == "unauthenticated" || code == "session_expired" || strings.HasPrefix(code, "token_")):
	case strings.Contains(o.Path, "{") && a.status != 404 && code != "step_up_required":
	default:
		return
	}
	t.Errorf("%s does not admit %s, or not to nothing: %d %s", o, c.name, a.status, a.raw)
}

// TestTheOrgHeaderGrantsNoPermissions sends the other org in the header to every route, as every account of
// ours.
func TestTheOrgHeaderGrantsNoPermissions(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, w *world) {
		d, cells := w.document(t), 0
		settled()
		before := w.database.dump(t, w.theirs.id)
		for _, o := range d.operations {
			if o.Access != "account" {
				continue
			}
			for _, who := range w.ours.accounts {
				for _, org := range []string{w.theirs.slug, w.theirs.id} {
					r := d.request(o, slot{}, "", w.theirs.ids[accountID][0])
					r.token, r.org = who.access, org
					a := w.send(t, r)
					cells++
					if a.status != 403 || a.code() != "org_mismatch" {
						t.Errorf("%s, %s in their org: 403 org_mismatch is expected, not %d %s", o, who.name, a.status, a.raw)
					}
				}
			}
		}
		require.Equal(t, before, w.database.dump(t, w.theirs.id))
		t.Logf("%d cells", cells)
	})
}
