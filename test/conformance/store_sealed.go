package conformance

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

var sealedCases = []storeCase{
	{"counts sealed secrets by kind and key, over all orgs", sealedCount},
	{"lists every sealed secret once, page by page, over all orgs", sealedPages},
	{"lists pending secrets before live ones", sealedOrder},
	{"replaces a secret by the same secret under another key, and changes nothing else", sealedReplace},
	{"counts, lists and replaces the secrets of webhooks, and those before a rotation", sealedWebhooks},
	{"does not replace a secret that has changed since it was read", sealedReplaceStale},
	{"lets one of 20 replacements of a secret win", sealedReplaceOnce},
	{"keeps the first of 20 parallel canaries", canaryFirst},
	{"replaces a canary only if it has not changed since it was read", canarySwap},
}

// withSecrets gives n new accounts of the tenant a live secret and n a pending one.
func (x *tenant) withSecrets(t *testing.T, n int, live, pending string) (secrets []port.SealedValue) {
	t.Helper()
	for i := range n {
		for kind, key := range map[port.SealedKind]string{port.SealedAuthenticators: live, port.SealedPending: pending} {
			user, sealed := x.user(t).ID, domain.SealedSecret(fmt.Sprintf("%s.%d", key, i))
			a := x.pending(t, user, sealed)
			if kind == port.SealedAuthenticators {
				x.live(t, a, storeNow)
			}
			place := port.FactorPlace(domain.FactorTOTP, x.org.ID, user)
			secrets = append(secrets, port.SealedValue{Kind: kind, Org: x.org.ID, ID: string(user), Place: place, Sealed: sealed})
		}
	}
	return secrets
}

// allSealed pages through everything.
func allSealed(t *testing.T, store port.Store, limit int) (all []port.SealedValue) {
	t.Helper()
	secrets := store.Platform().Sealed()
	for _, kind := range secrets.Kinds() {
		var last port.SealedValue
		for {
			page, err := secrets.After(t.Context(), kind, last, limit)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page), limit)
			if len(page) == 0 {
				break
			}
			all, last = append(all, page...), page[len(page)-1]
		}
	}
	return all
}

func sealedCount(t *testing.T, store port.Store) {
	counts, err := store.Platform().Sealed().Count(t.Context())
	require.NoError(t, err)
	require.Empty(t, counts)
	newTenant(t, store).withSecrets(t, 2, "aaaaaaaa", "bbbbbbbb")
	newTenant(t, store).withSecrets(t, 3, "aaaaaaaa", "cccccccc")
	x := newTenant(t, store)
	x.pending(t, x.user(t).ID, "names no key")
	x.pending(t, x.user(t).ID, ".neither does this")
	counts, err = store.Platform().Sealed().Count(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, []port.SealedCount{
		{Kind: port.SealedAuthenticators, KeyID: "aaaaaaaa", Values: 5},
		{Kind: port.SealedPending, KeyID: "bbbbbbbb", Values: 2},
		{Kind: port.SealedPending, KeyID: "cccccccc", Values: 3},
		{Kind: port.SealedPending, KeyID: "", Values: 2},
	}, counts)
}

func sealedPages(t *testing.T, store port.Store) {
	var want []port.SealedValue
	for range 3 {
		want = append(want, newTenant(t, store).withSecrets(t, 4, "aaaaaaaa", "bbbbbbbb")...)
	}
	for _, limit := range []int{1, 5, 12, 100} {
		require.ElementsMatch(t, want, allSealed(t, store, limit), limit)
	}
	_, err := store.Platform().Sealed().After(t.Context(), "nothing of the kind", port.SealedValue{}, 1)
	require.Error(t, err)
}

func sealedOrder(t *testing.T, store port.Store) {
	kinds := store.Platform().Sealed().Kinds()
	pending, live := slices.Index(kinds, port.SealedPending), slices.Index(kinds, port.SealedAuthenticators)
	require.GreaterOrEqual(t, pending, 0)
	require.Greater(t, live, pending)
}

// anew returns the values, sealed with another key.
func anew(values []port.SealedValue) []port.Resealed {
	resealed := make([]port.Resealed, len(values))
	for i, value := range values {
		resealed[i] = port.Resealed{Value: value, Sealed: "dddddddd." + value.Sealed}
	}
	return resealed
}

func replaceSealed(t *testing.T, store port.Store, resealed []port.Resealed) int {
	t.Helper()
	n, err := store.Platform().Sealed().Replace(t.Context(), resealed)
	require.NoError(t, err)
	return n
}

// liveOnes returns the values of live secrets.
func liveOnes(values []port.SealedValue) []port.SealedValue {
	return slices.DeleteFunc(slices.Clone(values), func(v port.SealedValue) bool { return v.Kind != port.SealedAuthenticators })
}

func sealedReplace(t *testing.T, store port.Store) {
	a, b, c := newTenant(t, store), newTenant(t, store), newTenant(t, store)
	live := append(liveOnes(a.withSecrets(t, 3, "aaaaaaaa", "bbbbbbbb")), liveOnes(b.withSecrets(t, 3, "aaaaaaaa", "bbbbbbbb"))...)
	c.withSecrets(t, 3, "aaaaaaaa", "bbbbbbbb")
	user := domain.UserID(live[0].ID)
	authenticator := getAuthenticator(t, a, user)
	want := allSealed(t, store, 100)
	for i := range want {
		if slices.Contains(live, want[i]) {
			want[i].Sealed = "dddddddd." + want[i].Sealed
		}
	}
	require.Zero(t, replaceSealed(t, store, nil))
	require.Equal(t, 6, replaceSealed(t, store, anew(live)), "of two orgs")
	require.Equal(t, want, allSealed(t, store, 100))
	authenticator.Secret = "dddddddd." + authenticator.Secret
	require.Equal(t, authenticator, getAuthenticator(t, a, user))
}

func sealedWebhooks(t *testing.T, store port.Store) {
	x, y := newTenant(t, store), newTenant(t, store)
	both := []domain.Webhook{x.webhook(t, domain.AllEvents), x.webhook(t, domain.AllEvents), y.webhook(t, domain.AllEvents)}
	var values []port.SealedValue
	for i, owner := range []*tenant{x, x, y} {
		webhook := &both[i]
		webhook.Secret = domain.SealedSecret(fmt.Sprintf("aaaaaaaa.%d", i))
		webhook.Previous = domain.SealedSecret(fmt.Sprintf("bbbbbbbb.%d", i))
		if i == 1 {
			webhook.Previous = ""
		}
		require.NoError(t, owner.unit(t, func(tx port.OrgTx) error { return tx.Webhooks().Update(t.Context(), *webhook) }))
		webhook.Version++
		value := port.SealedValue{
			Kind: port.SealedWebhooks, Org: owner.org.ID, ID: string(webhook.ID), Place: port.WebhookPlace(owner.org.ID, webhook.ID),
			Sealed: webhook.Secret,
		}
		values = append(values, value)
		if value.Kind, value.Sealed = port.SealedOldWebhooks, webhook.Previous; value.Sealed != "" {
			values = append(values, value)
		}
	}
	counts, err := store.Platform().Sealed().Count(t.Context())
	require.NoError(t, err)
	require.ElementsMatch(t, []port.SealedCount{
		{Kind: port.SealedWebhooks, KeyID: "aaaaaaaa", Values: 3}, {Kind: port.SealedOldWebhooks, KeyID: "bbbbbbbb", Values: 2},
	}, counts)
	for _, limit := range []int{1, 100} {
		require.ElementsMatch(t, values, allSealed(t, store, limit))
	}
	for _, value := range anew(values) {
		require.Equal(t, 1, replaceSealed(t, store, []port.Resealed{value}))
		require.Zero(t, replaceSealed(t, store, []port.Resealed{value}), "it has changed since it was read")
	}
	for i, owner := range []*tenant{x, x, y} {
		if both[i].Secret = "dddddddd." + both[i].Secret; both[i].Previous != "" {
			both[i].Previous = "dddddddd." + both[i].Previous
		}
		found, err := owner.getWebhook(t, both[i].ID)
		require.NoError(t, err)
		require.Equal(t, both[i], found, "the version stays too")
	}
}

func sealedReplaceStale(t *testing.T, store port.Store) {
	x := newTenant(t, store)
	values := x.withSecrets(t, 2, "aaaaaaaa", "bbbbbbbb")
	stale := anew(liveOnes(values))
	for i := range stale {
		stale[i].Value.Sealed += " as it was earlier"
	}
	require.Zero(t, replaceSealed(t, store, stale))
	elsewhere := anew(liveOnes(values))[:1]
	elsewhere[0].Value.Org = newTenant(t, store).org.ID
	require.Zero(t, replaceSealed(t, store, elsewhere), "in another org")
	require.ElementsMatch(t, values, allSealed(t, store, 100))
}

func sealedReplaceOnce(t *testing.T, store port.Store) {
	value := newTenant(t, store).withSecrets(t, 1, "aaaaaaaa", "bbbbbbbb")[0]
	replaced := make([]int, 20)
	mustAllSucceed(t, crowd(len(replaced), func(i int) (err error) {
		sealed := domain.SealedSecret(fmt.Sprintf("dddddddd.%d", i))
		replaced[i], err = store.Platform().Sealed().Replace(t.Context(), []port.Resealed{{Value: value, Sealed: sealed}})
		return err
	}))
	winner := slices.Index(replaced, 1)
	require.GreaterOrEqual(t, winner, 0)
	require.NotContains(t, replaced[winner+1:], 1)
	value.Sealed = domain.SealedSecret(fmt.Sprintf("dddddddd.%d", winner))
	require.Contains(t, allSealed(t, store, 100), value)
}

func getCanary(t *testing.T, store port.Store, name string) domain.SealedSecret {
	t.Helper()
	sealed, err := store.Platform().Sealed().Canary(t.Context(), name)
	require.NoError(t, err)
	return sealed
}

func canaryFirst(t *testing.T, store port.Store) {
	require.Empty(t, getCanary(t, store, "one"))
	kept := make([]domain.SealedSecret, 20)
	mustAllSucceed(t, crowd(len(kept), func(i int) (err error) {
		kept[i], err = store.Platform().Sealed().AddCanary(t.Context(), "one", domain.SealedSecret(fmt.Sprintf("aaaaaaaa.%d", i)))
		return err
	}))
	require.NotEmpty(t, kept[0])
	for _, sealed := range kept {
		require.Equal(t, getCanary(t, store, "one"), sealed)
	}
	require.Empty(t, getCanary(t, store, "another"))
}

func canarySwap(t *testing.T, store port.Store) {
	secrets := store.Platform().Sealed()
	_, err := secrets.AddCanary(t.Context(), "one", "aaaaaaaa.1")
	require.NoError(t, err)
	require.NoError(t, secrets.ReplaceCanary(t.Context(), "one", "aaaaaaaa.2", "bbbbbbbb.1"))
	require.EqualValues(t, "aaaaaaaa.1", getCanary(t, store, "one"))
	require.NoError(t, secrets.ReplaceCanary(t.Context(), "one", "aaaaaaaa.1", "bbbbbbbb.1"))
	require.EqualValues(t, "bbbbbbbb.1", getCanary(t, store, "one"))
}
