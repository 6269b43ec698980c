package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/memory"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// fullStore fails the unit in which a sign-in is decided, the second of three.
type fullStore struct {
	port.Store
	failure error
	units   int
}

func (s *fullStore) InOrg(ctx context.Context, org domain.OrgID, fn func(port.OrgTx) error) error {
	if s.units++; s.units%3 == 2 {
		return s.failure
	}
	return s.Store.InOrg(ctx, org, fn)
}

func TestAnUndecidedGuessAtSignInIsNotCounted(t *testing.T) {
	for _, failure := range []error{domain.ErrUnavailable, domain.ErrStale, domain.ErrChallengeGone} {
		t.Run(failure.Error(), func(t *testing.T) {
			f := newFixture(t)
			full := &fullStore{Store: f.store, failure: failure}
			flow := f.flow
			flow.Store, flow.Guesses.Store = full, full
			for range 10 { // the limit is three
				_, err := auth.Login{Flow: flow, Hasher: f.hasher}.Execute(t.Context(), f.visitor,
					auth.LoginInput{Email: email, Password: domain.NewSecret(password)})
				require.ErrorIs(t, err, failure)
			}
			_, err := f.login(password)
			require.NoError(t, err, "no guess was spent")
			for range 3 {
				_, err := f.login("a wrong password")
				require.ErrorIs(t, err, domain.ErrInvalidCredentials)
			}
			_, err = f.login(password)
			require.ErrorIs(t, err, domain.ErrAccountLocked)
		})
	}
}

// lateChallenges stores the first challenge and returns an error all the same.
type lateChallenges struct {
	port.Challenges
	late []domain.TokenHash
}

func (c *lateChallenges) Put(
	ctx context.Context, org domain.OrgID, hash domain.TokenHash, challenge domain.Challenge, ttl time.Duration,
) error {
	err := c.Challenges.Put(ctx, org, hash, challenge, ttl)
	if len(c.late) == 0 {
		c.late, err = append(c.late, hash), domain.ErrUnavailable
	}
	return err
}

func TestAChallengeIsStoredUnderAnotherTokenAfterAFailedPut(t *testing.T) {
	f := newFixture(t)
	late := &lateChallenges{Challenges: memory.NewChallenges(f.flow.Clock)}
	f.flow.Challenges = late
	parsed, err := f.flow.ChallengeTokens.Parse(f.challenge())
	require.NoError(t, err)
	require.Len(t, late.late, 1)
	require.NotEqual(t, late.late[0], parsed.Hash)
	_, err = late.Get(t.Context(), f.org, parsed.Hash)
	require.NoError(t, err)
}
