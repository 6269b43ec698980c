package bunstore_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/conformance"
	"github.com/sole-platform/sole/test/harness"
)

func TestOneTimeTokensConformance(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]*bunstore.Store{
		"sqlite":   sqlite(t, filepath.Join(t.TempDir(), "sole.db")),
		"postgres": postgres(t, harness.Postgres(t)),
	} {
		t.Run(name, func(t *testing.T) {
			one, two := twoOrgs(t, store)
			conformance.Challenges(t, func(*testing.T) (port.Challenges, domain.OrgID, domain.OrgID) {
				return bunstore.NewChallenges(store, time.Now), one, two
			})
			conformance.StepUps(t, func(*testing.T) (port.StepUps, domain.OrgID, domain.OrgID) {
				return bunstore.NewStepUps(store, time.Now), one, two
			})
			conformance.Ceremonies(t, func(*testing.T) (port.Ceremonies, domain.OrgID, domain.OrgID) {
				return bunstore.NewCeremonies(store, time.Now), one, two
			})
			conformance.FirstRuns(t, func(*testing.T) (port.FirstRuns, domain.OrgID, domain.OrgID) {
				return bunstore.NewFirstRuns(store, time.Now), one, two
			})
		})
	}
}

func TestExpiredOneTimeTokensAreSwept(t *testing.T) {
	t.Parallel()
	store := sqlite(t, filepath.Join(t.TempDir(), "sole.db"))
	org, _ := twoOrgs(t, store)
	_, err := store.Platform().Sweep(t.Context(), time.Now())
	require.NoError(t, err)
	challenges := bunstore.NewChallenges(store, time.Now)
	for hash, ttl := range map[domain.TokenHash]time.Duration{"over": -time.Second, "live": time.Hour} {
		require.NoError(t, challenges.Put(t.Context(), org, hash, domain.Challenge{}, ttl))
	}
	removed, err := store.Platform().Sweep(t.Context(), time.Now())
	require.NoError(t, err)
	require.Equal(t, 1, removed)
	_, err = challenges.Take(t.Context(), org, "live")
	require.NoError(t, err)
}

func TestOneTimeTokensOfEveryOrgAreDropped(t *testing.T) {
	for name, store := range map[string]*bunstore.Store{
		"sqlite":   sqlite(t, filepath.Join(t.TempDir(), "sole.db")),
		"postgres": postgres(t, harness.Postgres(t)),
	} {
		t.Run(name, func(t *testing.T) {
			one, two := twoOrgs(t, store)
			challenges := bunstore.NewChallenges(store, time.Now)
			_, err := store.Platform().DropOneTimeTokens(t.Context()) // of twoOrgs
			require.NoError(t, err)
			for _, org := range []domain.OrgID{one, two} {
				require.NoError(t, challenges.Put(t.Context(), org, "live", domain.Challenge{}, time.Hour))
			}
			for _, want := range []int{2, 0} {
				dropped, err := store.Platform().DropOneTimeTokens(t.Context())
				require.NoError(t, err)
				require.Equal(t, want, dropped)
			}
			_, err = challenges.Get(t.Context(), one, "live")
			require.ErrorIs(t, err, domain.ErrChallengeGone)
		})
	}
}
