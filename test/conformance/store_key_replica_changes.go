package conformance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// keyFactChanges returns the changes of each fact of a service account with a key. Its names are those of factsIn.
func keyFactChanges() map[string][]factChange {
	changes := map[string][]factChange{
		"Roles.ID": {
			{"by choosing another role", updateService(func(x *signedIn, a *domain.ServiceAccount) { a.Roles = []domain.Role{x.role} })},
			{"by choosing no role", updateService(func(_ *signedIn, a *domain.ServiceAccount) { a.Roles = nil })},
		},
		"Roles.Name": {{"by renaming the role", func(t *testing.T, x *signedIn) {
			x.changeRole(t, x.may, func(r *domain.Role) { r.Name = "writer" })
		}}},
		"Roles.Granted": append(granterChanges, factChange{"by changing the role", func(t *testing.T, x *signedIn) {
			x.changeRole(t, x.may, func(r *domain.Role) { r.Granted = []domain.Permission{domain.PermFileWrite} })
		}}),
		"User.FullName": {
			{"by renaming the account", updateService(func(_ *signedIn, a *domain.ServiceAccount) { a.Name = "Another job" })},
		},
		"User.Status": {
			{"by suspending the account", updateService(func(_ *signedIn, a *domain.ServiceAccount) { a.Status = domain.StatusSuspended })},
		},
		"User.UpdatedAt": {{"by updating the account", updateService(func(_ *signedIn, a *domain.ServiceAccount) { a.UpdatedAt = later })}},
		"User.Version":   {{"by updating the account", updateService(func(*signedIn, *domain.ServiceAccount) {})}},
		"Key.LastUsedAt": {{"by touching the key", func(t *testing.T, x *signedIn) { require.NoError(t, x.touchKey(t, x.key.ID, later)) }}},
	}
	for fact, same := range factChanges() {
		if strings.HasPrefix(fact, "Org.") || strings.HasPrefix(fact, "Settings.") {
			changes[fact] = same
		}
	}
	return changes
}

// granterChanges change what the account that granted the roles can do.
var granterChanges = []factChange{
	{"by assigning another role to the granter", assignRoles(func(x *signedIn) []domain.Role { return []domain.Role{x.may} })},
	{"by taking the role of the granter", assignRoles(func(*signedIn) []domain.Role { return nil })},
	{"by changing the role of the granter", updateRole(func(r *domain.Role) { r.Granted = []domain.Permission{domain.PermFileWrite} })},
	{"by suspending the granter", updateUser(func(u *domain.User) { u.Suspend(later) })},
	{"by removing the granter", func(t *testing.T, x *signedIn) {
		x.do(t, func(tx port.OrgTx) error { return tx.Users().Remove(t.Context(), x.user.ID) })
	}},
	{"by another granter", func(t *testing.T, x *signedIn) {
		other := x.tenant.user(t)
		require.NoError(t, x.assign(t, other.ID, x.roles[domain.RoleAdmin]))
		updateService(func(_ *signedIn, a *domain.ServiceAccount) { a.GrantedBy = other.ID })(t, x)
	}},
}

// keyRemovals end a key and its tokens.
var keyRemovals = []factChange{
	{"removing the key ends it", func(t *testing.T, x *signedIn) { require.NoError(t, x.removeKey(t, x.key.ID)) }},
	{"removing the service account ends its key", func(t *testing.T, x *signedIn) {
		x.do(t, func(tx port.OrgTx) error { return tx.ServiceAccounts().Remove(t.Context(), x.service.ID) })
	}},
	{"sweeping the key ends it", func(t *testing.T, x *signedIn) {
		_, err := x.store.Platform().Sweep(t.Context(), x.key.ExpiresAt.AddDate(1, 0, 0))
		require.NoError(t, err)
	}},
}

var revocation = factChange{"revoking the token ends it", func(t *testing.T, x *signedIn) {
	x.revokeToken(t, refsOf(x.key)[1].Token, x.key.ExpiresAt)
}}

func updateService(change func(*signedIn, *domain.ServiceAccount)) func(*testing.T, *signedIn) {
	return func(t *testing.T, x *signedIn) {
		account := x.service
		change(x, &account)
		require.NoError(t, x.updateService(t, account))
	}
}
