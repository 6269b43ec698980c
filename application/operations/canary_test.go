package operations_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
)

func TestTheCanaryIsStoredAtTheFirstStartAndNeverChanged(t *testing.T) {
	v := newVault(t)
	require.Equal(t, operations.CanaryAbsent, v.status(keys(t, oldKey)).Canary, "looking keeps none")
	require.Empty(t, v.canary())
	require.Equal(t, operations.CanaryCurrent, v.start(keys(t, oldKey)).Canary)
	kept := v.canary()
	require.NotEmpty(t, kept)
	for state, ring := range map[operations.CanaryState]port.KeyRing{
		operations.CanaryCurrent:    keys(t, oldKey, newKey),
		operations.CanaryFallback:   keys(t, newKey, oldKey),
		operations.CanaryUnreadable: keys(t, newKey, lostKey),
	} {
		require.Equal(t, state, v.start(ring).Canary)
		require.Equal(t, state, v.status(ring).Canary)
		require.Equal(t, kept, v.canary())
	}
}

func TestParallelFirstStartsStoreOneCanary(t *testing.T) {
	v := newVault(t)
	states := make([]operations.CanaryState, 16)
	var done sync.WaitGroup
	for i := range states {
		done.Go(func() {
			report, err := operations.CheckCanary{Store: v.store, Keys: keys(t, newKey)}.Execute(t.Context())
			if err != nil {
				t.Error(err)
			}
			states[i] = report.Canary
		})
	}
	done.Wait()
	for _, state := range states {
		require.Equal(t, operations.CanaryCurrent, state)
	}
}

func TestAnUnreadableCanaryIsReportedWithTheNumberOfLostSecrets(t *testing.T) {
	v := newVault(t)
	v.start(keys(t, lostKey))
	v.org(6, lostKey)
	v.org(2, newKey)
	report := v.start(keys(t, newKey))
	require.Equal(t, operations.CanaryUnreadable, report.Canary)
	require.Equal(t, 3, report.Unreadable(port.SealedAuthenticators))
	require.Equal(t, 6, report.Unreadable(""))
}

func TestNoCanaryIsStoredIfSecretsNameAnotherKey(t *testing.T) {
	v := newVault(t)
	v.org(2, lostKey)
	report := v.start(keys(t, newKey))
	require.Equal(t, operations.CanaryAbsent, report.Canary)
	require.Equal(t, 2, report.Unreadable(""))
	require.Empty(t, v.canary())
	require.Equal(t, operations.CanaryCurrent, v.start(keys(t, newKey, lostKey)).Canary)
}
