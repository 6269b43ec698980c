package main

import (
	"math"
	"slices"
	"time"
)

// median returns the middle of the values, or the mean of the two in the middle; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// percentile returns the smallest value that at least a part p (0 to 1) of the sorted values do not exceed; 0 of none.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// deviation estimates the standard error of the median of values by their median absolute deviation, which single
// outliers do not move.
func deviation(values []float64) float64 {
	if len(values) < 2 {
		return 0
	}
	middle := median(values)
	distances := make([]float64, len(values))
	for i, value := range values {
		distances[i] = math.Abs(value - middle)
	}
	const (
		normal = 1.4826 // makes the deviation of a normal distribution its standard deviation
		medium = 1.2533 // the standard error of a median in units of that of a mean
	)
	return normal * medium * median(distances) / math.Sqrt(float64(len(values)))
}
