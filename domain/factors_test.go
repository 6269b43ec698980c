package domain_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestFactorsAreTheLiveAuthenticatorsTheOldestFirst(t *testing.T) {
	younger, older, pending := pendingTOTP(""), pendingTOTP(""), pendingTOTP("")
	younger.Confirm(1, now.Add(time.Hour))
	older.ID, older.Kind = "b", "key"
	older.Confirm(0, now)
	pending.ID, pending.Kind = "c", "another kind"
	factors := domain.NewFactors([]domain.Authenticator{younger, pending, older})
	require.Equal(t, domain.Factors{
		{ID: "b", Kind: "key", EnrolledAt: now}, {ID: "a", Kind: domain.FactorTOTP, EnrolledAt: now.Add(time.Hour)},
	}, factors)
	require.True(t, factors.Enrolled())
	require.Equal(t, now, factors.EnrolledAt())
	require.True(t, factors.Has("key"))
	require.False(t, factors.Has("another kind"))
}

func TestAnAccountWithoutALiveAuthenticatorIsNotEnrolled(t *testing.T) {
	factors := domain.NewFactors([]domain.Authenticator{pendingTOTP("")})
	require.False(t, factors.Enrolled())
	require.Zero(t, factors.EnrolledAt())
}

func TestFactorsAreTheSameOnlyWithoutAnyChange(t *testing.T) {
	factors := domain.Factors{{ID: "a", Kind: domain.FactorTOTP, EnrolledAt: now}, {ID: "b", Kind: "key", EnrolledAt: now}}
	same := slices.Clone(factors)
	same[0].EnrolledAt = now.In(time.FixedZone("somewhere", 3600))
	require.True(t, factors.Same(same))
	require.True(t, domain.Factors(nil).Same(domain.Factors{}))
	for change, other := range map[string]domain.Factors{
		"one removed":    factors[:1],
		"one added":      append(slices.Clone(factors), domain.Factor{ID: "c", Kind: "key", EnrolledAt: now}),
		"all removed":    nil,
		"enrolled anew":  {factors[0], {ID: "b", Kind: "key", EnrolledAt: now.Add(time.Microsecond)}},
		"replaced":       {factors[0], {ID: "c", Kind: "key", EnrolledAt: now}},
		"of other kinds": {factors[0], {ID: "b", Kind: domain.FactorTOTP, EnrolledAt: now}},
	} {
		require.False(t, factors.Same(other), change)
	}
}
