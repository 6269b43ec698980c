package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sole-platform/sole/domain"
)

func TestADeviceExpiresByItsOwnDateOrTodaysSettingWhicheverIsEarlier(t *testing.T) {
	device := domain.Device{CreatedAt: now, ExpiresAt: now.AddDate(0, 0, 30)}
	for _, c := range []struct {
		name string
		days int
		want time.Time
	}{
		{"the setting as it was", 30, now.AddDate(0, 0, 30)},
		{"lowered by a day", 29, now.AddDate(0, 0, 29)},
		{"lowered to a day", 1, now.AddDate(0, 0, 1)},
		{"lowered to nothing", 0, now},
		{"raised since", 365, now.AddDate(0, 0, 30)},
	} {
		require.Equal(t, c.want, device.ExpiresUnder(c.days), c.name)
	}
}

func TestNoSettingExtendsADevice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		device := domain.Device{CreatedAt: now, ExpiresAt: now.Add(time.Duration(rapid.Int64Range(0, int64(365*24*time.Hour)).Draw(t, "life")))}
		days := rapid.IntRange(0, 365).Draw(t, "days")
		expiry := device.ExpiresUnder(days)
		if expiry.After(device.ExpiresAt) || expiry.After(now.AddDate(0, 0, days)) {
			t.Fatalf("%v is too late", expiry)
		}
		if !expiry.Equal(device.ExpiresAt) && !expiry.Equal(now.AddDate(0, 0, days)) {
			t.Fatalf("%v is neither date", expiry)
		}
	})
}

func TestUsingADeviceRotatesItsTokenAndMovesNoDate(t *testing.T) {
	device := domain.Device{
		ID:         "d",
		User:       "u",
		TokenHash:  "old",
		Skips:      4,
		Address:    "192.0.2.7",
		CreatedAt:  now,
		LastUsedAt: now,
		ExpiresAt:  now.AddDate(0, 0, 30),
	}
	want := device
	later := now.Add(time.Hour)
	want.TokenHash, want.Skips, want.Address, want.LastUsedAt = "new", 5, "192.0.2.8", later
	want.Spent = []domain.SpentToken{{Hash: "old", RotatedAt: later, SealedSuccessor: []byte("sealed")}}
	device.Rotate("new", []byte("sealed"), 10*time.Second, later)
	device.Use("192.0.2.8", later)
	require.Equal(t, want, device)
}

func TestARotatedDeviceTokenIsAcceptedWithinTheGrace(t *testing.T) {
	const grace = 10 * time.Second
	device := domain.Device{User: "u", TokenHash: "first", ExpiresAt: now.Add(time.Hour)}
	device.Rotate("second", []byte("sealed"), grace, now)
	for _, c := range []struct {
		token domain.TokenHash
		grace time.Duration
		after time.Duration
		want  bool
	}{
		{"first", grace, 0, true}, {"first", grace, grace - 1, true}, {"first", grace, grace, false}, {"first", 0, 0, false},
		{"second", grace, 0, false}, {"foreign", grace, 0, false}, {"", grace, 0, false},
	} {
		spent, ok := device.Rotated(c.token, c.grace, now.Add(c.after))
		require.Equal(t, c.want, ok, "%+v", c)
		require.Equal(t, c.want || c.token == "second", device.Proves("u", c.token, c.grace, now.Add(c.after)), "%+v", c)
		if ok {
			require.Equal(t, []byte("sealed"), spent.SealedSuccessor)
		}
	}
	device.Rotate("third", nil, grace, now.Add(grace))
	require.Len(t, device.Spent, 1, "what is past the grace is dropped")
	device.Rotate("fourth", nil, 0, now.Add(grace))
	require.Empty(t, device.Spent, "without a grace nothing is kept")
	device.EndedAt = now
	require.False(t, device.Proves("u", "fourth", grace, now))
}

func TestADeviceProvesItselfByItsOwnTokenOnly(t *testing.T) {
	device := domain.Device{User: "u", TokenHash: "own", ExpiresAt: now.Add(time.Hour)}
	require.True(t, device.Proves("u", "own", 10*time.Second, now))
	require.False(t, device.Proves("another", "own", 10*time.Second, now), "another account")
	require.False(t, device.Proves("u", "rotated", 10*time.Second, now), "another token")
	require.False(t, device.Proves("u", "own", 10*time.Second, now.Add(time.Hour)), "past its date")
	forgotten := device
	forgotten.EndedAt = now.Add(-time.Minute)
	require.False(t, forgotten.Proves("u", "own", 10*time.Second, now), "forgotten")
	device.TokenHash = ""
	require.False(t, device.Proves("u", "", 10*time.Second, now), "no token at all")
}

func TestADeviceIsShownWithTheExpiryOfTheCurrentSetting(t *testing.T) {
	device := domain.Device{CreatedAt: now, ExpiresAt: now.AddDate(0, 0, 30)}
	require.Zero(t, device.Under(30, now.AddDate(0, 0, 29)).EndedAt)
	over := device.Under(7, now.AddDate(0, 0, 7))
	require.Equal(t, domain.DeviceExpiry, over.EndReason)
	require.Equal(t, now.AddDate(0, 0, 7), over.EndedAt)
	device.EndedAt, device.EndReason = now, domain.DeviceForgotten
	require.Equal(t, domain.DeviceForgotten, device.Under(0, now.AddDate(1, 0, 0)).EndReason, "the first reason stays")
}

func TestADevicesNameIsForPeople(t *testing.T) {
	device := domain.Device{Name: "old"}
	require.Error(t, device.Rename(" \t"))
	require.Error(t, device.Rename("a\nb"))
	require.Equal(t, "old", device.Name)
	require.NoError(t, device.Rename(" Work laptop "))
	require.Equal(t, "Work laptop", device.Name)
}
