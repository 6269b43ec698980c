package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestComparisonSaysWhatIsBeyondNoise(t *testing.T) {
	at := func(name string, times, deviation float64) result {
		setting := row{Case: name, Deployment: onServers, Accounts: 1000, Replicas: 1, Connections: 16}
		return result{row: setting, Times: times, Deviation: deviation}
	}
	before := &report{Rows: []result{
		at("even", 2, 0.01), at("slow", 2, 0.01), at("fast", 2, 0.01), at("noisy", 2, 0.1), at("tiny", 2, 0),
		at("gone", 2, 0), at("unknown", 0, 0),
	}}
	after := &report{Rows: []result{
		at("even", 2.02, 0.01), at("slow", 2.2, 0.01), at("fast", 1.5, 0.01), at("noisy", 2.3, 0.1), at("tiny", 2.05, 0),
		at("new", 1, 0), at("unknown", 2, 0),
	}}
	verdicts := map[string]string{}
	changes := compare(before, after)
	for _, c := range changes {
		verdicts[c.after.Case] = c.verdict()
	}
	require.Equal(t, map[string]string{
		"even": "within noise", "slow": "SLOWER", "fast": "faster", "noisy": "within noise", "tiny": "within noise",
	}, verdicts)
	require.InDelta(t, 0.1, changes[1].relative, 1e-9)

	var out bytes.Buffer
	printChanges(&out, changes[1:2])
	require.Contains(t, out.String(), "slow\tpostgres\t1000\t1\t16\t2.00 → 2.20\t+10 %\tSLOWER\t")
}

func TestRowsOfAnotherSettingAreNotCompared(t *testing.T) {
	one := row{Case: "me", Connections: 1}
	other := row{Case: "me", Connections: 16}
	require.Empty(t, compare(&report{Rows: []result{{row: one, Times: 1}}}, &report{Rows: []result{{row: other, Times: 1}}}))
}
