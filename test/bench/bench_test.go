package main

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestMain serves a floor if the bench has started this program for that, and otherwise runs the tests.
func TestMain(m *testing.M) {
	if served, err := serveRole(); served {
		if err != nil {
			panic(err)
		}
		return
	}
	harness.Main(m)
}

// testBench returns a bench on the servers of the tests.
func testBench(t testing.TB) *bench {
	t.Helper()
	b := newBench(t.TempDir())
	b.binary, b.population = harness.Binary, population{members: 20, coded: 200, passkeys: 20, machines: 2}
	b.postgres, b.redis = harness.PostgresURL(t), harness.Redis(t)
	t.Cleanup(func() { require.NoError(t, b.close()) })
	return b
}

func testWorld(t testing.TB, deployment string) *world {
	t.Helper()
	w, err := testBench(t).world(t.Context(), place{deployment: deployment, accounts: fewAccounts})
	require.NoError(t, err)
	return w
}

// TestEveryCaseIsMeasured runs each case for a moment, and some of them in the embedded deployment, on several replicas and with
// more accounts. It also runs the mixed run, and writes and reads the result.
func TestEveryCaseIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no processes of the binary")
	}
	file := filepath.Join(t.TempDir(), "result.json")
	b, o := testBench(t), &options{pace: pace{rounds: 2, round: 50 * time.Millisecond, warmUp: time.Millisecond}, progress: t.Output()}
	o.mixed = 200 * time.Millisecond
	o.cases = []string{"me"}
	var rows []row
	for deployment, names := range map[string][]string{
		onServers: caseNames(),
		embedded:  {"me", "page", "search", "step-up", "write", passkeyCase}, // whose bases use the database
	} {
		for _, name := range names {
			rows = append(rows, row{Case: name, Deployment: deployment, Accounts: fewAccounts, Replicas: 1, Connections: 2})
		}
	}
	rows = append(rows,
		row{Case: "refresh", Deployment: onServers, Accounts: fewAccounts, Replicas: 2, Connections: 2},
		row{Case: "search", Deployment: onServers, Accounts: fewAccounts + 10, Replicas: 1, Connections: 2})
	var out bytes.Buffer
	found, err := b.measureAll(t.Context(), o, rows, &out)
	require.NoError(t, err)
	require.Len(t, found.Rows, len(rows))
	for _, r := range found.Rows {
		require.Positive(t, r.Measured.PerSecond, r.row)
		require.Positive(t, r.Measured.P50, r.row)
		require.Positive(t, r.Compared.PerSecond, r.row)
	}
	require.Positive(t, found.Mixed.Calls)
	found.Resources, err = b.resources(t.Context(), 10, time.Millisecond)
	require.NoError(t, err)
	require.Positive(t, found.Resources.StartMS)

	require.NoError(t, found.write(file))
	read, err := readReport(file)
	require.NoError(t, err)
	require.Equal(t, found, read)
}

func TestAFailedRequestFailsItsRow(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no processes of the binary")
	}
	b, o := testBench(t), &options{pace: pace{rounds: 1, round: time.Millisecond}, progress: t.Output()}
	r := row{Case: "me", Deployment: onServers, Accounts: fewAccounts, Replicas: 1, Connections: 1}
	w, err := b.world(t.Context(), r.place())
	require.NoError(t, err)
	w.members[0].access = "no token"
	o.cases = []string{"me"}
	_, err = b.measureAll(t.Context(), o, []row{r}, t.Output())
	require.ErrorContains(t, err, "me (postgres, 1000 accounts, 1 replicas, 1 connections): GET /api/v1/me: status 401")
}
