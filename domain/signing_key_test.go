package domain_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

// ring is an old key, the one that took over an hour ago, one that is about to, and one retired.
func ring() domain.SigningKeys {
	return of(domain.RS256, domain.SigningKeys{
		{ID: "old", SignsFrom: now.Add(-24 * time.Hour)},
		{ID: "current", SignsFrom: now.Add(-time.Hour)},
		{ID: "next", SignsFrom: now.Add(10 * time.Second)},
		{ID: "gone", SignsFrom: now.Add(-time.Minute), RetiredAt: now},
	})
}

func of(algorithm domain.SigningAlgorithm, keys domain.SigningKeys) domain.SigningKeys {
	for i := range keys {
		keys[i].Algorithm = algorithm
	}
	return keys
}

func TestTheLatestKeyThatHasBegunSigns(t *testing.T) {
	for at, want := range map[time.Duration]map[domain.KeyID]domain.KeyState{
		0: {"old": domain.KeyVerifying, "current": domain.KeySigning, "next": domain.KeyNext, "gone": domain.KeyRetired,
			"unknown": domain.KeyRetired},
		10 * time.Second: {"old": domain.KeyVerifying, "current": domain.KeyVerifying, "next": domain.KeySigning, "gone": domain.KeyRetired},
		-2 * time.Hour:   {"old": domain.KeySigning, "current": domain.KeyNext, "next": domain.KeyNext},
	} {
		for id, state := range want {
			require.Equal(t, state, ring().At(id, domain.RS256, now.Add(at)), "%s at %s", id, at)
		}
	}
}

func TestOfKeysThatBeganAtOnceOneSigns(t *testing.T) {
	for _, keys := range []domain.SigningKeys{{{ID: "a", SignsFrom: now}, {ID: "b", SignsFrom: now}},
		{{ID: "b", SignsFrom: now}, {ID: "a", SignsFrom: now}}} {
		keys = of(domain.ES256, keys)
		require.Equal(t, domain.KeySigning, keys.At("a", domain.ES256, now))
		require.Equal(t, domain.KeyVerifying, keys.At("b", domain.ES256, now))
	}
}

func TestWhichKeyMayBeRetired(t *testing.T) {
	const lifetime = 15 * time.Minute
	keys := ring()
	code := func(id domain.KeyID, forced bool, at time.Time) domain.Code {
		err := keys.MayRetire(id, domain.Retirement{Algorithm: domain.RS256, Lifetime: lifetime, Forced: forced}, at)
		failure, refused := errors.AsType[*domain.Error](err)
		if !refused {
			require.NoError(t, err)
			return ""
		}
		return failure.Code
	}
	require.Empty(t, code("old", false, now), "replaced an hour ago")
	require.Empty(t, code("next", false, now), "it never signed")
	require.Equal(t, domain.CodeConflict, code("current", false, now))
	require.Equal(t, domain.CodeConflict, code("current", true, now), "not even by force")
	require.Equal(t, domain.CodeNotFound, code("gone", true, now))
	require.Equal(t, domain.CodeNotFound, code("unknown", true, now))

	replaced := now.Add(10 * time.Second)
	last := replaced.Add(lifetime + 30*time.Second)
	require.Equal(t, domain.CodeConflict, code("current", false, last.Add(-time.Second)), "its tokens live")
	require.Empty(t, code("current", true, replaced), "by force")
	require.Empty(t, code("current", false, last))
}

// TestAKeySignsForProcessesOfItsAlgorithm: keys of the other algorithm change nothing, whenever they began.
func TestAKeySignsForProcessesOfItsAlgorithm(t *testing.T) {
	keys := append(ring(), of(domain.ES256, domain.SigningKeys{{ID: "curve", SignsFrom: now.Add(-time.Minute)}})...)
	for algorithm, want := range map[domain.SigningAlgorithm]map[domain.KeyID]domain.KeyState{
		domain.RS256: {"old": domain.KeyVerifying, "current": domain.KeySigning, "next": domain.KeyNext, "curve": domain.KeyVerifying},
		domain.ES256: {"old": domain.KeyVerifying, "current": domain.KeyVerifying, "next": domain.KeyNext, "curve": domain.KeySigning},
	} {
		for id, state := range want {
			require.Equal(t, state, keys.At(id, algorithm, now), "%s where %s signs", id, algorithm)
		}
	}
	retire := func(id domain.KeyID, algorithm domain.SigningAlgorithm, forced bool) error {
		return keys.MayRetire(id, domain.Retirement{Algorithm: algorithm, Lifetime: time.Minute, Forced: forced}, now)
	}
	require.ErrorIs(t, retire("curve", domain.ES256, true), domain.ErrKeySigns)
	require.ErrorIs(t, retire("curve", domain.RS256, false), domain.ErrKeyOtherAlgorithm)
	require.NoError(t, retire("curve", domain.RS256, true))
	require.ErrorIs(t, retire("current", domain.ES256, false), domain.ErrKeyOtherAlgorithm)
	require.NoError(t, retire("current", domain.ES256, true))
	require.NoError(t, retire("old", domain.ES256, false), "a later RSA key replaced it an hour ago")
}
