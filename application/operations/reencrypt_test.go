package operations_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
)

func TestReencryptUsesTheCurrentKeyForEverySecret(t *testing.T) {
	v := newVault(t)
	v.start(keys(t, oldKey))
	for _, n := range []int{0, 1, 130} {
		v.org(n, oldKey)
	}
	v.org(4, newKey)
	rotated := keys(t, newKey, oldKey)
	require.Equal(t, 131, v.status(rotated).Due())
	require.Equal(t, operations.ReencryptResult{Total: 135, Examined: 135, Reencrypted: 131, Canary: true}, v.reencrypt(rotated))
	v.mustOpen(keys(t, newKey))
	require.Equal(t, operations.CanaryCurrent, v.start(keys(t, newKey)).Canary)
	require.Equal(t, []operations.KeyCount{{ID: idOf(t, newKey), Values: 135}, {ID: idOf(t, oldKey), Position: 1}}, v.status(rotated).Keys)

	before := v.all()
	require.Equal(t, operations.ReencryptResult{Total: 135, Examined: 135, Canary: true}, v.reencrypt(rotated), "there is nothing left to do")
	require.Equal(t, before, v.all())
}

func TestReencryptStoresAMissingCanary(t *testing.T) {
	v := newVault(t)
	require.True(t, v.reencrypt(keys(t, newKey)).Canary)
	require.Equal(t, operations.CanaryCurrent, v.status(keys(t, newKey)).Canary)
}

func TestReencryptContinuesAfterAnInterruption(t *testing.T) {
	v := newVault(t)
	v.start(keys(t, oldKey))
	v.org(350, oldKey)
	rotated := keys(t, newKey, oldKey)
	finished := false
	for runs := 0; !finished; runs++ {
		require.Less(t, runs, 100)
		ctx, cancel := context.WithCancel(t.Context())
		batches := rand.IntN(6) // of the four there are
		if runs == 0 {
			batches = 1
		}
		result, err := operations.Reencrypt{Store: v.store, Keys: rotated}.Execute(ctx, func(operations.ReencryptResult) {
			if batches--; batches <= 0 {
				cancel()
			}
		})
		cancel()
		v.mustOpen(rotated)
		if finished = err == nil; !finished {
			require.ErrorIs(t, err, context.Canceled)
		}
		if runs == 0 {
			require.Equal(t, 100, result.Reencrypted)
			require.Equal(t, 250, v.status(rotated).Due())
			require.Equal(t, operations.CanaryFallback, v.status(rotated).Canary, "the canary comes last")
		}
	}
	v.mustOpen(keys(t, newKey))
	require.Equal(t, operations.CanaryCurrent, v.start(keys(t, newKey)).Canary)
}

func TestSecretsThatNoKeyOpensAreLeftAndCounted(t *testing.T) {
	v := newVault(t)
	v.start(keys(t, lostKey))
	lost := v.org(3, lostKey)
	places := v.org(4, oldKey)
	v.swap(places[0], v.sealAt(newKey, places[1])) // under the current key, but another's
	v.swap(places[2], "garbage")
	before := v.all()
	rotated := keys(t, newKey, oldKey)
	require.Equal(t, operations.ReencryptResult{Total: 7, Examined: 7, Reencrypted: 2, Unreadable: 5}, v.reencrypt(rotated))
	for i, value := range v.all() {
		if value.Place != places[1] && value.Place != places[3] {
			require.Equal(t, before[i], value)
		}
	}
	require.Equal(t, operations.CanaryUnreadable, v.status(rotated).Canary, "the canary still tells")

	for _, place := range append(lost, places[0], places[2]) { // they enrol again
		v.swap(place, v.sealAt(newKey, place))
	}
	require.Equal(t, operations.ReencryptResult{Total: 7, Examined: 7, Canary: true}, v.reencrypt(rotated))
	v.mustOpen(keys(t, newKey))
	require.Equal(t, operations.CanaryCurrent, v.status(keys(t, newKey)).Canary)
}

func TestTwoProcessesReencryptWhileTheServiceEnrols(t *testing.T) {
	v := newVault(t)
	v.start(keys(t, oldKey))
	places := v.org(250, oldKey)
	rotated := keys(t, newKey, oldKey)
	var done sync.WaitGroup
	for range 2 {
		done.Go(func() {
			_, err := operations.Reencrypt{Store: v.store, Keys: rotated}.Execute(t.Context(), func(operations.ReencryptResult) {})
			if err != nil {
				t.Error(err)
			}
		})
	}
	done.Go(func() {
		for _, place := range places { // those that are enrolling confirm
			if err := v.confirm(place); err != nil {
				t.Error(err)
			}
		}
	})
	done.Wait()
	v.mustOpen(rotated)
	v.reencrypt(rotated)
	v.mustOpen(keys(t, newKey))
}

// confirm makes the pending secret of an account live, as the service does.
func (v *vault) confirm(place port.Place) error {
	return v.store.InOrg(v.t.Context(), place.Org, func(tx port.OrgTx) error {
		held, err := tx.Authenticators().Of(v.t.Context(), place.User)
		if err != nil || held[0].Live() {
			return err
		}
		live := held[0]
		live.Confirm(1, now)
		return tx.Authenticators().Confirm(v.t.Context(), live, held[0])
	})
}

func TestRetire(t *testing.T) {
	v := newVault(t)
	v.start(keys(t, oldKey))
	v.org(3, oldKey)
	v.org(1, lostKey)
	use := func(id string) operations.KeyUse {
		retire := operations.RetireSecretKey{Store: v.store, Keys: keys(t, newKey, "a key that was never used, at all", oldKey)}
		use, err := retire.Execute(t.Context(), id)
		require.NoError(t, err)
		return use
	}
	for name, c := range map[string]struct {
		id   string
		want operations.KeyUse
		free bool
	}{
		"current":    {idOf(t, newKey), operations.KeyUse{Known: true}, false},
		"in use":     {idOf(t, oldKey), operations.KeyUse{Known: true, Position: 2, Values: 3, Canary: true}, false},
		"never used": {idOf(t, "a key that was never used, at all"), operations.KeyUse{Known: true, Position: 1}, true},
		"lost":       {idOf(t, lostKey), operations.KeyUse{Values: 1}, false},
		"mistyped":   {"00000000", operations.KeyUse{}, false},
		"none":       {"", operations.KeyUse{}, false},
	} {
		got := use(c.id)
		require.Equal(t, c.want, got, name)
		require.Equal(t, c.free, got.Free(), name)
	}
	v.reencrypt(keys(t, newKey, oldKey))
	require.False(t, use(idOf(t, oldKey)).Canary)
	require.True(t, use(idOf(t, oldKey)).Free())
}

func TestAKeyThatIsGivenTwiceIsCountedOnce(t *testing.T) {
	v := newVault(t)
	v.org(3, newKey)
	report := v.status(keys(t, newKey, newKey, oldKey))
	require.Equal(t, []operations.KeyCount{{ID: idOf(t, newKey), Values: 3}, {ID: idOf(t, oldKey), Position: 2}}, report.Keys)
	require.Zero(t, report.Due())
}
