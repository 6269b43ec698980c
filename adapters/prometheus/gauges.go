package prometheus

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Pool is how a pool of connections stands. The names of the pools are "writer", "reader"
// and "cache"; where one pool does both, it is the writer.
type Pool struct {
	Name   string
	InUse  int
	Idle   int
	Max    int           // 0: unbounded or unknown
	Waits  int64         // how often somebody had to wait for a connection
	Waited time.Duration // altogether
	Failed int64         // how often somebody waited in vain
}

var (
	poolConnections = description("sole_pool_connections", "Connections of a pool, by state (in_use, idle).", "pool", "state")
	poolMax         = description("sole_pool_connections_max", "The most connections a pool opens.", "pool")
	poolWaits       = description("sole_pool_waits_total", "How often a connection had to be waited for.", "pool")
	poolWaited      = description("sole_pool_wait_seconds_total", "How long connections were waited for, altogether.", "pool")
	poolFailures    = description("sole_pool_failures_total", "How often a connection was waited for in vain.", "pool")
)

// Pools shows pools of connections, read at each scrape.
func (m *Metrics) Pools(read func() []Pool) {
	m.collect(func(out chan<- prometheus.Metric) {
		for _, p := range read() {
			out <- gauge(poolConnections, p.InUse, p.Name, "in_use")
			out <- gauge(poolConnections, p.Idle, p.Name, "idle")
			out <- gauge(poolMax, p.Max, p.Name)
			out <- total(poolWaits, float64(p.Waits), p.Name)
			out <- total(poolWaited, p.Waited.Seconds(), p.Name)
			out <- total(poolFailures, float64(p.Failed), p.Name)
		}
	}, poolConnections, poolMax, poolWaits, poolWaited, poolFailures)
}

// Hashing is how the gate before the password hash stands.
type Hashing struct {
	Running int
	Waiting int
	Slots   int
	Refused int64 // turned away since the start, because the queue was full or the wait too long
}

var (
	hashing        = description("sole_hashing_callers", "Callers at the gate of the password hash, by state (running, waiting).", "state")
	hashingSlots   = description("sole_hashing_slots", "How many passwords are hashed at once at most.")
	hashingRefused = description("sole_hashing_refused_total", "Callers turned away because too many were waiting.")
)

// Hashing shows the gate before the password hash, read at each scrape.
func (m *Metrics) Hashing(read func() Hashing) {
	m.collect(func(out chan<- prometheus.Metric) {
		h := read()
		out <- gauge(hashing, h.Running, "running")
		out <- gauge(hashing, h.Waiting, "waiting")
		out <- gauge(hashingSlots, h.Slots)
		out <- total(hashingRefused, float64(h.Refused))
	}, hashing, hashingSlots, hashingRefused)
}

// Traffic is what the public address holds.
type Traffic struct {
	Connections int
	MaxRequests int
	Shed        int64 // requests refused since the start, because too many were in flight
	Refused     int64 // connections, likewise
}

var (
	connections        = description("sole_http_connections", "Open connections of clients.")
	maxRequests        = description("sole_http_requests_in_flight_max", "How many requests are answered at once at most.")
	requestsShed       = description("sole_http_requests_shed_total", "Requests refused because too many were in flight.")
	connectionsRefused = description("sole_http_connections_refused_total", "Connections refused because too many were open.")
)

// Traffic shows what the public address holds, read at each scrape.
func (m *Metrics) Traffic(read func() Traffic) {
	m.collect(func(out chan<- prometheus.Metric) {
		t := read()
		out <- gauge(connections, t.Connections)
		out <- gauge(maxRequests, t.MaxRequests)
		out <- total(requestsShed, float64(t.Shed))
		out <- total(connectionsRefused, float64(t.Refused))
	}, connections, maxRequests, requestsShed, connectionsRefused)
}

// Jobs is how many jobs of a kind are in a state.
type Jobs struct {
	Kind  string
	State string
	Count int
}

// Queue shows the last sample of the queue of jobs.
type Queue struct {
	mu      sync.Mutex
	jobs    []Jobs
	sampled time.Time
}

var (
	queuedJobs    = description("sole_jobs", "Jobs that are not done, by kind and state, as last sampled.", "kind", "state")
	queuedSampled = description("sole_jobs_sampled_timestamp_seconds", "When the queue was last sampled.")
)

// Queue makes the place for samples of the queue.
func (m *Metrics) Queue() *Queue {
	q := &Queue{}
	m.collect(func(out chan<- prometheus.Metric) {
		q.mu.Lock()
		defer q.mu.Unlock()
		for _, j := range q.jobs {
			out <- gauge(queuedJobs, j.Count, j.Kind, j.State)
		}
		if !q.sampled.IsZero() {
			out <- gauge(queuedSampled, int(q.sampled.Unix()))
		}
	}, queuedJobs, queuedSampled)
	return q
}

// Sampled replaces the sample.
func (q *Queue) Sampled(jobs []Jobs, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs, q.sampled = jobs, at
}

// collector computes metrics when they are asked for.
type collector struct {
	descriptions []*prometheus.Desc
	read         func(chan<- prometheus.Metric)
}

func (m *Metrics) collect(read func(chan<- prometheus.Metric), descriptions ...*prometheus.Desc) {
	m.registry.MustRegister(collector{descriptions, read})
}

// Describe implements prometheus.Collector.
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.descriptions {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) { c.read(out) }

func description(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func gauge(d *prometheus.Desc, value int, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
}

func total(d *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
}
