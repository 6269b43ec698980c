package bootstrap

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMemoryIsTrimmedOnceWhenRequestsCease(t *testing.T) {
	var q quietness
	const busy, background = 10 * quietAllocation, quietAllocation / 10
	allocated := uint64(0)
	due := func(more uint64) bool {
		allocated += more
		return q.due(allocated)
	}
	require.False(t, due(busy), "the start")
	require.True(t, due(background), "the first quiet interval")
	require.False(t, due(background), "nothing new to free")
	require.False(t, due(busy), "requests")
	require.False(t, due(busy), "requests")
	require.True(t, due(background), "requests ceased")
	for range trimAllocation/background - 1 {
		require.False(t, due(background), "little garbage")
	}
	require.True(t, due(2*background), "garbage of the background")
}
