package conformance

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var signingKeyCases = []storeCase{
	{"keeps every field of each key, and lists them oldest first", signingKeysRoundTrip},
	{"retires a key once", signingKeysRetire},
	{"runs changes one after another", signingKeysInTurn},
	{"undoes a failed unit, and appends the event of a change to the org's log", signingKeysUnit},
}

func newSigningKey(change func(k *domain.SigningKey)) domain.SigningKey {
	key := domain.SigningKey{
		ID: domain.KeyID("kid-" + newStoreID()), Source: domain.KeyStored, Algorithm: domain.RS256,
		PublicPEM: "-----BEGIN\n" + oddText, Private: "sealed",
		CreatedAt: storeNow, SignsFrom: storeNow.Add(10 * time.Second),
	}
	change(&key)
	return key
}

func insertKey(t *testing.T, store port.Store, key domain.SigningKey) (inserted bool) {
	t.Helper()
	require.NoError(t, store.Platform().Keys(t.Context(), "", func(keys port.SigningKeys, _ port.OrgTx) (err error) {
		inserted, err = keys.Insert(t.Context(), key)
		return err
	}))
	return inserted
}

func listKeys(t *testing.T, store port.Store) domain.SigningKeys {
	t.Helper()
	keys, err := store.Platform().SigningKeys(t.Context())
	require.NoError(t, err)
	return keys
}

func signingKeysRoundTrip(t *testing.T, store port.Store) {
	require.Empty(t, listKeys(t, store))
	later := newSigningKey(func(*domain.SigningKey) {})
	earlier := newSigningKey(func(k *domain.SigningKey) {
		k.Source, k.Algorithm, k.Private, k.SignsFrom, k.RetiredAt = domain.KeyConfigured, domain.ES256, "", storeNow, storeNow.Add(time.Hour)
	})
	require.True(t, insertKey(t, store, later))
	require.True(t, insertKey(t, store, earlier))
	again := later
	again.Private, again.SignsFrom = "another", storeNow.Add(time.Hour)
	require.False(t, insertKey(t, store, again))
	require.Equal(t, domain.SigningKeys{earlier, later}, listKeys(t, store))
}

func signingKeysRetire(t *testing.T, store port.Store) {
	key := newSigningKey(func(*domain.SigningKey) {})
	insertKey(t, store, key)
	retire := func(id domain.KeyID) error {
		return store.Platform().Keys(t.Context(), "", func(keys port.SigningKeys, _ port.OrgTx) error {
			return keys.Retire(t.Context(), id, storeNow)
		})
	}
	oneOf(t, 20, domain.ErrNotFound, func(int) error { return retire(key.ID) })
	mustBe(t, domain.ErrNotFound, retire("unknown"))
	key.RetiredAt = storeNow
	require.Contains(t, listKeys(t, store), key)
}

func signingKeysInTurn(t *testing.T, store port.Store) {
	inUse := func(keys domain.SigningKeys) (n int) {
		for _, k := range keys {
			if k.RetiredAt.IsZero() {
				n++
			}
		}
		return n
	}
	before := inUse(listKeys(t, store))
	mustAllSucceed(t, crowd(20, func(int) error {
		return store.Platform().Keys(t.Context(), "", func(keys port.SigningKeys, _ port.OrgTx) error {
			_, err := keys.Insert(t.Context(), newSigningKey(func(*domain.SigningKey) {}))
			return err
		})
	}))
	require.Equal(t, before+20, inUse(listKeys(t, store)), "of keys made at once none is lost")
	rest := before + 1
	oneLeft := func(int) error {
		return store.Platform().Keys(t.Context(), "", func(keys port.SigningKeys, _ port.OrgTx) error {
			all, err := keys.List(t.Context())
			if err != nil {
				return err
			}
			if inUse(all) <= rest {
				return domain.ErrBusy
			}
			i := slices.IndexFunc(all, func(k domain.SigningKey) bool { return k.RetiredAt.IsZero() && k.Source == domain.KeyStored })
			return keys.Retire(t.Context(), all[i].ID, storeNow)
		})
	}
	for _, err := range crowd(40, oneLeft) {
		if err != nil {
			mustBe(t, domain.ErrBusy, err)
		}
	}
	require.Equal(t, rest, inUse(listKeys(t, store)), "nobody retires what was retired, or one too many")
}

func signingKeysUnit(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	key := newSigningKey(func(*domain.SigningKey) {})
	do := func(outcome error) error {
		return store.Platform().Keys(t.Context(), x.org.ID, func(keys port.SigningKeys, tx port.OrgTx) error {
			if _, err := keys.Insert(t.Context(), key); err != nil {
				return err
			}
			if err := tx.Audit().Append(t.Context(), newEvent(domain.EventKeyRotated, storeNow)); err != nil {
				return err
			}
			return outcome
		})
	}
	mustBe(t, domain.ErrBusy, do(domain.ErrBusy))
	require.NotContains(t, listKeys(t, store), key)
	require.Empty(t, newestEvents(t, x, 10))
	require.NoError(t, do(nil))
	require.Contains(t, listKeys(t, store), key)
	require.Len(t, newestEvents(t, x, 10), 1)
}
