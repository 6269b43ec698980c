package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMedianIsTheMiddle(t *testing.T) {
	require.Zero(t, median(nil))
	require.InDelta(t, 2, median([]float64{9, 1, 2}), 0)
	require.InDelta(t, 2.5, median([]float64{9, 1, 2, 3}), 0)
}

func TestPercentileIsTheSmallestValueThatEnoughDoNotExceed(t *testing.T) {
	var sorted []time.Duration
	for i := range 200 {
		sorted = append(sorted, time.Duration(i+1))
	}
	require.Equal(t, time.Duration(100), percentile(sorted, 0.5))
	require.Equal(t, time.Duration(198), percentile(sorted, 0.99))
	require.Equal(t, time.Duration(200), percentile(sorted, 1))
	require.Equal(t, time.Duration(1), percentile(sorted[:1], 0.01))
	require.Zero(t, percentile(nil, 0.5))
}

func TestDeviationIgnoresOneOutlier(t *testing.T) {
	require.Zero(t, deviation([]float64{5}))
	require.Zero(t, deviation([]float64{5, 5, 5}))
	even := deviation([]float64{9, 10, 11, 10, 10.5})
	require.InDelta(t, 0.4155, even, 0.001) // 1.4826 * 1.2533 * 0.5 / sqrt(5)
	require.InDelta(t, even, deviation([]float64{9.5, 10, 1000, 10, 10.5}), 1e-9)
}

// sampleOf is a round of requests with this CPU for each, in microseconds.
func sampleOf(service, database int) sample {
	const done = 10
	return sample{
		done: done, took: time.Second,
		cpu:  cpu{service: time.Duration(done*service) * time.Microsecond, database: time.Duration(done*database) * time.Microsecond},
		each: []time.Duration{time.Millisecond, 3 * time.Millisecond, 2 * time.Millisecond},
	}
}

func TestResultComparesEachRoundWithTheOneBesideIt(t *testing.T) {
	r := newResult(row{Case: "me"}, "floor", [2][]sample{
		{sampleOf(100, 100), sampleOf(300, 100), sampleOf(60, 20)}, // the machine was busy in the second round
		{sampleOf(50, 50), sampleOf(100, 100), sampleOf(20, 20)},
	}, 12)
	require.InDelta(t, 2, r.Times, 1e-9)
	require.Zero(t, r.Deviation)
	require.Equal(t, figures{PerSecond: 10, P50: 2, P99: 3, Service: 100, Database: 100, Total: 200}, r.Measured)
}
