package conformance

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// oneTimeTokens are the one-time tokens of one org.
type oneTimeTokens[V port.OneTimeValue] struct {
	port.OneTimeTokens[V]
	org, other domain.OrgID
	some       func() V // returns another value each time
	gone       *domain.Error
}

func (o oneTimeTokens[V]) Put(ctx context.Context, hash domain.TokenHash, value V, ttl time.Duration) error {
	return o.OneTimeTokens.Put(ctx, o.org, hash, value, ttl)
}

func (o oneTimeTokens[V]) Get(ctx context.Context, hash domain.TokenHash) (V, error) {
	return o.OneTimeTokens.Get(ctx, o.org, hash)
}

func (o oneTimeTokens[V]) Take(ctx context.Context, hash domain.TokenHash) (V, error) {
	return o.OneTimeTokens.Take(ctx, o.org, hash)
}

// checkOneTimeTokens checks every promise of port.OneTimeTokens. opened returns the adapter of the test.
func checkOneTimeTokens[V port.OneTimeValue](t *testing.T, opened func(*testing.T) oneTimeTokens[V]) {
	for _, promise := range []struct {
		must  string
		check func(*testing.T, oneTimeTokens[V])
	}{
		{"returns a value exactly as it was put", func(t *testing.T, o oneTimeTokens[V]) {
			var zero V
			oneTimeRoundTrip(t, o, o.some(), zero)
		}},
		{"returns an error for a token that was never put", oneTimeUnknown[V]},
		{"keeps values apart", oneTimeApart[V]},
		{"does not use a value up by Get", oneTimeSurvivesGet[V]},
		{"uses a value up by Take", oneTimeTaken[V]},
		{"lets one of fifty parallel Takes win", oneTimeTakenOnce[V]},
		{"replaces a value that is put again, and its expiry", oneTimeReplaced[V]},
		{"forgets a value when it expires", oneTimeExpires[V]},
		{"forgets a value at once that has already expired", oneTimeWithoutTime[V]},
		{"returns no value to another org", oneTimeOfAnotherOrg[V]},
		{"fails after the context has ended, and uses nothing up", oneTimeContextEnded[V]},
	} {
		t.Run(promise.must, func(t *testing.T) { promise.check(t, opened(t)) })
	}
}

// challengeNow is a time in the finest unit that is stored.
var challengeNow = time.Date(2026, 3, 14, 15, 9, 26, 535_897_000, time.UTC)

func randomHash() domain.TokenHash { return domain.TokenHash(rand.Text()) }

// ofOther are the one-time tokens of the other org.
func (o oneTimeTokens[V]) ofOther() oneTimeTokens[V] {
	o.org, o.other = o.other, o.org
	return o
}

func oneTimeRoundTrip[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V], values ...V) {
	for _, value := range values {
		hash := mustPut(t, o, value, time.Minute)
		mustHold(t, o, hash, value)
		taken, err := o.Take(t.Context(), hash)
		require.NoError(t, err)
		require.Equal(t, value, taken)
	}
}

func mustPut[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V], value V, ttl time.Duration) domain.TokenHash {
	t.Helper()
	hash := randomHash()
	require.NoError(t, o.Put(t.Context(), hash, value, ttl))
	return hash
}

func mustHold[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V], hash domain.TokenHash, want V) {
	t.Helper()
	got, err := o.Get(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func mustBeGone[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V], hash domain.TokenHash) {
	t.Helper()
	got, err := o.Get(t.Context(), hash)
	mustFail(t, err, o.gone, "Get")
	require.Zero(t, got)
	got, err = o.Take(t.Context(), hash)
	mustFail(t, err, o.gone, "Take")
	require.Zero(t, got)
}

func oneTimeUnknown[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	mustBeGone(t, o, randomHash())
	mustBeGone(t, o, "")
}

func oneTimeApart[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	one, two := o.some(), o.some()
	hash := randomHash()
	require.NoError(t, o.Put(t.Context(), hash, one, time.Minute))
	require.NoError(t, o.Put(t.Context(), hash+":1", two, time.Minute))
	mustHold(t, o, hash, one)
	_, err := o.Take(t.Context(), hash)
	require.NoError(t, err)
	mustBeGone(t, o, hash)
	mustHold(t, o, hash+":1", two)
}

func oneTimeSurvivesGet[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	value := o.some()
	hash := mustPut(t, o, value, time.Minute)
	for range 5 {
		mustHold(t, o, hash, value)
	}
}

func oneTimeTaken[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	hash := mustPut(t, o, o.some(), time.Minute)
	_, err := o.Take(t.Context(), hash)
	require.NoError(t, err)
	mustBeGone(t, o, hash)
}

func oneTimeTakenOnce[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	for range 5 {
		hash := mustPut(t, o, o.some(), time.Minute)
		mustHaveOneWinner(t, crowd(50, func(int) error {
			_, err := o.Take(t.Context(), hash)
			return err
		}), o.gone)
	}
}

func oneTimeReplaced[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	const short = 200 * time.Millisecond
	hash := mustPut(t, o, o.some(), short)
	second := o.some()
	require.NoError(t, o.Put(t.Context(), hash, second, time.Minute))
	mustHold(t, o, hash, second)
	time.Sleep(short + short/2)
	mustHold(t, o, hash, second)
}

func oneTimeExpires[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	const short = 400 * time.Millisecond
	value, started := o.some(), time.Now()
	brief, lasting := mustPut(t, o, value, short), mustPut(t, o, value, time.Minute)
	if _, err := o.Get(t.Context(), brief); err != nil && time.Since(started) < short {
		t.Fatalf("lost before its time: %v", err)
	}
	time.Sleep(short + short/4)
	mustBeGone(t, o, brief)
	mustHold(t, o, lasting, value)
}

func oneTimeWithoutTime[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	for _, ttl := range []time.Duration{0, -1, -time.Minute} {
		mustBeGone(t, o, mustPut(t, o, o.some(), ttl))
	}
	hash := mustPut(t, o, o.some(), time.Minute)
	require.NoError(t, o.Put(t.Context(), hash, o.some(), 0))
	mustBeGone(t, o, hash)
}

func oneTimeOfAnotherOrg[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	value := o.some()
	hash := mustPut(t, o, value, time.Minute)
	theirs := o.ofOther()
	mustBeGone(t, theirs, hash)
	mustHold(t, o, hash, value)
	require.NoError(t, theirs.Put(t.Context(), hash, o.some(), time.Minute))
	mustHold(t, o, hash, value)
}

func oneTimeContextEnded[V port.OneTimeValue](t *testing.T, o oneTimeTokens[V]) {
	value := o.some()
	hash, never := mustPut(t, o, value, time.Minute), randomHash()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, o.Put(ended, never, value, time.Minute))
	_, err := o.Get(ended, hash)
	require.Error(t, err)
	_, err = o.Take(ended, hash)
	require.Error(t, err)
	mustHold(t, o, hash, value)
	mustBeGone(t, o, never)
}
