package http

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

const home domain.OrgID = "00000000-0000-4000-8000-000000000001"

func TestACursorIsValidForItsOwnListOnly(t *testing.T) {
	t.Parallel()
	c := NewCursors(CursorKey{1})
	place := domain.AuditPlace{At: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), ID: "00000000-0000-4000-8000-00000000000e"}
	scope := CursorScope{List: "events", Org: home, Filter: map[string]string{"action": "a", "actor_id": "b"}}
	cursor, err := c.Seal(scope, place)
	require.NoError(t, err)
	opened, err := openCursor[domain.AuditPlace](c, scope, cursor)
	require.NoError(t, err)
	require.Equal(t, place, opened)
	same := CursorScope{List: "events", Org: home, Filter: map[string]string{"actor_id": "b", "action": "a"}}
	opened, err = openCursor[domain.AuditPlace](c, same, cursor)
	require.NoError(t, err)
	require.Equal(t, place, opened)

	again, err := c.Seal(scope, place)
	require.NoError(t, err)
	require.NotEqual(t, cursor, again)
	for _, readable := range []string{string(place.ID), "2026"} {
		sealed, err := cursorText.DecodeString(cursor)
		require.NoError(t, err)
		require.NotContains(t, string(sealed), readable)
	}

	for what, other := range map[string]CursorScope{
		"list":         {List: "members", Org: home, Filter: scope.Filter},
		"org":          {List: "events", Org: "00000000-0000-4000-8000-000000000002", Filter: scope.Filter},
		"filter":       {List: "events", Org: home, Filter: map[string]string{"action": "a", "actor_id": "c"}},
		"lesser":       {List: "events", Org: home, Filter: map[string]string{"action": "a"}},
		"no filter":    {List: "events", Org: home, Filter: map[string]string{}},
		"moved border": {List: "event", Org: "s" + home, Filter: scope.Filter},
	} {
		_, err := openCursor[domain.AuditPlace](c, other, cursor)
		require.ErrorIs(t, err, errCursor, what)
	}
	_, err = openCursor[domain.AuditPlace](NewCursors(CursorKey{2}), scope, cursor)
	require.ErrorIs(t, err, errCursor, "another key")
}

func TestAnAlteredCursorIsRefused(t *testing.T) {
	t.Parallel()
	c, scope := NewCursors(CursorKey{}), CursorScope{List: "orgs", Org: home, Filter: nil}
	cursor, err := c.Seal(scope, home)
	require.NoError(t, err)
	for i := range cursor {
		for _, swapped := range []string{"A", "_", "="} {
			if altered := cursor[:i] + swapped + cursor[i+1:]; altered != cursor {
				_, err := openCursor[domain.OrgID](c, scope, altered)
				require.ErrorIs(t, err, errCursor, altered)
			}
		}
		if i > 0 {
			_, err := openCursor[domain.OrgID](c, scope, cursor[:i])
			require.ErrorIs(t, err, errCursor)
		}
	}
	for _, altered := range []string{
		cursor + "A", cursor + "=", cursor + "\n", " " + cursor, cursor + cursor, strings.ToUpper(cursor), "x", "null", strings.Repeat("A", 1000),
	} {
		_, err := openCursor[domain.OrgID](c, scope, altered)
		require.ErrorIs(t, err, errCursor, altered)
	}
	place, err := openCursor[domain.OrgID](c, scope, "")
	require.NoError(t, err)
	require.Empty(t, place)
}

func TestWithoutAKeyCursorsAreValidInOneProcessOnly(t *testing.T) {
	t.Parallel()
	one, two, scope := NewCursors(CursorKey{}), NewCursors(CursorKey{}), CursorScope{List: "orgs"}
	cursor, err := one.Seal(scope, home)
	require.NoError(t, err)
	_, err = openCursor[domain.OrgID](one, scope, cursor)
	require.NoError(t, err)
	_, err = openCursor[domain.OrgID](two, scope, cursor)
	require.ErrorIs(t, err, errCursor)
}

func TestOnlyAPageThatIsNotTheLastHasACursor(t *testing.T) {
	t.Parallel()
	c, show := NewCursors(CursorKey{}), func(n int) int { return n * 10 }
	numbers := c.list("numbers", home, nil)
	found := func(elements []int, more bool) func(int) ([]int, *int, error) {
		return func(int) ([]int, *int, error) {
			return elements, nextPlace(elements, more, func(n int) int { return n }), nil
		}
	}
	last, err := pageOf(numbers, "", show, found([]int{1, 2}, false))
	require.NoError(t, err)
	require.Equal(t, []int{10, 20}, last.Items)
	require.Nil(t, last.NextCursor)
	first, err := pageOf(numbers, "", show, found([]int{1, 2}, true))
	require.NoError(t, err)
	after := 0
	_, err = pageOf(numbers, *first.NextCursor, show, func(place int) ([]int, *int, error) {
		after = place
		return nil, nil, nil
	})
	require.NoError(t, err)
	require.Equal(t, 2, after)
	empty, err := pageOf(numbers, "", show, found(nil, false))
	require.NoError(t, err)
	require.NotNil(t, empty.Items, "a list is never null")
}

func openCursor[K any](c Cursors, scope CursorScope, cursor string) (place K, err error) {
	err = c.Open(scope, cursor, &place)
	return place, err
}
