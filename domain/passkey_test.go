package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/domain"
)

func TestACeremonyAdmitsItsOwnAnswerOnly(t *testing.T) {
	ceremony := domain.Ceremony{Org: "org", By: "session action", User: "member", ExpiresAt: now.Add(domain.CeremonyTTL)}
	require.True(t, ceremony.Admits("org", "member", "session action", now))
	require.False(t, ceremony.Admits("other", "member", "session action", now), "another org")
	require.False(t, ceremony.Admits("org", "other", "session action", now), "another account")
	require.False(t, ceremony.Admits("org", "", "session action", now), "no account")
	require.False(t, ceremony.Admits("org", "member", "session other", now), "another action")
	require.False(t, ceremony.Admits("org", "member", "", now), "no session")
	require.True(t, ceremony.Admits("org", "member", "session action", now.Add(domain.CeremonyTTL-time.Nanosecond)))
	require.False(t, ceremony.Admits("org", "member", "session action", now.Add(domain.CeremonyTTL)), "too late")

	alone := domain.Ceremony{Org: "org", By: "token", ExpiresAt: now.Add(domain.CeremonyTTL)}
	require.True(t, alone.Admits("org", "", "token", now))
	require.False(t, alone.Admits("org", "member", "token", now), "a sign-in that names no account is no second factor")
	require.False(t, domain.Ceremony{}.Admits("", "", "", now), "a ceremony that does not exist")
}
