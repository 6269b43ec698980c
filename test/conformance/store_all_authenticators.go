package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
)

func authenticatorsOfAllOrgs(t *testing.T, store port.Store) {
	const kind = "a kind of its own" // other cases use the same store
	var want []port.OrgAuthenticator
	for range 3 {
		x := newTenant(t, store)
		user := x.user(t)
		x.enrolled(t, user.ID)                                        // of another kind
		require.NoError(t, x.savePending(t, newKey(user.ID, "kept"))) // not live
		for _, handle := range []string{"a", "b"} {
			key := newKey(user.ID, handle)
			key.Kind = kind
			require.NoError(t, x.savePending(t, key))
			live := key
			live.Confirm(0, storeNow)
			require.NoError(t, x.confirm(t, live, key))
			want = append(want, port.OrgAuthenticator{Org: x.org.ID, Authenticator: live})
		}
	}
	slices.SortFunc(want, func(a, b port.OrgAuthenticator) int {
		return strings.Compare(string(a.Org)+string(a.Authenticator.ID), string(b.Org)+string(b.Authenticator.ID))
	})
	for _, limit := range []int{1, 2, 5, 100} {
		var all []port.OrgAuthenticator
		for last := (port.OrgAuthenticator{}); ; last = all[len(all)-1] {
			page, err := store.Platform().Authenticators(t.Context(), kind, last, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), limit)
			if len(page) == 0 {
				break
			}
			all = append(all, page...)
		}
		require.Equal(t, want, all, "pages of %d", limit)
	}
	none, err := store.Platform().Authenticators(t.Context(), "unknown", port.OrgAuthenticator{}, 10)
	require.NoError(t, err)
	require.Empty(t, none)
}
