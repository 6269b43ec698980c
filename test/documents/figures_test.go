package documents

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// measured is docs/performance.json, as `task bench -- --json docs/performance.json` writes it.
type measured struct {
	Rows []struct {
		Case        string
		Deployment  string
		Accounts    int
		Replicas    int
		Connections int
		Base        string
		Measured    cost
		Compared    cost
		Times       float64
		MemoryMB    float64 `json:"memory_mb"`
	}
	Resources struct {
		IdleMB float64 `json:"idle_mb"`
		HeldMB float64 `json:"held_mb"`
		Held   int
	}
	Mixed struct {
		Seconds  float64
		EarlyMB  float64 `json:"early_mb"`
		LateMB   float64 `json:"late_mb"`
		Requests map[string]struct {
			Calls int
			P50   float64 `json:"p50_ms"`
			P99   float64 `json:"p99_ms"`
		}
	}
}

type cost struct {
	PerSecond float64 `json:"requests_per_second"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	Service   float64 `json:"service_cpu_us"`
	Database  float64 `json:"database_cpu_us"`
	Cache     float64 `json:"cache_cpu_us"`
	Total     float64 `json:"cpu_us"`
}

func readMeasured(t *testing.T) (m measured) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", "performance.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &m))
	return m
}

// figures is the table of what requests cost.
func figures(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| case | stores | accounts | replicas | connections | requests/s | p50 ms | p99 ms | CPU µs: service | database | cache " +
		"| compared with | its CPU µs | CPU of base / CPU of case | memory MB |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range readMeasured(t).Rows {
		c := r.Measured
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %.0f | %.1f | %.1f | %.0f | %.0f | %.0f | %s | %.0f | %.2f | %.0f |\n",
			r.Case, r.Deployment, r.Accounts, r.Replicas, r.Connections, c.PerSecond, c.P50, c.P99, c.Service, c.Database, c.Cache,
			r.Base, r.Compared.Total, 1/r.Times, r.MemoryMB)
	}
	return b.String()
}

// memory is the table of the memory of a replica.
func memory(t *testing.T) string {
	m := readMeasured(t)
	return fmt.Sprintf("| state | MB |\n|---|---|\n| idle | %.0f |\n| %d idle keep-alive connections | %.0f |\n"+
		"| the mixed run, after half a minute | %.0f |\n| the mixed run, after %.0f seconds | %.0f |\n",
		m.Resources.IdleMB, m.Resources.Held, m.Resources.HeldMB, m.Mixed.EarlyMB, m.Mixed.Seconds, m.Mixed.LateMB)
}

// mixedRun is the table of the latencies of the mixed run.
func mixedRun(t *testing.T) string {
	var b strings.Builder
	b.WriteString("| mixed run | calls | p50 ms | p99 ms |\n|---|---|---|---|\n")
	for _, name := range []string{"me", "refresh", "write", "sign-in"} {
		r := readMeasured(t).Mixed.Requests[name]
		fmt.Fprintf(&b, "| %s | %d | %.1f | %.1f |\n", name, r.Calls, r.P50, r.P99)
	}
	return b.String()
}
