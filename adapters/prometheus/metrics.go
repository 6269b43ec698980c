// Package prometheus collects metrics of the service for Prometheus. Hooks report to it what happens. No label contains an org
// or an address, and every label has few values.
package prometheus

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are all metrics of the service. It is safe for concurrent use.
type Metrics struct {
	registry    *prometheus.Registry
	requests    *prometheus.HistogramVec
	inFlight    prometheus.Gauge
	ready       prometheus.Gauge
	unreachable *prometheus.GaugeVec
	cache       *prometheus.HistogramVec
	limits      *prometheus.CounterVec
	signIns     *prometheus.CounterVec
	events      *prometheus.CounterVec
	jobs        *prometheus.HistogramVec
	routines    *prometheus.CounterVec
	webhooks    *prometheus.HistogramVec
}

// The buckets of the histograms, in seconds. Requests take from a millisecond to their deadline of ten seconds; calls to the
// cache have a timeout of 0.2 seconds.
var (
	requestBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	cacheBuckets   = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .05, .2, 1}
	jobBuckets     = []float64{.01, .05, .1, .5, 1, 5, 10, 30, 60, 300}
	webhookBuckets = []float64{.01, .05, .1, .5, 1, 5, 15}
)

// Build is the build of the program that is measured.
type Build struct{ Version, Commit, Go string }

// delivered is the result of an attempt that delivered an event to a webhook.
const delivered = "delivered"

// New returns the metrics of a build.
func New(b Build) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: histogram("sole_http_request_duration_seconds",
			"Duration of requests, by method, route pattern and class of status.", requestBuckets, "method", "route", "status"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sole_http_requests_in_flight", Help: "Requests that are being answered.",
		}),
		ready: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sole_ready", Help: "1 while the service is ready, sampled every 15 seconds.",
		}),
		unreachable: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sole_dependency_away", Help: "1 while a dependency (database, cache) is unreachable.",
		}, []string{"dependency"}),
		cache: histogram("sole_cache_call_duration_seconds",
			"Duration of calls to the cache, by command and outcome (ok, error).", cacheBuckets, "command", "outcome"),
		limits: counter("sole_limiter_decisions_total",
			"Decisions of the limiters: allowed, limited, or unavailable, in which case the caller falls back.", "outcome"),
		signIns: counter("sole_sign_ins_total",
			"Steps of sign-ins, by outcome: authenticated, refused, locked, or the next step that is required.", "outcome"),
		events: counter("sole_audit_events_total", "Committed audit events, by name and outcome.", "event", "outcome"),
		jobs: histogram("sole_job_duration_seconds",
			"Duration of attempts of jobs, by kind and outcome (ok, error).", jobBuckets, "kind", "outcome"),
		routines: counter("sole_routine_runs_total",
			"Runs of the work that is due at intervals, by routine and outcome (ok, error). Each time one replica does it.", "routine", "outcome"),
		webhooks: histogram("sole_webhook_attempt_duration_seconds",
			"Duration of attempts to deliver an event to a webhook, by result: delivered, or the fault.", webhookBuckets, "result"),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sole_build_info", Help: "1, labelled with the version, its commit and the version of Go.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "goversion": b.Go},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.requests, m.inFlight, m.ready, m.unreachable, m.cache, m.limits, m.signIns, m.events, m.jobs, m.routines,
		m.webhooks, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, outcome := range []string{
		"authenticated", "refused", "locked", "mfa_required", "mfa_enrollment_required", "password_change_required",
	} {
		m.signIns.WithLabelValues(outcome) // starts at 0, so that the first one counts in a rate
	}
	for _, dependency := range []string{"database", "cache"} {
		m.Unreachable(dependency, false)
	}
	m.webhooks.WithLabelValues(delivered)
	for _, outcome := range []string{allowed, limited, unavailable} {
		m.limits.WithLabelValues(outcome)
	}
	return m
}

// Handler serves the metrics in the formats that Prometheus requests.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// RequestBegins counts a request that is being answered.
func (m *Metrics) RequestBegins() { m.inFlight.Inc() }

// RequestEnds records a request. route is its pattern, or empty if no route matched.
func (m *Metrics) RequestEnds(method, route string, status int, took time.Duration) {
	m.inFlight.Dec()
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

// Unreachable records whether a dependency, the database or the cache, is unreachable.
func (m *Metrics) Unreachable(dependency string, unreachable bool) {
	m.unreachable.WithLabelValues(dependency).Set(oneIf(unreachable))
}

// CacheCall records one call to the cache.
func (m *Metrics) CacheCall(command string, took time.Duration, err error) {
	m.cache.WithLabelValues(command, outcomeOf(err)).Observe(took.Seconds())
}

// Job records one attempt of a job.
func (m *Metrics) Job(kind string, took time.Duration, err error) {
	m.jobs.WithLabelValues(kind, outcomeOf(err)).Observe(took.Seconds())
}

// Routines adds the routines by their names, so that the first run of each counts in a rate.
func (m *Metrics) Routines(names ...string) {
	for _, name := range names {
		for _, err := range []error{nil, context.DeadlineExceeded} {
			m.routines.WithLabelValues(name, outcomeOf(err))
		}
	}
}

// Routine records one run of a routine.
func (m *Metrics) Routine(name string, err error) {
	m.routines.WithLabelValues(name, outcomeOf(err)).Inc()
}

// Ready records whether the service is ready.
func (m *Metrics) Ready(ready bool) { m.ready.Set(oneIf(ready)) }

func oneIf(condition bool) float64 {
	if condition {
		return 1
	}
	return 0
}

// WebhookAttempt records an attempt to deliver an event to a webhook. The fault is empty if it was delivered.
func (m *Metrics) WebhookAttempt(fault string, took time.Duration) {
	if fault == "" {
		fault = delivered
	}
	m.webhooks.WithLabelValues(fault).Observe(took.Seconds())
}

// Event counts a committed audit event.
func (m *Metrics) Event(name, outcome string) { m.events.WithLabelValues(name, outcome).Inc() }

// SignIn counts one step of a sign-in.
func (m *Metrics) SignIn(outcome string) { m.signIns.WithLabelValues(outcome).Inc() }

// outcomeOf returns the outcome of a call. A call that the caller cancelled is not an error.
func outcomeOf(err error) string {
	if err == nil || errors.Is(err, context.Canceled) {
		return "ok"
	}
	return "error"
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}
