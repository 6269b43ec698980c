package prometheus

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Pool describes a pool of connections. The names of the pools are "writer", "reader" and "cache"; a pool that reads and
// writes is the writer.
type Pool struct {
	Name   string
	InUse  int
	Idle   int
	Max    int           // 0: unbounded or unknown
	Waits  int64         // how often a call had to wait for a connection
	Waited time.Duration // sum of these waits
	Failed int64         // how often a call got no connection
}

var (
	poolConnections = description("sole_pool_connections", "Connections of a pool, by state (in_use, idle).", "pool", "state")
	poolMax         = description("sole_pool_connections_max", "Maximum number of connections of a pool.", "pool")
	poolWaits       = description("sole_pool_waits_total", "How often a call had to wait for a connection.", "pool")
	poolWaited      = description("sole_pool_wait_seconds_total", "Total time that calls waited for a connection.", "pool")
	poolFailures    = description("sole_pool_failures_total", "How often a call waited for a connection and got none.", "pool")
)

// Pools adds the metrics of pools of connections, which are read at each scrape.
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

// Hashing describes how busy the password hasher is.
type Hashing struct {
	Running int
	Waiting int
	Slots   int
	Refused int64 // refused since the start, because the queue was full or the wait too long
}

var (
	hashing        = description("sole_hashing_callers", "Callers of the password hasher, by state (running, waiting).", "state")
	hashingSlots   = description("sole_hashing_slots", "Maximum number of passwords that are hashed at the same time.")
	hashingRefused = description("sole_hashing_refused_total", "Callers refused because too many were waiting.")
)

// Hashing adds the metrics of the password hasher, which are read at each scrape.
func (m *Metrics) Hashing(read func() Hashing) {
	m.collect(func(out chan<- prometheus.Metric) {
		h := read()
		out <- gauge(hashing, h.Running, "running")
		out <- gauge(hashing, h.Waiting, "waiting")
		out <- gauge(hashingSlots, h.Slots)
		out <- total(hashingRefused, float64(h.Refused))
	}, hashing, hashingSlots, hashingRefused)
}

// Traffic describes the connections and requests of the public address.
type Traffic struct {
	Connections int
	MaxRequests int
	Shed        int64 // requests refused since the start, because too many were in flight
	Refused     int64 // connections refused since the start
}

var (
	connections        = description("sole_http_connections", "Open connections of clients.")
	maxRequests        = description("sole_http_requests_in_flight_max", "Maximum number of requests that are answered at the same time.")
	requestsShed       = description("sole_http_requests_shed_total", "Requests refused because too many were in flight.")
	connectionsRefused = description("sole_http_connections_refused_total", "Connections refused because too many were open.")
)

// Traffic adds the metrics of the public address, which are read at each scrape.
func (m *Metrics) Traffic(read func() Traffic) {
	m.collect(func(out chan<- prometheus.Metric) {
		t := read()
		out <- gauge(connections, t.Connections)
		out <- gauge(maxRequests, t.MaxRequests)
		out <- total(requestsShed, float64(t.Shed))
		out <- total(connectionsRefused, float64(t.Refused))
	}, connections, maxRequests, requestsShed, connectionsRefused)
}

// Jobs is the number of jobs of a kind in a state.
type Jobs struct {
	Kind  string
	State string
	Count int
}

// Queue stores the latest counts of the jobs.
type Queue struct {
	mu      sync.Mutex
	jobs    []Jobs
	sampled time.Time
}

var (
	queuedJobs    = description("sole_jobs", "Jobs that are not done, by kind and state, as last sampled.", "kind", "state")
	queuedSampled = description("sole_jobs_sampled_timestamp_seconds", "When the queue was last sampled.")
)

// Queue adds the metrics of the jobs, which Sampled sets.
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

// Sampled replaces the counts of the jobs.
func (q *Queue) Sampled(jobs []Jobs, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs, q.sampled = jobs, at
}

// collector computes metrics at each scrape.
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
