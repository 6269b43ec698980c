package conformance

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var nameCases = []storeCase{
	{"returns the names of accounts, service accounts, keys, roles and files, and no others", namesFound},
	{"calls an account without a name by its address", namesOfNameless},
	{"returns no name of another org", namesOfAnotherOrg},
}

func namesOf(t *testing.T, x *tenant, resources ...domain.Resource) domain.Names {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) (domain.Names, error) { return tx.Names().Of(t.Context(), resources) })
}

func namesFound(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	account, second, role, file := x.user(t), x.user(t), x.customRole(t, oddText), x.file(t)
	service := x.service(t)
	key := x.key(t, service.ID)
	unknown := domain.OnAccount(domain.UserID(newStoreID()))
	typed := domain.Resource{Type: "account", ID: "nobody@example.org"}
	want := domain.Names{
		domain.OnAccount(account.ID): account.FullName, domain.OnAccount(second.ID): second.FullName,
		domain.OnRole(role.ID): oddText, domain.OnFile(file.ID): file.Name,
		domain.OnServiceAccount(service.ID): service.Name, domain.OnAPIKey(key.ID): key.Name,
	}
	require.Equal(t, want, namesOf(t, x, domain.OnAccount(account.ID), domain.OnAccount(second.ID), domain.OnAccount(account.ID),
		domain.OnRole(role.ID), domain.OnFile(file.ID), domain.OnServiceAccount(service.ID), domain.OnAPIKey(key.ID), unknown, typed,
		domain.OnRole(domain.RoleID(account.ID)), domain.OnOrg(x.org.ID),
		domain.OnAuditLog()))
	require.Empty(t, namesOf(t, x))
	require.Empty(t, namesOf(t, x, unknown, typed))
}

func namesOfNameless(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	nameless := newUser()
	nameless.FullName = ""
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Insert(t.Context(), nameless) })
	require.Equal(t, string(nameless.Email), namesOf(t, x, domain.OnAccount(nameless.ID)).Of(domain.OnAccount(nameless.ID)))
}

func namesOfAnotherOrg(t *testing.T, store port.Store) {
	x, other := newTenant(t, store), newTenant(t, store)
	account, role, file, service := x.user(t), x.customRole(t, "reader"), x.file(t), x.service(t)
	require.Empty(t, namesOf(t, other, domain.OnAccount(account.ID), domain.OnRole(role.ID), domain.OnFile(file.ID),
		domain.OnServiceAccount(service.ID), domain.OnAPIKey(x.key(t, service.ID).ID)))
}
