package main

import (
	"fmt"
	"io"
	"math"
)

const (
	errorsApart = 3    // the least difference beyond noise, in standard errors
	leastChange = 0.03 // the least difference beyond noise, relative: runs on one machine differ by as much
)

// change is the difference of a row between two runs. It compares the CPU of the row divided by that of its base, which was measured in
// the same run, so that a busier or slower machine makes no difference.
type change struct {
	before, after result
	relative      float64 // 0.1: 10 % more CPU than before
	beyondNoise   bool
}

// compare returns the changes of the rows that both runs have.
func compare(before, after *report) (changes []change) {
	earlier := map[row]result{}
	for _, r := range before.Rows {
		earlier[r.row] = r
	}
	for _, now := range after.Rows {
		if then, found := earlier[now.row]; found && then.Times > 0 {
			difference := now.Times - then.Times
			changes = append(changes, change{
				before: then, after: now, relative: difference / then.Times,
				beyondNoise: math.Abs(difference) > max(errorsApart*math.Hypot(now.Deviation, then.Deviation), leastChange*then.Times),
			})
		}
	}
	return changes
}

func (c change) verdict() string {
	switch {
	case !c.beyondNoise:
		return "within noise"
	case c.relative > 0:
		return "SLOWER"
	}
	return "faster"
}

// printChanges prints a table of the changes.
func printChanges(out io.Writer, changes []change) {
	_, _ = fmt.Fprint(out, "case\tstores\taccounts\treplicas\tconn.\ttimes base\tchange\t\tCPU µs\treq/s\tp50 ms\tp99 ms\tMB\n")
	for _, c := range changes {
		then, now := c.before, c.after
		_, _ = fmt.Fprintf(out, "%s\t%s\t%d\t%d\t%d\t%.2f → %.2f\t%+.0f %%\t%s\t"+
			"%.0f → %.0f\t%.0f → %.0f\t%.1f → %.1f\t%.1f → %.1f\t%.0f → %.0f\n",
			now.Case, now.Deployment, now.Accounts, now.Replicas, now.Connections, then.Times, now.Times, 100*c.relative, c.verdict(),
			then.Measured.Total, now.Measured.Total, then.Measured.PerSecond, now.Measured.PerSecond,
			then.Measured.P50, now.Measured.P50, then.Measured.P99, now.Measured.P99, then.MemoryMB, now.MemoryMB)
	}
}
