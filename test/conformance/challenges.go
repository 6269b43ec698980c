package conformance

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Challenges checks every promise of port.Challenges. open may give the same one each
// time, with two orgs that it knows; its clock must be the real one, because time passes here
// for real.
func Challenges(t *testing.T, open func(t *testing.T) (challenges port.Challenges, org, other domain.OrgID)) {
	for _, sentence := range []struct {
		must  string
		check func(*testing.T, challenges)
	}{
		{"gives a challenge back exactly as it was put", challengeRoundTrip},
		{"keeps a copy of its own", challengeIsCopied},
		{"does not know what was never put", challengeUnknown},
		{"keeps challenges apart", challengesApart},
		{"uses nothing up by Get", challengeSurvivesGet},
		{"uses a challenge up by Take", challengeTaken},
		{"lets one of fifty parallel Takes win", challengeTakenOnce},
		{"replaces a challenge put again, and its time", challengeReplaced},
		{"forgets a challenge when its own time is over", challengeExpires},
		{"forgets at once what has no time left", challengeWithoutTime},
		{"neither shows nor gives a challenge to another org", challengeOfAnotherOrg},
		{"fails once the context has ended, and takes nothing", challengeContextEnded},
	} {
		t.Run(sentence.must, func(t *testing.T) { sentence.check(t, in(open(t))) })
	}
}

// tickets are those of one org.
type tickets[V domain.Challenge | domain.StepUp] struct {
	port.Tickets[V]
	org, other domain.OrgID
}

type challenges = tickets[domain.Challenge]

func in[V domain.Challenge | domain.StepUp](all port.Tickets[V], org, other domain.OrgID) tickets[V] {
	return tickets[V]{all, org, other}
}

func (t tickets[V]) Put(ctx context.Context, hash domain.TokenHash, value V, ttl time.Duration) error {
	return t.Tickets.Put(ctx, t.org, hash, value, ttl)
}

func (t tickets[V]) Get(ctx context.Context, hash domain.TokenHash) (V, error) {
	return t.Tickets.Get(ctx, t.org, hash)
}

func (t tickets[V]) Take(ctx context.Context, hash domain.TokenHash) (V, error) {
	return t.Tickets.Take(ctx, t.org, hash)
}

// challengeNow has the finest grain that is kept.
var challengeNow = time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC)

func randomHash() domain.TokenHash { return domain.TokenHash(rand.Text()) }

func someChallenge() domain.Challenge {
	return domain.Challenge{
		Org: domain.OrgID(uuid.NewString()), User: domain.UserID(uuid.NewString()), Owed: domain.SignInEnrollmentRequired,
		Proven:            []domain.AMR{domain.AMRPassword, domain.AMROneTimeCode},
		PasswordChangedAt: challengeNow, ExpiresAt: challengeNow.Add(domain.ChallengeTTL),
	}
}

func mustPut(t *testing.T, challenges challenges, challenge domain.Challenge, ttl time.Duration) domain.TokenHash {
	t.Helper()
	hash := randomHash()
	require.NoError(t, challenges.Put(t.Context(), hash, challenge, ttl))
	return hash
}

func mustHold(t *testing.T, challenges challenges, hash domain.TokenHash, want domain.Challenge) {
	t.Helper()
	got, err := challenges.Get(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func mustBeGone(t *testing.T, challenges challenges, hash domain.TokenHash) {
	t.Helper()
	got, err := challenges.Get(t.Context(), hash)
	mustFail(t, err, domain.ErrChallengeGone, "Get")
	require.Zero(t, got)
	got, err = challenges.Take(t.Context(), hash)
	mustFail(t, err, domain.ErrChallengeGone, "Take")
	require.Zero(t, got)
}

func challengeRoundTrip(t *testing.T, challenges challenges) {
	for name, challenge := range map[string]domain.Challenge{
		"filled":          someChallenge(),
		"zero":            {},
		"nothing proven":  {Org: domain.OrgID(uuid.NewString()), Owed: domain.SignInCodeRequired, ExpiresAt: challengeNow},
		"no password yet": {User: domain.UserID(uuid.NewString()), Proven: []domain.AMR{domain.AMRRecoveryCode}},
		"odd characters":  {Owed: domain.SignInOutcome(oddText), Proven: []domain.AMR{domain.AMR(oddText), ""}},
		"long":            {Owed: domain.SignInOutcome(strings.Repeat("длинный ", 999))},
	} {
		hash := mustPut(t, challenges, challenge, time.Minute)
		mustHold(t, challenges, hash, challenge)
		taken, err := challenges.Take(t.Context(), hash)
		require.NoError(t, err, name)
		require.Equal(t, challenge, taken, name)
	}
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

func challengeUnknown(t *testing.T, challenges challenges) {
	mustBeGone(t, challenges, randomHash())
	mustBeGone(t, challenges, "")
}

func challengesApart(t *testing.T, challenges challenges) {
	one, two := someChallenge(), someChallenge()
	hash := randomHash()
	require.NoError(t, challenges.Put(t.Context(), hash, one, time.Minute))
	require.NoError(t, challenges.Put(t.Context(), hash+":1", two, time.Minute))
	mustHold(t, challenges, hash, one)
	_, err := challenges.Take(t.Context(), hash)
	require.NoError(t, err)
	mustBeGone(t, challenges, hash)
	mustHold(t, challenges, hash+":1", two)
}

func challengeSurvivesGet(t *testing.T, challenges challenges) {
	challenge := someChallenge()
	hash := mustPut(t, challenges, challenge, time.Minute)
	for range 5 {
		mustHold(t, challenges, hash, challenge)
	}
}

func challengeTaken(t *testing.T, challenges challenges) {
	hash := mustPut(t, challenges, someChallenge(), time.Minute)
	_, err := challenges.Take(t.Context(), hash)
	require.NoError(t, err)
	mustBeGone(t, challenges, hash)
}

func challengeTakenOnce(t *testing.T, challenges challenges) {
	for range 5 {
		hash := mustPut(t, challenges, someChallenge(), time.Minute)
		mustHaveOneWinner(t, crowd(50, func(int) error {
			_, err := challenges.Take(t.Context(), hash)
			return err
		}), domain.ErrChallengeGone)
	}
}

func challengeReplaced(t *testing.T, challenges challenges) {
	const short = 200 * time.Millisecond
	hash := mustPut(t, challenges, someChallenge(), short)
	second := someChallenge()
	require.NoError(t, challenges.Put(t.Context(), hash, second, time.Minute))
	mustHold(t, challenges, hash, second)
	time.Sleep(short + short/2)
	mustHold(t, challenges, hash, second)
}

func challengeExpires(t *testing.T, challenges challenges) {
	const short = 400 * time.Millisecond
	challenge, started := someChallenge(), time.Now()
	brief, lasting := mustPut(t, challenges, challenge, short), mustPut(t, challenges, challenge, time.Minute)
	if _, err := challenges.Get(t.Context(), brief); err != nil && time.Since(started) < short {
		t.Fatalf("lost before its time: %v", err)
	}
	time.Sleep(short + short/4)
	mustBeGone(t, challenges, brief)
	mustHold(t, challenges, lasting, challenge)
}

func challengeWithoutTime(t *testing.T, challenges challenges) {
	for _, ttl := range []time.Duration{0, -1, -time.Minute} {
		mustBeGone(t, challenges, mustPut(t, challenges, someChallenge(), ttl))
	}
	hash := mustPut(t, challenges, someChallenge(), time.Minute)
	require.NoError(t, challenges.Put(t.Context(), hash, someChallenge(), 0))
	mustBeGone(t, challenges, hash)
}

func challengeOfAnotherOrg(t *testing.T, challenges challenges) {
	challenge := someChallenge()
	hash := mustPut(t, challenges, challenge, time.Minute)
	theirs := in(challenges.Tickets, challenges.other, challenges.org)
	mustBeGone(t, theirs, hash)
	mustHold(t, challenges, hash, challenge)
	require.NoError(t, theirs.Put(t.Context(), hash, someChallenge(), time.Minute))
	mustHold(t, challenges, hash, challenge)
}

func challengeContextEnded(t *testing.T, challenges challenges) {
	challenge := someChallenge()
	hash, never := mustPut(t, challenges, challenge, time.Minute), randomHash()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, challenges.Put(ended, never, challenge, time.Minute))
	_, err := challenges.Get(ended, hash)
	require.Error(t, err)
	_, err = challenges.Take(ended, hash)
	require.Error(t, err)
	mustHold(t, challenges, hash, challenge)
	mustBeGone(t, challenges, never)
}
