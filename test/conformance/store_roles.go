package conformance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var roleCases = []storeCase{
	{"keeps every field of a role", rolesRoundTrip},
	{"replaces the roles of an account", rolesAssign},
	{"assigns roles to one account and no other", rolesAssignOne},
	{"refuses unknown roles and unknown accounts", rolesAssignUnknown},
	{"keeps one of the sets whole after 20 parallel replacements", rolesAssignParallel},
	{"keeps the old roles when the new ones are refused", rolesAssignUndone},
	{"reads, changes and removes roles of the org and of no other", rolesChanged},
	{"lets one of 20 parallel changes of a role win", rolesChangedOnce},
	{"does not remove a role that an account holds", rolesHeld},
	{"lists every owner of the org", rolesOwners},
	{"counts the accounts of each role of the org", rolesCounted},
}

func listRoles(t *testing.T, x *tenant) []domain.Role {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.Role, error) { return tx.Roles().List(t.Context()) })
}

func rolesOf(t *testing.T, x *tenant, user domain.UserID) []domain.Role {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.Role, error) { return tx.Roles().Of(t.Context(), user) })
}

func (x *tenant) assign(t *testing.T, user domain.UserID, roles ...domain.Role) error {
	ids := make([]domain.RoleID, len(roles))
	for i, role := range roles {
		ids[i] = role.ID
	}
	return x.unit(t, func(tx port.OrgTx) error { return tx.Roles().Assign(t.Context(), user, ids) })
}

// customRole stores a custom role.
func (x *tenant) customRole(t *testing.T, name string, granted ...domain.Permission) domain.Role {
	t.Helper()
	role := domain.Role{ID: domain.RoleID(newStoreID()), Name: name, Description: oddText, Granted: granted, CreatedAt: storeNow, Version: 1}
	x.do(t, func(tx port.OrgTx) error { return tx.Roles().Insert(t.Context(), role) })
	return role
}

func rolesRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	var want []domain.Role
	for _, role := range x.roles {
		want = append(want, role)
	}
	want = append(want,
		x.customRole(t, "reader", domain.PermMemberRead),
		x.customRole(t, oddText, domain.Permissions()...),
		x.customRole(t, strings.Repeat("ł", 200), "unheard.of"),
		x.customRole(t, "nothing"))
	user := x.user(t)
	for i, instant := range instants() {
		role := domain.Role{ID: domain.RoleID(newStoreID()), Name: string(rune('a' + i)), CreatedAt: instant, Version: 1}
		x.do(t, func(tx port.OrgTx) error { return tx.Roles().Insert(t.Context(), role) })
		want = append(want, role)
	}
	require.ElementsMatch(t, want, listRoles(t, x))
	require.NoError(t, x.assign(t, user.ID, want...))
	require.ElementsMatch(t, want, rolesOf(t, x, user.ID))
}

func rolesAssign(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	owner, admin, custom := x.roles[domain.RoleOwner], x.roles[domain.RoleAdmin], x.customRole(t, "reader", domain.PermMemberRead)
	require.Empty(t, rolesOf(t, x, user.ID))
	for _, held := range [][]domain.Role{{owner}, {owner, custom}, {owner, custom}, {admin}, {}, {custom}} {
		require.NoError(t, x.assign(t, user.ID, held...))
		require.ElementsMatch(t, held, rolesOf(t, x, user.ID))
	}
}

func rolesAssignOne(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	first, second := x.user(t), x.user(t)
	require.NoError(t, x.assign(t, first.ID, x.roles[domain.RoleOwner]))
	require.NoError(t, x.assign(t, second.ID, x.roles[domain.RoleMember]))
	require.NoError(t, x.assign(t, second.ID))
	require.Equal(t, []domain.Role{x.roles[domain.RoleOwner]}, rolesOf(t, x, first.ID))
	require.Empty(t, rolesOf(t, x, second.ID))
}

func rolesAssignUnknown(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user, unknown := x.user(t), domain.Role{ID: domain.RoleID(newStoreID())}
	mustBe(t, domain.ErrNotFound, x.assign(t, user.ID, unknown))
	mustBe(t, domain.ErrNotFound, x.assign(t, user.ID, x.roles[domain.RoleOwner], unknown))
	mustBe(t, domain.ErrNotFound, x.assign(t, domain.UserID(newStoreID()), x.roles[domain.RoleOwner]))
	mustBe(t, domain.ErrNotFound, x.assign(t, domain.UserID(newStoreID())), "no roles to nobody")
}

func rolesAssignUndone(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	require.NoError(t, x.assign(t, user.ID, x.roles[domain.RoleAuditor]))
	require.Error(t, x.assign(t, user.ID, x.roles[domain.RoleOwner], domain.Role{ID: domain.RoleID(newStoreID())}))
	require.Equal(t, []domain.Role{x.roles[domain.RoleAuditor]}, rolesOf(t, x, user.ID))
}

func rolesAssignParallel(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	sets := [][]domain.Role{
		{x.roles[domain.RoleOwner], x.roles[domain.RoleAdmin]},
		{x.roles[domain.RoleAdmin], x.roles[domain.RoleAuditor]},
		{x.roles[domain.RoleMember]},
	}
	mustAllSucceed(t, crowd(20, func(i int) error { return x.assign(t, user.ID, sets[i%len(sets)]...) }))
	held := map[string]bool{}
	for _, role := range rolesOf(t, x, user.ID) {
		held[role.Name] = true
	}
	require.Contains(t, []map[string]bool{
		{domain.RoleOwner: true, domain.RoleAdmin: true},
		{domain.RoleAdmin: true, domain.RoleAuditor: true},
		{domain.RoleMember: true},
	}, held)
}

func rolesChanged(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	role, other := x.customRole(t, "reader", domain.PermMemberRead), x.customRole(t, "other")
	in := func(x *tenant, fn func(port.Roles) error) error {
		return x.unit(t, func(tx port.OrgTx) error { return fn(tx.Roles()) })
	}
	get := func(x *tenant, id domain.RoleID) (found domain.Role, err error) {
		err = in(x, func(r port.Roles) (err error) { found, err = r.Get(t.Context(), id); return err })
		return found, err
	}
	changed := role
	changed.Name, changed.Description, changed.Granted = "writer", oddText, []domain.Permission{domain.PermFileWrite}
	for _, stranger := range []error{
		in(y, func(r port.Roles) error { return r.Remove(t.Context(), role.ID) }),
		in(x, func(r port.Roles) error { return r.Remove(t.Context(), domain.RoleID(newStoreID())) }),
	} {
		mustBe(t, domain.ErrNotFound, stranger)
	}
	mustBe(t, domain.ErrStale, in(y, func(r port.Roles) error { return r.Update(t.Context(), changed) }))
	_, err := get(y, role.ID)
	mustBe(t, domain.ErrNotFound, err)
	require.NoError(t, in(x, func(r port.Roles) error { return r.Update(t.Context(), changed) }))
	mustBe(t, domain.ErrStale, in(x, func(r port.Roles) error { return r.Update(t.Context(), changed) }))
	changed.Version++
	found, err := get(x, role.ID)
	require.NoError(t, err)
	require.Equal(t, changed, found)
	require.NoError(t, in(x, func(r port.Roles) error { return r.Remove(t.Context(), role.ID) }))
	_, err = get(x, role.ID)
	mustBe(t, domain.ErrNotFound, err)
	found, err = get(x, other.ID)
	require.NoError(t, err)
	require.Equal(t, other, found)
}

func rolesChangedOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	role := x.customRole(t, "reader")
	oneOf(t, 20, domain.ErrStale, func(int) error {
		return x.unit(t, func(tx port.OrgTx) error { return tx.Roles().Update(t.Context(), role) })
	})
}

func rolesHeld(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	role, user := x.customRole(t, "reader"), x.user(t)
	remove := func() error {
		return x.unit(t, func(tx port.OrgTx) error { return tx.Roles().Remove(t.Context(), role.ID) })
	}
	require.NoError(t, x.assign(t, user.ID, role))
	mustBe(t, domain.ErrRoleHeld, remove())
	require.Equal(t, []domain.Role{role}, rolesOf(t, x, user.ID))
	require.NoError(t, x.assign(t, user.ID))
	require.NoError(t, remove())
}

func rolesOwners(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	owners := func() []domain.User {
		return ask(t, x, func(tx port.OrgTx) ([]domain.User, error) { return tx.Roles().Owners(t.Context()) })
	}
	require.Empty(t, owners())
	one, two, admin, theirs := x.user(t), x.user(t), x.user(t), y.user(t)
	require.NoError(t, y.assign(t, theirs.ID, y.roles[domain.RoleOwner]))
	require.NoError(t, x.assign(t, admin.ID, x.roles[domain.RoleAdmin], x.customRole(t, "owners")))
	require.NoError(t, x.assign(t, one.ID, x.roles[domain.RoleOwner], x.roles[domain.RoleMember]))
	require.NoError(t, x.assign(t, two.ID, x.roles[domain.RoleOwner]))
	two.Suspend(storeNow)
	two.SetPassword("a hash", true, storeNow)
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), two) })
	stored := func(id domain.UserID) domain.User {
		return ask(t, x, func(tx port.OrgTx) (domain.User, error) { return tx.Users().Get(t.Context(), id) })
	}
	require.Equal(t, []domain.User{stored(one.ID), stored(two.ID)}, owners(), "in the order of their ids, whole, suspended ones too")
}

func rolesCounted(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	counts := func() map[domain.RoleID]int {
		return ask(t, x, func(tx port.OrgTx) (map[domain.RoleID]int, error) { return tx.Roles().CountHolders(t.Context()) })
	}
	require.Empty(t, counts())
	one, two, theirs := x.user(t), x.user(t), y.user(t)
	member, own := x.roles[domain.RoleMember], x.customRole(t, "counted")
	require.NoError(t, y.assign(t, theirs.ID, y.roles[domain.RoleMember]))
	require.NoError(t, x.assign(t, one.ID, member, own))
	require.NoError(t, x.assign(t, two.ID, member))
	require.Equal(t, map[domain.RoleID]int{member.ID: 2, own.ID: 1}, counts())
	require.NoError(t, x.assign(t, one.ID, member))
	require.Equal(t, map[domain.RoleID]int{member.ID: 2}, counts(), "a role that no account holds any more")
}
