package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Challenges checks every promise of port.Challenges. open returns the adapter, which may be the
// same each time, and the ids of two orgs that exist in it. Its clock must be the real one, because
// the suite waits until challenges expire.
func Challenges(t *testing.T, open func(t *testing.T) (challenges port.Challenges, org, other domain.OrgID)) {
	opened := func(t *testing.T) challenges {
		all, org, other := open(t)
		return challenges{OneTimeTokens: all, org: org, other: other, some: someChallenge, gone: domain.ErrChallengeGone}
	}
	checkOneTimeTokens(t, opened)
	t.Run("returns every kind of challenge exactly as it was put", func(t *testing.T) { challengeRoundTrip(t, opened(t)) })
	t.Run("stores a copy, which later changes of the original do not reach", func(t *testing.T) { challengeIsCopied(t, opened(t)) })
}

type challenges = oneTimeTokens[domain.Challenge]

func someChallenge() domain.Challenge {
	return domain.Challenge{
		Org: domain.OrgID(uuid.NewString()), User: domain.UserID(uuid.NewString()), Owed: domain.SignInEnrollmentRequired,
		Proven:            []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode},
		PasswordChangedAt: challengeNow, Factors: someFactors(), ExpiresAt: challengeNow.Add(domain.ChallengeTTL),
	}
}

func someFactors() domain.Factors {
	return domain.Factors{
		{ID: domain.AuthenticatorID(uuid.NewString()), Kind: domain.FactorTOTP, EnrolledAt: challengeNow.Add(time.Microsecond)},
		{ID: domain.AuthenticatorID(uuid.NewString()), Kind: "key", EnrolledAt: challengeNow.Add(time.Hour)},
	}
}

func challengeRoundTrip(t *testing.T, challenges challenges) {
	oneTimeRoundTrip(t, challenges,
		domain.Challenge{Org: domain.OrgID(uuid.NewString()), Owed: domain.SignInCodeRequired, ExpiresAt: challengeNow},
		domain.Challenge{User: domain.UserID(uuid.NewString()), Proven: []domain.AMR{domain.AMRRecoveryCode}},
		domain.Challenge{Owed: domain.SignInOutcome(oddText), Proven: []domain.AMR{domain.AMR(oddText), ""}},
		domain.Challenge{Owed: domain.SignInOutcome(strings.Repeat("длинный ", 999))},
	)
}

func challengeIsCopied(t *testing.T, challenges challenges) {
	challenge := someChallenge()
	hash := mustPut(t, challenges, challenge, time.Minute)
	challenge.Proven[0] = "changed by who put it"
	handedOut, err := challenges.Get(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, domain.AMRPassword, handedOut.Proven[0])
	handedOut.Proven[0] = "changed by who got it"
	again, err := challenges.Get(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, domain.AMRPassword, again.Proven[0])
}
