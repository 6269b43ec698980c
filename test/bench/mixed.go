package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// mixed is the result of a run of several clients, each of which mixes reads, refreshes, changes and sign-ins.
type mixed struct {
	Seconds  float64            `json:"seconds"`
	Calls    int                `json:"calls"`
	EarlyMB  float64            `json:"early_mb"` // resident memory after half a minute
	LateMB   float64            `json:"late_mb"`  // at the end
	Requests map[string]latency `json:"requests"` // by case
}

// latency is how long the calls of one kind took.
type latency struct {
	Calls int     `json:"calls"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
}

const (
	mixedClients = 8
	early        = 30 * time.Second // after which memory is measured the first time
)

// mixture is how many of twenty calls are of a kind.
var mixture = []struct {
	name  string
	act   func(client) act
	share int
}{
	{name: "me", act: getMe, share: 14}, {name: "refresh", act: refresh, share: 3}, {name: "write", act: rename, share: 2},
	{name: "sign-in", act: signIn, share: 1},
}

// mixed runs the mixture for some time on PostgreSQL and Redis.
func (b *bench) mixed(ctx context.Context, length time.Duration) (*mixed, error) {
	w, service, err := b.replica(ctx)
	if err != nil {
		return nil, err
	}
	defer service.stop()
	ctx, stop := context.WithTimeout(ctx, length)
	defer stop()
	var (
		clients sync.WaitGroup
		took    [mixedClients]map[string][]time.Duration
		faults  [mixedClients]error
		began   = time.Now()
		memory  = &side{processes: []int{service.pid}}
		result  = &mixed{Requests: map[string]latency{}}
	)
	for i := range mixedClients {
		clients.Go(func() {
			if took[i], faults[i] = w.mix(ctx, i, service); faults[i] != nil {
				stop()
			}
		})
	}
	if wait(ctx, early) == nil {
		result.EarlyMB = memory.resident()
	}
	clients.Wait()
	result.LateMB, result.Seconds = memory.resident(), time.Since(began).Seconds()
	for _, kind := range mixture {
		var all []time.Duration
		for _, one := range took {
			all = append(all, one[kind.name]...)
		}
		slices.Sort(all)
		result.Calls += len(all)
		result.Requests[kind.name] = latency{
			Calls: len(all), P50: milliseconds(percentile(all, 0.5)), P99: milliseconds(percentile(all, 0.99)),
		}
	}
	return result, errors.Join(faults[:]...)
}

// mix runs one client until the time is over, with calls in an order that is the same in every run.
func (w *world) mix(ctx context.Context, i int, service *program) (map[string][]time.Duration, error) {
	var kinds []int
	acts := make([]act, len(mixture))
	for n, kind := range mixture {
		acts[n] = kind.act(client{world: w, i: i, of: mixedClients})
		kinds = append(kinds, slices.Repeat([]int{n}, kind.share)...)
	}
	took, order := map[string][]time.Duration{}, rand.New(rand.NewPCG(uint64(i), 0))
	connection := newConnection(service.address)
	defer connection.client.CloseIdleConnections()
	for ctx.Err() == nil {
		kind := kinds[order.IntN(len(kinds))]
		began := time.Now()
		if err := acts[kind](connection); err != nil {
			return took, fmt.Errorf("the mixed run: %w", err)
		}
		took[mixture[kind].name] = append(took[mixture[kind].name], time.Since(began))
	}
	return took, nil
}

func (m *mixed) print(out io.Writer) {
	_, _ = fmt.Fprintf(out, "mixed run of %d clients, %.0f s, %d calls: resident memory %.0f MB after half a minute, %.0f MB at the end\n",
		mixedClients, m.Seconds, m.Calls, m.EarlyMB, m.LateMB)
	for _, name := range slices.Sorted(maps.Keys(m.Requests)) {
		one := m.Requests[name]
		_, _ = fmt.Fprintf(out, "  %s\t%d calls\tp50 %.1f ms\tp99 %.1f ms\n", name, one.Calls, one.P50, one.P99)
	}
}
