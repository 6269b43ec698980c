package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figures are the medians over the rounds of one side. CPU is user and system time per request, in microseconds.
type figures struct {
	PerSecond float64 `json:"requests_per_second"`
	P50       float64 `json:"p50_ms"` // of all requests
	P99       float64 `json:"p99_ms"`
	Service   float64 `json:"service_cpu_us"`
	Database  float64 `json:"database_cpu_us"`
	Cache     float64 `json:"cache_cpu_us"`
	Total     float64 `json:"cpu_us"`
}

// result is what a row measured.
type result struct {
	row
	Base      string  `json:"base"` // what it took turns with
	Measured  figures `json:"measured"`
	Compared  figures `json:"compared"`  // the base
	Times     float64 `json:"times"`     // CPU per request divided by that of the base: the median over the rounds
	Deviation float64 `json:"deviation"` // the standard error of Times
	MemoryMB  float64 `json:"memory_mb"` // resident, of the service after the last round
}

// report is what a run measured, and on which machine.
type report struct {
	Started   time.Time  `json:"started"`
	Revision  string     `json:"revision"` // of the source tree
	System    string     `json:"system"`
	CPUs      int        `json:"cpus"`
	Rows      []result   `json:"rows"`
	Resources *resources `json:"resources,omitempty"`
	Mixed     *mixed     `json:"mixed,omitempty"`

	Webhooks []deliveries `json:"webhooks,omitempty"`
}

func newReport() *report {
	revision, _ := exec.Command("git", "describe", "--always", "--dirty").Output()
	return &report{
		Started: time.Now().UTC().Truncate(time.Second), Revision: strings.TrimSpace(string(revision)),
		System: runtime.GOOS + "/" + runtime.GOARCH + " " + runtime.Version(), CPUs: runtime.NumCPU(),
	}
}

func newResult(r row, base string, samples [2][]sample, memory float64) result {
	times := make([]float64, len(samples[0]))
	for i := range times {
		if compared := perRequest(total)(samples[1][i]); compared > 0 {
			times[i] = perRequest(total)(samples[0][i]) / compared
		}
	}
	return result{
		row: r, Base: base, Measured: summarize(samples[0]), Compared: summarize(samples[1]),
		Times: median(times), Deviation: deviation(times), MemoryMB: memory,
	}
}

func total(c cpu) time.Duration { return c.service + c.database + c.cache }

// perRequest returns a function that returns a part of the CPU of a sample per request, in microseconds.
func perRequest(part func(cpu) time.Duration) func(sample) float64 {
	return func(s sample) float64 { return float64(part(s.cpu).Nanoseconds()) / 1000 / float64(s.done) }
}

func summarize(samples []sample) figures {
	over := func(of func(sample) float64) float64 {
		values := make([]float64, len(samples))
		for i, s := range samples {
			values[i] = of(s)
		}
		return median(values)
	}
	var all []time.Duration
	for _, s := range samples {
		all = append(all, s.each...)
	}
	slices.Sort(all)
	return figures{
		PerSecond: over(func(s sample) float64 { return float64(s.done) / s.took.Seconds() }),
		P50:       milliseconds(percentile(all, 0.5)),
		P99:       milliseconds(percentile(all, 0.99)),
		Service:   over(perRequest(func(c cpu) time.Duration { return c.service })),
		Database:  over(perRequest(func(c cpu) time.Duration { return c.database })),
		Cache:     over(perRequest(func(c cpu) time.Duration { return c.cache })),
		Total:     over(perRequest(total)),
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// String names the row.
func (r row) String() string {
	return fmt.Sprintf("%s (%s, %d accounts, %d replicas, %d connections)", r.Case, r.Deployment, r.Accounts, r.Replicas, r.Connections)
}

const (
	heading = "case\tstores\taccounts\treplicas\tconn.\treq/s\tp50 ms\tp99 ms\t" +
		"service µs\tdatabase µs\tcache µs\tCPU µs\tMB\tbase\tCPU µs\ttimes\tof base\n"
	line = "%s\t%s\t%d\t%d\t%d\t%.0f\t%.1f\t%.1f\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t%s\t%.0f\t%.2f ± %.2f\t%.2f\n"
)

func (r result) print(out io.Writer) {
	part := 0.0
	if r.Times > 0 {
		part = 1 / r.Times
	}
	m := r.Measured
	_, _ = fmt.Fprintf(out, line, r.Case, r.Deployment, r.Accounts, r.Replicas, r.Connections, m.PerSecond, m.P50, m.P99,
		m.Service, m.Database, m.Cache, m.Total, r.MemoryMB, r.Base, r.Compared.Total, r.Times, r.Deviation, part)
}

// print prints a table of the rows, and the rest.
func (r *report) print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(r.Rows) > 0 {
		_, _ = fmt.Fprint(table, heading)
	}
	for _, row := range r.Rows {
		row.print(table)
	}
	if r.Resources != nil {
		r.Resources.print(table)
	}
	if r.Mixed != nil {
		r.Mixed.print(table)
	}
	return table.Flush()
}

func (r *report) write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o600)
}

func readReport(path string) (*report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	read := &report{}
	if err := json.Unmarshal(text, read); err != nil {
		return nil, fmt.Errorf("%s is not a result of --json: %w", path, err)
	}
	return read, nil
}
