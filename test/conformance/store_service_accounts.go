package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var serviceAccountCases = []storeCase{
	{"keeps every field of a service account", serviceAccountsRoundTrip},
	{"changes one service account and no other", serviceAccountsChanged},
	{"lets one of 20 parallel changes of a service account win", serviceAccountsChangedOnce},
	{"lets one of 20 parallel accounts have a name, whatever its letter case", serviceAccountsNamedOnce},
	{"keeps the old roles when the new ones are refused", serviceAccountsRolesUndone},
	{"removes a service account with its roles and keys", serviceAccountsRemoved},
	{"lists the service accounts of the org in pages", serviceAccountsListed},
	{"does not remove a role that a service account holds, and counts it", serviceAccountsHoldRoles},
	{"gives a role that is removed at the same time to no service account", serviceAccountsRolesRace},
	{"keeps the service accounts of two orgs apart", serviceAccountsOfOrgs},
	{"keeps a service account when the account that granted its roles is removed", serviceAccountsOfRemovedGranter},
}

// newServiceAccount returns a service account that is not stored yet.
func newServiceAccount(roles ...domain.Role) domain.ServiceAccount {
	id := newStoreID()
	return domain.ServiceAccount{
		ID: domain.ServiceAccountID(id), Name: "Job " + id, Description: "nightly", Status: domain.StatusActive, Roles: roles,
		GrantedBy: domain.UserID(newStoreID()), CreatedAt: storeNow, UpdatedAt: storeNow, Version: 1,
	}
}

func (x *tenant) insertService(t *testing.T, account domain.ServiceAccount) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.ServiceAccounts().Insert(t.Context(), account) })
}

func (x *tenant) updateService(t *testing.T, account domain.ServiceAccount) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.ServiceAccounts().Update(t.Context(), account) })
}

// service stores a new service account.
func (x *tenant) service(t *testing.T, roles ...domain.Role) domain.ServiceAccount {
	t.Helper()
	account := newServiceAccount(roles...)
	require.NoError(t, x.insertService(t, account))
	return account
}

// mustHaveService fails the test unless the stored account is want, whose roles are compared as a request reads them.
func mustHaveService(t *testing.T, x *tenant, want domain.ServiceAccount) {
	t.Helper()
	for _, read := range []func(tx port.OrgTx) (domain.ServiceAccount, error){
		func(tx port.OrgTx) (domain.ServiceAccount, error) {
			return tx.ServiceAccounts().Get(t.Context(), want.ID)
		},
		func(tx port.OrgTx) (domain.ServiceAccount, error) {
			return tx.ServiceAccounts().Lock(t.Context(), want.ID)
		},
		func(tx port.OrgTx) (found domain.ServiceAccount, err error) {
			all, err := tx.ServiceAccounts().List(t.Context(), "", 1000)
			if i := slices.IndexFunc(all, func(a domain.ServiceAccount) bool { return a.ID == want.ID }); i >= 0 {
				found = all[i]
			}
			return found, err
		},
	} {
		sameService(t, want, lock(t, x, read))
	}
}

func sameService(t *testing.T, want, got domain.ServiceAccount) {
	t.Helper()
	require.ElementsMatch(t, roleIDs(want.Roles), roleIDs(got.Roles))
	require.ElementsMatch(t, domain.PermissionsOf(want.Roles, domain.Org{}), domain.PermissionsOf(got.Roles, domain.Org{}))
	want.Roles, got.Roles = nil, nil
	require.Equal(t, want, got)
}

func roleIDs(roles []domain.Role) []domain.RoleID {
	ids := make([]domain.RoleID, len(roles))
	for i, role := range roles {
		ids[i] = role.ID
	}
	return ids
}

func (x *tenant) mustLackService(t *testing.T, id domain.ServiceAccountID) {
	t.Helper()
	for _, read := range []func(tx port.OrgTx) error{
		func(tx port.OrgTx) error { _, err := tx.ServiceAccounts().Get(t.Context(), id); return err },
		func(tx port.OrgTx) error { _, err := tx.ServiceAccounts().Lock(t.Context(), id); return err },
		func(tx port.OrgTx) error { _, err := tx.ServiceAccounts().Standing(t.Context(), id); return err },
		func(tx port.OrgTx) error { return tx.ServiceAccounts().Remove(t.Context(), id) },
	} {
		mustBe(t, domain.ErrNotFound, x.unit(t, read))
	}
}

func serviceAccountsRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	reader := x.customRole(t, "reader", domain.PermMemberRead)
	for i, instant := range instants() {
		account := newServiceAccount()
		account.CreatedAt, account.UpdatedAt, account.Version = instant.Add(-time.Second), instant, int64(i+1)
		account.Name += strings.Repeat(oddText, i%2)
		account.Description = strings.Repeat(longText(), i%2)
		if i%2 == 1 {
			account.Status, account.GrantedBy = domain.StatusSuspended, ""
			account.Roles = []domain.Role{x.roles[domain.RoleAuditor], reader}
		}
		require.NoError(t, x.insertService(t, account))
		mustHaveService(t, x, account)
	}
}

func serviceAccountsChanged(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	reader, writer := x.customRole(t, "reader", domain.PermMemberRead), x.customRole(t, "writer", domain.PermFileWrite)
	account, other := x.service(t, reader), x.service(t, reader)
	changed := account
	changed.Name, changed.Description, changed.Status, changed.UpdatedAt = "Other job", "weekly", domain.StatusSuspended, later
	changed.Roles, changed.GrantedBy = []domain.Role{writer, x.roles[domain.RoleMember]}, domain.UserID(newStoreID())
	require.NoError(t, x.updateService(t, changed))
	mustBe(t, domain.ErrStale, x.updateService(t, account))
	changed.Version++
	mustHaveService(t, x, changed)
	mustHaveService(t, x, other)
	changed.Roles = nil
	require.NoError(t, x.updateService(t, changed))
	changed.Version++
	mustHaveService(t, x, changed)
	mustBe(t, domain.ErrStale, x.updateService(t, newServiceAccount()), "an unknown account")
	other.Name = strings.ToUpper(changed.Name)
	mustBe(t, domain.ErrServiceAccountTaken, x.updateService(t, other))
	changed.Name = strings.ToUpper(changed.Name)
	require.NoError(t, x.updateService(t, changed), "its own name in other letters")
}

func serviceAccountsChangedOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	account := x.service(t)
	roles := []domain.Role{x.roles[domain.RoleMember], x.roles[domain.RoleAuditor]}
	won := oneOf(t, 20, domain.ErrStale, func(i int) error {
		changed := account
		changed.Roles = roles[i%2 : i%2+1]
		return x.updateService(t, changed)
	})
	account.Roles, account.Version = roles[won%2:won%2+1], 2
	mustHaveService(t, x, account)
}

func serviceAccountsNamedOnce(t *testing.T, store port.Store) {
	x, other := newTenant(t, store), newTenant(t, store)
	won := oneOf(t, 20, domain.ErrServiceAccountTaken, func(i int) error {
		account := newServiceAccount(x.roles[domain.RoleMember])
		account.Name = []string{"Nightly Job", "nightly job", "NIGHTLY JOB"}[i%3]
		return x.insertService(t, account)
	})
	all := ask(t, x, func(tx port.OrgTx) ([]domain.ServiceAccount, error) {
		return tx.ServiceAccounts().List(t.Context(), "", 10)
	})
	require.Len(t, all, 1)
	require.Equal(t, []string{"Nightly Job", "nightly job", "NIGHTLY JOB"}[won%3], all[0].Name)
	theirs := newServiceAccount()
	theirs.Name = "Nightly Job"
	require.NoError(t, other.insertService(t, theirs), "the name in another org")
}

func serviceAccountsRolesUndone(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	unknown := domain.Role{ID: domain.RoleID(newStoreID())}
	account := x.service(t, x.roles[domain.RoleAuditor])
	changed := account
	changed.Name, changed.Roles = "Changed", []domain.Role{x.roles[domain.RoleMember], unknown}
	mustBe(t, domain.ErrNotFound, x.updateService(t, changed))
	mustHaveService(t, x, account)
	refused := newServiceAccount(unknown)
	mustBe(t, domain.ErrNotFound, x.insertService(t, refused))
	x.mustLackService(t, refused.ID)
}

func serviceAccountsRemoved(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	account, other := x.service(t, x.roles[domain.RoleMember]), x.service(t, x.roles[domain.RoleMember])
	key, kept := x.key(t, account.ID), x.key(t, other.ID)
	x.do(t, func(tx port.OrgTx) error { return tx.ServiceAccounts().Remove(t.Context(), account.ID) })
	x.mustLackService(t, account.ID)
	require.Empty(t, keysOf(t, x, account.ID))
	mustBe(t, domain.ErrUnauthenticated, x.refusal(t, port.KeyRef{Hash: key.Hash}))
	mustHaveService(t, x, other)
	require.Equal(t, []domain.APIKey{kept}, keysOf(t, x, other.ID))
}

func serviceAccountsListed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	newTenant(t, store).service(t)
	var want []domain.ServiceAccountID
	for range 5 {
		want = append(want, x.service(t, x.roles[domain.RoleMember]).ID)
	}
	slices.Sort(want)
	var got []domain.ServiceAccountID
	for after := domain.ServiceAccountID(""); ; after = got[len(got)-1] {
		page := ask(t, x, func(tx port.OrgTx) ([]domain.ServiceAccount, error) {
			return tx.ServiceAccounts().List(t.Context(), after, 2)
		})
		require.LessOrEqual(t, len(page), 2)
		if len(page) == 0 {
			break
		}
		for _, account := range page {
			got = append(got, account.ID)
		}
	}
	require.Equal(t, want, got)
	require.Equal(t, 5, ask(t, x, func(tx port.OrgTx) (int, error) { return tx.ServiceAccounts().Count(t.Context()) }))
}

func serviceAccountsHoldRoles(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	role := x.customRole(t, "reader", domain.PermMemberRead)
	counts := func() map[domain.RoleID]int {
		return ask(t, x, func(tx port.OrgTx) (map[domain.RoleID]int, error) { return tx.Roles().CountHolders(t.Context()) })
	}
	remove := func() error {
		return x.unit(t, func(tx port.OrgTx) error { return tx.Roles().Remove(t.Context(), role.ID) })
	}
	account := x.service(t, role)
	mustBe(t, domain.ErrRoleHeld, remove())
	require.Equal(t, map[domain.RoleID]int{role.ID: 1}, counts())
	user := x.user(t)
	require.NoError(t, x.assign(t, user.ID, role))
	require.Equal(t, map[domain.RoleID]int{role.ID: 2}, counts())
	require.NoError(t, x.assign(t, user.ID))
	account.Roles = nil
	require.NoError(t, x.updateService(t, account))
	require.Empty(t, counts())
	require.NoError(t, remove())
}

func serviceAccountsRolesRace(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	for range 5 {
		role, account := x.customRole(t, "r"+newStoreID()), x.service(t)
		account.Roles = []domain.Role{role}
		errs := crowd(2, func(i int) error {
			if i == 0 {
				return x.updateService(t, account)
			}
			return x.unit(t, func(tx port.OrgTx) error { return tx.Roles().Remove(t.Context(), role.ID) })
		})
		if errs[0] == nil {
			mustBe(t, domain.ErrRoleHeld, errs[1])
			account.Version++
		} else {
			mustBe(t, domain.ErrNotFound, errs[0])
			require.NoError(t, errs[1])
			account.Roles = nil
		}
		mustHaveService(t, x, account)
	}
}

func serviceAccountsOfOrgs(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	account := x.service(t, x.roles[domain.RoleAuditor])
	y.mustLackService(t, account.ID)
	mustBe(t, domain.ErrStale, y.updateService(t, account))
	require.Empty(t, ask(t, y, func(tx port.OrgTx) ([]domain.ServiceAccount, error) {
		return tx.ServiceAccounts().List(t.Context(), "", 10)
	}))
	require.Zero(t, ask(t, y, func(tx port.OrgTx) (int, error) { return tx.ServiceAccounts().Count(t.Context()) }))
	mustBe(t, domain.ErrNotFound, y.insertService(t, newServiceAccount(x.roles[domain.RoleAuditor])), "their role")
	mustHaveService(t, x, account)
}

func serviceAccountsOfRemovedGranter(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	granter := x.user(t)
	account := newServiceAccount(x.roles[domain.RoleAuditor])
	account.GrantedBy = granter.ID
	require.NoError(t, x.insertService(t, account))
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Remove(t.Context(), granter.ID) })
	mustHaveService(t, x, account)
}
