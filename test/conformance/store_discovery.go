package conformance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var discoveryCases = []storeCase{
	{"lists the active orgs in which an address has an active account, whatever its letter case", discovers},
}

func discovers(t *testing.T, store port.Store) {
	address := domain.Email("who-" + newStoreID() + "@example.org")
	join := func(change func(u *domain.User)) domain.Org {
		x := newTenant(t, store)
		user := newUser()
		user.Email = address
		change(&user)
		x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), user) })
		return x.org
	}
	one, two := join(func(*domain.User) {}), join(func(u *domain.User) { u.Email = domain.Email(strings.ToUpper(string(address))) })
	join(func(u *domain.User) { u.Status = domain.StatusSuspended })
	join(func(u *domain.User) { u.Email = "another-" + address })
	orgs, err := store.Platform().OrgsOf(t.Context(), address)
	require.NoError(t, err)
	require.ElementsMatch(t, []domain.Org{one, two}, orgs)
	knows := func(address domain.Email) bool {
		known, err := store.Platform().Knows(t.Context(), address)
		require.NoError(t, err)
		return known
	}
	require.True(t, knows(address))
	require.False(t, knows("nobody@example.org"))
	suspended := domain.Email("suspended-" + newStoreID() + "@example.org")
	join(func(u *domain.User) { u.Email, u.Status = suspended, domain.StatusSuspended })
	require.False(t, knows(suspended))
	orgs, err = store.Platform().OrgsOf(t.Context(), "nobody@example.org")
	require.NoError(t, err)
	require.Empty(t, orgs)
}
