package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/valyala/fasthttp"
)

// deliveries is what a run measured in which every audited write is an event for several webhooks.
type deliveries struct {
	Rate     int     `json:"rate"` // writes in a second; there are as many reads
	Webhooks int     `json:"webhooks"`
	Without  calls   `json:"without"` // while no webhook is active
	With     calls   `json:"with"`
	Sent     int     `json:"sent"`        // deliveries
	InTime   int     `json:"in_time"`     // deliveries before the end of the load
	DrainS   float64 `json:"drain_s"`     // from the end of the load until everything was delivered
	Service  float64 `json:"service_us"`  // CPU for each delivery, besides that of the requests
	Database float64 `json:"database_us"` // the same
}

// calls are the latencies of the requests, from the time at which each was due.
type calls struct {
	Me    latency `json:"me"`
	Write latency `json:"write"`
}

const (
	webhookWorkers = 64
	webhookRounds  = 3
	drainLimit     = 10 * time.Minute
)

// webhookRun is a replica with webhooks that lead to receivers.
type webhookRun struct {
	*world
	service, receivers *program
	webhooks           []string
	length             time.Duration
}

// measureWebhooks measures requests at several rates with and without active webhooks, in turns.
func (b *bench) measureWebhooks(ctx context.Context, o *options, out io.Writer) (*report, error) {
	found := newReport()
	w, err := b.world(ctx, place{deployment: onServers, accounts: fewAccounts})
	if err != nil {
		return found, err
	}
	self, err := os.Executable()
	if err != nil {
		return found, err
	}
	r := &webhookRun{world: w, length: o.round}
	if r.receivers, err = w.start(ctx, exec.Command(self), roleVariable+"="+receiversRole); err != nil {
		return found, err
	}
	defer r.receivers.stop()
	if r.service, err = w.startService(ctx, `WEBHOOK_ALLOWED_NETWORKS=["127.0.0.0/8"]`); err != nil {
		return found, err
	}
	defer r.service.stop()
	if err := r.subscribe(o.webhooks); err != nil {
		return found, err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table,
		"writes/s\tGET /me p99\twith\ttimes\twrite p99\twith\ttimes\tsent/s\tdrained after\tCPU of one\tof it service\t")
	for _, rate := range o.rates {
		_, _ = fmt.Fprintf(o.progress, "%d webhooks, %d writes/s\n", o.webhooks, rate)
		one, err := r.measure(ctx, rate)
		if err != nil {
			return found, err
		}
		found.Webhooks = append(found.Webhooks, one)
		one.print(table, time.Duration(webhookRounds)*o.round)
	}
	return found, table.Flush()
}

// subscribe creates webhooks for all events, each on an address of its own.
func (r *webhookRun) subscribe(webhooks int) error {
	_, port, err := net.SplitHostPort(r.receivers.address)
	if err != nil {
		return err
	}
	for i := range webhooks {
		var created struct{ ID string }
		body := fmt.Sprintf(`{"url":"http://127.0.0.%d:%s/","events":["*"]}`, i+2, port)
		if err := r.ask(call{method: "POST", path: "/api/v1/webhooks", body: body}, fasthttp.StatusCreated, &created); err != nil {
			return err
		}
		r.webhooks = append(r.webhooks, created.ID)
	}
	return nil
}

func (r *webhookRun) ask(c call, status int, into any) error {
	connection := newConnection(r.service.address)
	defer connection.client.CloseIdleConnections()
	c.bearer = r.admin.access
	return connection.expect(c, status, into)
}

// activate turns all webhooks on or off.
func (r *webhookRun) activate(active bool) error {
	for _, id := range r.webhooks {
		body := fmt.Sprintf(`{"active":%t}`, active)
		if err := r.ask(call{method: "PATCH", path: "/api/v1/webhooks/" + id, body: body}, fasthttp.StatusOK, nil); err != nil {
			return err
		}
	}
	return nil
}

// measure takes turns, and ends with webhooks that have nothing left to send.
func (r *webhookRun) measure(ctx context.Context, rate int) (found deliveries, err error) {
	found = deliveries{Rate: rate, Webhooks: len(r.webhooks)}
	var with, without pair
	var spent, base cpu
	for n := range webhookRounds + 1 {
		for _, active := range []bool{false, true} {
			one, err := r.round(ctx, rate, active)
			if err != nil {
				return found, err
			}
			if n == 0 {
				continue // it opens connections and prepares statements
			}
			if active {
				with, spent = with.and(one.took), spent.plus(one.cpu)
				found.Sent, found.InTime, found.DrainS = found.Sent+one.sent, found.InTime+one.inTime, max(found.DrainS, one.drained.Seconds())
			} else {
				without, base = without.and(one.took), base.plus(one.cpu)
			}
		}
	}
	found.With, found.Without = with.calls(), without.calls()
	extra := spent.minus(base)
	found.Service = float64(extra.service.Microseconds()) / float64(max(found.Sent, 1))
	found.Database = float64(extra.database.Microseconds()) / float64(max(found.Sent, 1))
	return found, nil
}

// webhookRound is what one round measured. CPU includes that of the drain.
type webhookRound struct {
	took         pair
	cpu          cpu
	sent, inTime int
	drained      time.Duration
}

func (r *webhookRun) round(ctx context.Context, rate int, active bool) (one webhookRound, err error) {
	if err := errors.Join(r.activate(active), r.drain(ctx), r.tidy(ctx)); err != nil {
		return one, err
	}
	before, err := r.count()
	if err != nil {
		return one, err
	}
	cpuBefore, err := r.servers.spent([]int{r.service.pid})
	if err != nil {
		return one, err
	}
	if one.took, err = r.load(ctx, rate); err != nil {
		return one, err
	}
	ended := time.Now()
	inTime, err := r.count()
	if err != nil {
		return one, err
	}
	if err := r.drain(ctx); err != nil {
		return one, err
	}
	one.drained = time.Since(ended)
	cpuAfter, err := r.servers.spent([]int{r.service.pid})
	if err != nil {
		return one, err
	}
	after, err := r.count()
	one.cpu, one.sent, one.inTime = cpuAfter.minus(cpuBefore), after-before, inTime-before
	return one, err
}

// pair are the latencies of reads and writes.
type pair [2][]time.Duration

func (p pair) and(other pair) pair {
	return pair{append(p[0], other[0]...), append(p[1], other[1]...)}
}

func (p pair) calls() calls {
	one := func(all []time.Duration) latency {
		slices.Sort(all)
		return latency{Calls: len(all), P50: milliseconds(percentile(all, 0.5)), P99: milliseconds(percentile(all, 0.99))}
	}
	return calls{Me: one(p[0]), Write: one(p[1])}
}

// load sends reads and writes at a rate each, whatever the service does. A request that had to wait for a connection took longer.
func (r *webhookRun) load(ctx context.Context, rate int) (took pair, err error) {
	var (
		workers sync.WaitGroup
		mu      sync.Mutex
		began   = time.Now().Add(100 * time.Millisecond)
		gap     = time.Second / time.Duration(2*rate)
		total   = int(r.length / gap)
		faults  []error
	)
	for i := range webhookWorkers {
		workers.Go(func() {
			s := client{world: r.world, i: i, of: webhookWorkers}
			acts := []act{getMe(s), rename(s)}
			connection := newConnection(r.service.address)
			defer connection.client.CloseIdleConnections()
			var mine pair
			var failed error
			for n := i; n < total && failed == nil; n += webhookWorkers {
				due := began.Add(time.Duration(n) * gap)
				if failed = wait(ctx, time.Until(due)); failed != nil {
					break
				}
				kind := n / webhookWorkers % 2
				failed = acts[kind](connection)
				mine[kind] = append(mine[kind], time.Since(due))
			}
			mu.Lock()
			defer mu.Unlock()
			took, faults = took.and(mine), append(faults, failed)
		})
	}
	workers.Wait()
	return took, errors.Join(faults...)
}

// drain waits until nothing is to be delivered.
func (r *webhookRun) drain(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, drainLimit)
	defer stop()
	for {
		pending, err := r.pending(ctx)
		if err != nil || pending == 0 {
			return err
		}
		if err := wait(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("%d deliveries are left: %w", pending, err)
		}
	}
}

// pending counts what is to be delivered, in all orgs. What a disabled webhook left waits until it is active again.
func (r *webhookRun) pending(ctx context.Context) (n int, err error) {
	conn, err := pgx.Connect(ctx, r.config.DatabaseURL)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	err = conn.QueryRow(ctx, `
		SELECT count(*) FROM webhook_deliveries d JOIN webhooks w ON w.org_id = d.org_id AND w.id = d.webhook_id
		WHERE d.status = 'pending' AND w.disabled = ''`).Scan(&n)
	return n, err
}

// count returns how many deliveries the receivers have got.
func (r *webhookRun) count() (int, error) {
	status, text, err := fasthttp.Get(nil, "http://"+r.receivers.address+countPath)
	if err != nil || status != fasthttp.StatusOK {
		return 0, fmt.Errorf("the receivers do not count: status %d, %w", status, err)
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

func (d deliveries) print(out io.Writer, load time.Duration) {
	times := func(with, without latency) float64 { return with.P99 / without.P99 }
	_, _ = fmt.Fprintf(out, "%d\t%.1f ms\t%.1f ms\t%.2f\t%.1f ms\t%.1f ms\t%.2f\t%.0f\t%.1f s\t%.0f µs\t%.0f µs\t\n", d.Rate,
		d.Without.Me.P99, d.With.Me.P99, times(d.With.Me, d.Without.Me),
		d.Without.Write.P99, d.With.Write.P99, times(d.With.Write, d.Without.Write),
		float64(d.InTime)/load.Seconds(), d.DrainS, d.Service+d.Database, d.Service)
}
