package conformance

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var keyPrincipalCases = []storeCase{
	{"returns every fact that a request needs, for a key and for a token", keyPrincipalFacts},
	{"bounds the roles by what the account that granted them can do now", keyPrincipalBounded},
	{"grants nothing without the account that granted the roles", keyPrincipalWithoutGranter},
	{"refuses keys that do not exist in the org", keyPrincipalUnknown},
	{"refuses a revoked token and no other", keyPrincipalRevoked},
	{"serves many requests at once", keyPrincipalParallel},
	{"reads two principals as it reads each of them", twoPrincipals},
}

// refusal returns the error of KeyPrincipal.
func (x *tenant) refusal(t *testing.T, ref port.KeyRef) error {
	_, err := x.store.KeyPrincipal(t.Context(), x.org.ID, ref)
	return err
}

func keyPrincipal(t *testing.T, x *tenant, ref port.KeyRef) domain.Principal {
	t.Helper()
	p, err := x.store.KeyPrincipal(t.Context(), x.org.ID, ref)
	require.NoError(t, err)
	return p
}

// refsOf returns both ways in which a request names a key.
func refsOf(key domain.APIKey) []port.KeyRef {
	return []port.KeyRef{{Hash: key.Hash}, {ID: key.ID, Token: "token of " + string(key.ID)}}
}

// granted stores a service account whose roles the user granted, with a key.
func (x *tenant) granted(t *testing.T, by domain.UserID, roles ...domain.Role) (domain.ServiceAccount, domain.APIKey) {
	t.Helper()
	account := newServiceAccount(roles...)
	account.GrantedBy = by
	require.NoError(t, x.insertService(t, account))
	return account, x.key(t, account.ID)
}

// samePrincipals asks for the principal of the key in every way.
func (x *tenant) samePrincipals(t *testing.T, want domain.Principal, key domain.APIKey) {
	t.Helper()
	standing := ask(t, x, func(tx port.OrgTx) (domain.Principal, error) {
		return tx.ServiceAccounts().Standing(t.Context(), key.Account)
	})
	require.Zero(t, standing.Key)
	standing.Key = want.Key
	samePrincipal(t, want, standing)
	for _, ref := range refsOf(key) {
		for range 2 { // the second may be cached
			samePrincipal(t, want, keyPrincipal(t, x, ref))
		}
	}
}

func keyPrincipalFacts(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	x.org.ID, x.org.Slug = domain.OrgID(newStoreID()), newSlug()
	x.org.Name, x.org.Platform, x.org.Version = oddText, true, 7
	settings := variedSettings()[2]
	x.found(t, settings)
	granter := x.user(t)
	reader := x.customRole(t, "reader", domain.PermMemberRead, domain.PermFileWrite)
	require.NoError(t, x.assign(t, granter.ID, x.roles[domain.RoleOwner]))
	account := newServiceAccount(x.roles[domain.RoleAuditor], reader)
	account.GrantedBy, account.Name, account.Status, account.Version, account.UpdatedAt = granter.ID, oddText, domain.StatusSuspended, 3, later
	require.NoError(t, x.insertService(t, account))
	key := newAPIKey(account.ID)
	key.Name, key.Networks, key.LastUsedAt = oddText, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, later
	key.ExpiresAt = storeNow.AddDate(-1, 0, 0) // also an expired key is returned
	require.NoError(t, x.insertKey(t, key))
	unhashed := key
	unhashed.Hash = ""
	owner := domain.Granter{Active: true, Roles: []domain.Role{x.roles[domain.RoleOwner]}}
	want := domain.ServicePrincipal(x.org, settings, account, owner, unhashed)
	require.NotEmpty(t, want.Permissions())
	x.samePrincipals(t, want, key)
}

func keyPrincipalBounded(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	granter, other := x.user(t), x.user(t)
	reader := x.customRole(t, "reader", domain.PermMemberRead)
	writer := x.customRole(t, "writer", domain.PermFileWrite, domain.PermMemberRead)
	require.NoError(t, x.assign(t, other.ID, x.roles[domain.RoleOwner]))
	_, key := x.granted(t, granter.ID, writer, x.roles[domain.RoleAdmin])
	for _, held := range [][]domain.Role{{}, {reader}, {writer}, {x.roles[domain.RoleMember]}, {x.roles[domain.RoleAuditor], reader}, {}} {
		require.NoError(t, x.assign(t, granter.ID, held...))
		want := domain.PermissionsOf(held, x.org)
		for _, ref := range refsOf(key) {
			require.Equal(t, want, keyPrincipal(t, x, ref).Permissions())
		}
	}
}

func keyPrincipalWithoutGranter(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	granter, theirs := x.user(t), y.user(t)
	require.NoError(t, x.assign(t, granter.ID, x.roles[domain.RoleOwner]))
	require.NoError(t, y.assign(t, theirs.ID, y.roles[domain.RoleOwner]))
	account, key := x.granted(t, granter.ID, x.roles[domain.RoleAuditor])
	permissions := func() []domain.Permission { return keyPrincipal(t, x, port.KeyRef{Hash: key.Hash}).Permissions() }
	require.NotEmpty(t, permissions())
	granter.Suspend(later)
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), granter) })
	require.Empty(t, permissions(), "suspended")
	for _, by := range []domain.UserID{"", theirs.ID, domain.UserID(account.ID), domain.UserID(newStoreID())} {
		account.GrantedBy = by
		require.NoError(t, x.updateService(t, account))
		account.Version++
		require.Empty(t, permissions(), by)
	}
	x.do(t, func(tx port.OrgTx) error { return tx.Users().Remove(t.Context(), granter.ID) })
	account.GrantedBy = granter.ID
	require.NoError(t, x.updateService(t, account))
	require.Empty(t, permissions(), "removed")
	require.Len(t, keyPrincipal(t, x, port.KeyRef{Hash: key.Hash}).Roles, 1, "the role itself stays")
}

func keyPrincipalUnknown(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	_, key := x.granted(t, x.user(t).ID)
	session := x.session(t, x.user(t).ID)
	for ref, want := range map[port.KeyRef]*domain.Error{
		{Hash: "unknown"}:                   domain.ErrUnauthenticated,
		{Hash: domain.TokenHash(key.ID)}:    domain.ErrUnauthenticated,
		{}:                                  domain.ErrTokenRevoked,
		{Token: "token"}:                    domain.ErrTokenRevoked,
		{ID: "no id"}:                       domain.ErrTokenRevoked,
		{ID: domain.APIKeyID(newStoreID())}: domain.ErrTokenRevoked,
		{ID: domain.APIKeyID(key.Account)}:  domain.ErrTokenRevoked,
		{ID: domain.APIKeyID(session.ID)}:   domain.ErrTokenRevoked,
		{Hash: "unknown", ID: key.ID, Token: "token"}: domain.ErrUnauthenticated,
	} {
		for range 2 {
			mustBe(t, want, x.refusal(t, ref), "%v", ref)
		}
	}
	for _, org := range []domain.OrgID{y.org.ID, "", "no org", domain.OrgID(newStoreID())} {
		for i, want := range []*domain.Error{domain.ErrUnauthenticated, domain.ErrTokenRevoked} {
			_, err := store.KeyPrincipal(t.Context(), org, refsOf(key)[i])
			mustBe(t, want, err)
		}
	}
	_, err := store.Principal(t.Context(), x.org.ID, domain.SessionID(key.ID))
	mustBe(t, domain.ErrTokenRevoked, err, "a key is no session")
	keyPrincipal(t, x, port.KeyRef{ID: key.ID})
}

func keyPrincipalRevoked(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	_, key := x.granted(t, x.user(t).ID)
	revoked, other := port.KeyRef{ID: key.ID, Token: oddText}, port.KeyRef{ID: key.ID, Token: "other"}
	keyPrincipal(t, x, revoked)
	y.revokeToken(t, revoked.Token, later)
	keyPrincipal(t, x, revoked)
	var winners atomic.Int64
	mustAllSucceed(t, crowd(20, func(int) error {
		var won bool
		err := x.unit(t, func(tx port.OrgTx) (err error) {
			won, err = tx.APIKeys().RevokeToken(t.Context(), revoked.Token, later)
			return err
		})
		if won {
			winners.Add(1)
		}
		return err
	}))
	require.EqualValues(t, 1, winners.Load(), "the others find it revoked")
	for range 2 {
		mustBe(t, domain.ErrTokenRevoked, x.refusal(t, revoked))
		keyPrincipal(t, x, other)
		keyPrincipal(t, x, port.KeyRef{Hash: key.Hash})
	}
}

func keyPrincipalParallel(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	keys := make([]domain.APIKey, 5)
	for i := range keys {
		_, keys[i] = x.granted(t, x.user(t).ID)
	}
	mustAllSucceed(t, crowd(100, func(i int) error {
		key := keys[i%len(keys)]
		p, err := store.KeyPrincipal(t.Context(), x.org.ID, refsOf(key)[i%2])
		if err == nil && (p.Key.ID != key.ID || p.User.ID != domain.UserID(key.Account) || !p.Service()) {
			t.Errorf("got %v of %v, want %v of %v", p.Key.ID, p.User.ID, key.ID, key.Account)
		}
		return err
	}))
}

// sweepKeys is a case of Platform.Sweep.
func sweepKeys(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	_, kept := x.granted(t, x.user(t).ID)
	recent, old := newAPIKey(kept.Account), newAPIKey(kept.Account)
	recent.ExpiresAt, old.ExpiresAt = storeNow.Add(-sweptAfter+time.Second), storeNow.Add(-sweptAfter-time.Second)
	require.NoError(t, x.insertKey(t, recent))
	require.NoError(t, x.insertKey(t, old))
	x.revokeToken(t, "live", storeNow.Add(time.Second))
	x.revokeToken(t, "over", storeNow.Add(-time.Second))
	require.Equal(t, 2, sweep(t, store), "a key and a token")
	require.ElementsMatch(t, []domain.APIKey{kept, recent}, keysOf(t, x, kept.Account))
	mustBe(t, domain.ErrTokenRevoked, x.refusal(t, port.KeyRef{ID: kept.ID, Token: "live"}))
	keyPrincipal(t, x, port.KeyRef{ID: kept.ID, Token: "over"})
}

func twoPrincipals(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	user := x.user(t)
	session := x.session(t, user.ID)
	_, key := x.granted(t, user.ID, x.roles[domain.RoleAuditor])
	refs := []port.PrincipalRef{
		{Session: session.ID}, {Key: refsOf(key)[0]}, {Key: refsOf(key)[1]}, {Session: domain.SessionID(newStoreID())},
		{Key: port.KeyRef{Hash: "unknown"}}, {Key: port.KeyRef{ID: domain.APIKeyID(newStoreID()), Token: "x"}}, {Session: "no id"}, {},
	}
	one := func(ref port.PrincipalRef) (found port.FoundPrincipal) {
		if ref.Key == (port.KeyRef{}) {
			found.Principal, found.Err = store.Principal(t.Context(), x.org.ID, ref.Session)
		} else {
			found.Principal, found.Err = store.KeyPrincipal(t.Context(), x.org.ID, ref.Key)
		}
		return found
	}
	for _, first := range refs {
		for _, second := range refs {
			both, err := store.TwoPrincipals(t.Context(), x.org.ID, [2]port.PrincipalRef{first, second})
			require.NoError(t, err)
			for i, want := range []port.FoundPrincipal{one(first), one(second)} {
				require.Equal(t, want.Err, both[i].Err)
				samePrincipal(t, want.Principal, both[i].Principal)
			}
		}
		user.FullName += "x" // so that the cached principals have changed
		x.do(t, func(tx port.OrgTx) error { return tx.Users().Update(t.Context(), user) })
		user.Version++
	}
}
