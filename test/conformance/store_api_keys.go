package conformance

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var apiKeyCases = []storeCase{
	{"keeps every field of a key", apiKeysRoundTrip},
	{"lists the keys of an account, newest first", apiKeysListed},
	{"returns and removes keys of the account and of no other", apiKeysOfAccount},
	{"lets one of 20 parallel removals of a key win", apiKeysRemovedOnce},
	{"keeps the latest time of use of 20 parallel ones", apiKeysTouched},
	{"adds no key to an account that does not exist in the org", apiKeysOfNobody},
	{"keeps the keys of two orgs apart", apiKeysOfOrgs},
}

// newAPIKey returns a key that is not stored yet.
func newAPIKey(account domain.ServiceAccountID) domain.APIKey {
	id := newStoreID()
	return domain.APIKey{
		ID: domain.APIKeyID(id), Account: account, Name: "laptop", Hash: domain.TokenHash("hash of " + id),
		CreatedBy: domain.UserID(newStoreID()), CreatedAt: storeNow, ExpiresAt: storeNow.AddDate(0, 0, domain.DefaultKeyDays),
	}
}

func (x *tenant) insertKey(t *testing.T, key domain.APIKey) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.APIKeys().Insert(t.Context(), key) })
}

// key stores a new key of the account.
func (x *tenant) key(t *testing.T, account domain.ServiceAccountID) domain.APIKey {
	t.Helper()
	key := newAPIKey(account)
	require.NoError(t, x.insertKey(t, key))
	return key
}

func (x *tenant) removeKey(t *testing.T, id domain.APIKeyID) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.APIKeys().Remove(t.Context(), id) })
}

func (x *tenant) touchKey(t *testing.T, id domain.APIKeyID, at time.Time) error {
	return x.unit(t, func(tx port.OrgTx) error { return tx.APIKeys().Touch(t.Context(), id, at) })
}

func (x *tenant) revokeToken(t *testing.T, token string, expires time.Time) {
	t.Helper()
	x.do(t, func(tx port.OrgTx) error {
		revoked, err := tx.APIKeys().RevokeToken(t.Context(), token, expires)
		require.True(t, revoked)
		return err
	})
}

func keysOf(t *testing.T, x *tenant, account domain.ServiceAccountID) []domain.APIKey {
	t.Helper()
	return ask(t, x, func(tx port.OrgTx) ([]domain.APIKey, error) { return tx.APIKeys().Of(t.Context(), account) })
}

func (x *tenant) getKey(t *testing.T, account domain.ServiceAccountID, id domain.APIKeyID) (key domain.APIKey, err error) {
	err = x.unit(t, func(tx port.OrgTx) error {
		key, err = tx.APIKeys().Get(t.Context(), account, id)
		return err
	})
	return key, err
}

func apiKeysRoundTrip(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	account := x.service(t)
	for i, instant := range instants() {
		key := newAPIKey(account.ID)
		key.CreatedAt, key.ExpiresAt = instant.Add(-time.Hour), instant
		if i%2 == 1 {
			key.Name, key.CreatedBy, key.LastUsedAt = oddText, "", instant.Add(-time.Minute)
			key.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
		}
		require.NoError(t, x.insertKey(t, key))
		found, err := x.getKey(t, account.ID, key.ID)
		require.NoError(t, err)
		require.Equal(t, key, found)
		require.Contains(t, keysOf(t, x, account.ID), key)
	}
}

func apiKeysListed(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	account := x.service(t)
	x.key(t, x.service(t).ID)
	old, middle, latest := newAPIKey(account.ID), newAPIKey(account.ID), newAPIKey(account.ID)
	old.CreatedAt, old.ExpiresAt = storeNow.AddDate(-1, 0, 0), storeNow.AddDate(0, 0, -1) // expired
	latest.CreatedAt = later
	for _, key := range []domain.APIKey{middle, latest, old} {
		require.NoError(t, x.insertKey(t, key))
	}
	require.Equal(t, []domain.APIKey{latest, middle, old}, keysOf(t, x, account.ID))
}

func apiKeysOfAccount(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	account, other := x.service(t), x.service(t)
	key, kept := x.key(t, account.ID), x.key(t, account.ID)
	_, err := x.getKey(t, other.ID, key.ID)
	mustBe(t, domain.ErrNotFound, err)
	require.NoError(t, x.removeKey(t, key.ID))
	mustBe(t, domain.ErrNotFound, x.removeKey(t, key.ID))
	_, err = x.getKey(t, account.ID, key.ID)
	mustBe(t, domain.ErrNotFound, err)
	require.Equal(t, []domain.APIKey{kept}, keysOf(t, x, account.ID))
}

func apiKeysRemovedOnce(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	key := x.key(t, x.service(t).ID)
	oneOf(t, 20, domain.ErrNotFound, func(int) error { return x.removeKey(t, key.ID) })
}

func apiKeysTouched(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	account := x.service(t)
	key, other := x.key(t, account.ID), x.key(t, account.ID)
	mustAllSucceed(t, crowd(20, func(i int) error { return x.touchKey(t, key.ID, storeNow.Add(time.Duration(i)*time.Second)) }))
	key.LastUsedAt = storeNow.Add(19 * time.Second)
	for _, want := range []domain.APIKey{key, other} {
		found, err := x.getKey(t, account.ID, want.ID)
		require.NoError(t, err)
		require.Equal(t, want, found)
	}
	require.NoError(t, x.touchKey(t, domain.APIKeyID(newStoreID()), storeNow), "a key that was removed meanwhile")
}

func apiKeysOfNobody(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	user := x.user(t)
	for _, account := range []domain.ServiceAccountID{
		domain.ServiceAccountID(newStoreID()), y.service(t).ID, domain.ServiceAccountID(user.ID),
	} {
		mustBe(t, domain.ErrNotFound, x.insertKey(t, newAPIKey(account)))
		require.Empty(t, keysOf(t, x, account))
	}
}

func apiKeysOfOrgs(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	account := x.service(t)
	key := x.key(t, account.ID)
	_, err := y.getKey(t, account.ID, key.ID)
	mustBe(t, domain.ErrNotFound, err)
	mustBe(t, domain.ErrNotFound, y.removeKey(t, key.ID))
	require.NoError(t, y.touchKey(t, key.ID, later))
	require.Empty(t, keysOf(t, y, account.ID))
	require.Equal(t, []domain.APIKey{key}, keysOf(t, x, account.ID))
}
