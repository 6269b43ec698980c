package locale

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDatesAreWritten(t *testing.T) {
	at := time.Date(2026, 3, 14, 7, 5, 0, 0, time.UTC)
	require.Equal(t, "14 March 2026", english(t).Date(at))
	require.Equal(t, "14. März 2026", german(t).Date(at))
	require.Equal(t, "14 March 2026, 07:05 UTC", english(t).DateTime(at))
	require.Equal(t, "14. März 2026, 07:05 Uhr UTC", german(t).DateTime(at))
	for month := time.January; month <= time.December; month++ {
		require.Contains(t, english(t).Date(time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)), month.String())
	}
}

func TestDistancesInTimeAreWritten(t *testing.T) {
	now := time.Date(2026, 3, 14, 7, 5, 0, 0, time.UTC)
	for _, c := range []struct {
		distance         time.Duration
		english, deutsch string
	}{
		{0, "just now", "gerade eben"},
		{-59 * time.Second, "just now", "gerade eben"},
		{-time.Minute, "1 minute ago", "vor 1 Minute"},
		{-59 * time.Minute, "59 minutes ago", "vor 59 Minuten"},
		{-23 * time.Hour, "23 hours ago", "vor 23 Stunden"},
		{-24 * time.Hour, "1 day ago", "vor 1 Tag"},
		{-29 * day, "29 days ago", "vor 29 Tagen"},
		{-30 * day, "12 February 2026", "12. Februar 2026"},
		{90 * time.Second, "in 1 minute", "in 1 Minute"},
		{2 * time.Hour, "in 2 hours", "in 2 Stunden"},
		{7 * day, "in 7 days", "in 7 Tagen"},
		{31 * day, "14 April 2026", "14. April 2026"},
	} {
		require.Equal(t, c.english, english(t).Ago(now.Add(c.distance), now), c.distance)
		require.Equal(t, c.deutsch, german(t).Ago(now.Add(c.distance), now), c.distance)
	}
}

func TestDurationsAreWritten(t *testing.T) {
	for _, c := range []struct {
		duration         time.Duration
		english, deutsch string
	}{
		{0, "0 seconds", "0 Sekunden"},
		{time.Second, "1 second", "1 Sekunde"},
		{time.Second + 1, "2 seconds", "2 Sekunden"},
		{15 * time.Minute, "15 minutes", "15 Minuten"},
		{14*time.Minute + 59*time.Second + 1, "15 minutes", "15 Minuten"},
		{90 * time.Second, "1 minute 30 seconds", "1 Minute 30 Sekunden"},
		{90*time.Minute + time.Second, "1 hour 30 minutes", "1 Stunde 30 Minuten"},
		{7 * day, "7 days", "7 Tage"},
		{day + 2*time.Hour, "1 day 2 hours", "1 Tag 2 Stunden"},
	} {
		require.Equal(t, c.english, english(t).Duration(c.duration), c.duration)
		require.Equal(t, c.deutsch, german(t).Duration(c.duration), c.duration)
	}
}

func TestSizesAndNumbersAreWritten(t *testing.T) {
	for _, c := range []struct {
		size             int64
		english, deutsch string
	}{
		{0, "0 bytes", "0 Byte"},
		{1, "1 byte", "1 Byte"},
		{1023, "1,023 bytes", "1.023 Byte"},
		{1536, "1.5 KB", "1,5 KB"},
		{1<<20 - 1, "1 MB", "1 MB"},
		{10 << 20, "10 MB", "10 MB"},
		{math.MaxInt64, "8,388,608 TB", "8.388.608 TB"},
	} {
		require.Equal(t, c.english, english(t).Bytes(c.size))
		require.Equal(t, c.deutsch, german(t).Bytes(c.size))
	}
	require.Equal(t, "-1,234,567", english(t).Number(-1234567))
	require.Equal(t, "-1.234.567", german(t).Number(-1234567))
}
