package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheUsualPlanHasEveryCaseAndDimension(t *testing.T) {
	rows, err := choice{}.plan()
	require.NoError(t, err)
	require.NoError(t, check(rows))
	for _, name := range caseNames() {
		for _, deployment := range []string{onServers, embedded} {
			require.Contains(t, rows, row{Case: name, Deployment: deployment, Accounts: 1000, Replicas: 1, Connections: 16})
		}
	}
	for _, r := range []row{
		{Case: "me", Deployment: onServers, Accounts: 1000, Replicas: 1, Connections: 1},
		{Case: "me", Deployment: onServers, Accounts: 1000, Replicas: 1, Connections: 512},
		{Case: "me", Deployment: onServers, Accounts: 1000, Replicas: 3, Connections: 16},
		{Case: "search", Deployment: onServers, Accounts: 1_000_000, Replicas: 1, Connections: 16},
	} {
		require.Contains(t, rows, r)
	}
}

func TestChosenDimensionsAreCombined(t *testing.T) {
	rows, err := choice{cases: []string{"me", "refresh"}, connections: []int{1, 64}}.plan()
	require.NoError(t, err)
	require.Len(t, rows, 4)
	require.Equal(t, row{Case: "refresh", Deployment: onServers, Accounts: 1000, Replicas: 1, Connections: 64}, rows[3])
}

func TestWhatCannotBeMeasuredIsRefused(t *testing.T) {
	for want, c := range map[string]choice{
		"no case":         {cases: []string{"nothing"}},
		"no deployment":   {deployments: []string{"oracle"}},
		"one replica":     {deployments: []string{embedded}, replicas: []int{2}},
		"at least one":    {connections: []int{0}},
		"at most 1000":    {connections: []int{1001}},
		"several replica": {replicas: []int{2}, accounts: []int{2000}},
	} {
		_, err := c.plan()
		require.ErrorContains(t, err, want)
	}
}

func TestRowsTakeTurnsWithTheirBase(t *testing.T) {
	for want, r := range map[string]row{
		"floor":          {Accounts: 1000, Replicas: 1},
		"one replica":    {Accounts: 1000, Replicas: 3},
		"1,000 accounts": {Accounts: 1_000_000, Replicas: 1},
	} {
		base, name := r.base()
		require.Equal(t, want, name)
		require.Equal(t, row{Accounts: 1000, Replicas: 1}, base)
	}
}

func TestFlags(t *testing.T) {
	var out bytes.Buffer
	o, err := parse([]string{"--rounds", "3", "--case", "me,refresh", "--connections", "1,64"}, &out)
	require.NoError(t, err)
	require.Equal(t, []string{"me", "refresh"}, o.cases)
	require.Equal(t, []int{1, 64}, o.connections)
	require.Equal(t, 3, o.rounds)
	require.Zero(t, o.mixed)

	o, err = parse(nil, &out)
	require.NoError(t, err)
	require.Equal(t, 5*time.Minute, o.mixed)

	_, err = parse([]string{"me"}, &out)
	require.ErrorContains(t, err, "write flags only")

	o, err = parse([]string{"--help"}, &out)
	require.NoError(t, err)
	require.Nil(t, o)
	for _, s := range scenarios {
		require.Contains(t, out.String(), "  "+s.name+" ")
	}
}

// TestACodeIsUsedOnce takes codes until the accounts have none left.
func TestACodeIsUsedOnce(t *testing.T) {
	now := stepAt(time.Now())
	w := &world{coded: []*account{{usedStep: now - 1}, {usedStep: now - 1}, {usedStep: now + 5}}}
	next := client{world: w, of: 1}.codes()
	for range 4 {
		_, code, err := next()
		require.NoError(t, err)
		require.Len(t, code, 6)
	}
	if stepAt(time.Now()) == now {
		_, _, err := next()
		require.ErrorIs(t, err, errCodesUsed)
	}
	_, _, err := client{world: w, of: 1, floor: true}.codes()()
	require.NoError(t, err, "a floor accepts a code any number of times")
}
