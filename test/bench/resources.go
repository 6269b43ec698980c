package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// resources are the start time and the memory of one replica on PostgreSQL and Redis.
type resources struct {
	StartMS float64 `json:"start_ms"` // from the start of the process until it is ready
	IdleMB  float64 `json:"idle_mb"`  // resident memory, a while after the start
	HeldMB  float64 `json:"held_mb"`  // with idle keep-alive connections that have each sent one request
	Held    int     `json:"held"`     // connections
}

const (
	heldConnections = 2000
	settling        = 20 * time.Second // until memory is measured: the service frees unused memory within ten seconds
)

// resources starts a replica, lets it idle, and holds connections to it, each for the time that memory needs to settle.
func (b *bench) resources(ctx context.Context, connections int, settling time.Duration) (*resources, error) {
	w, service, err := b.replica(ctx)
	if err != nil {
		return nil, err
	}
	defer service.stop()
	held := &side{processes: []int{service.pid}}
	found := &resources{StartMS: milliseconds(service.readyAfter), Held: connections}
	if err := wait(ctx, settling); err != nil {
		return nil, err
	}
	found.IdleMB = held.resident()
	defer held.close()
	for i := range connections {
		connection := newConnection(service.address)
		held.connections = append(held.connections, connection)
		if err := getMe(client{world: w, i: i, of: 1})(connection); err != nil {
			return nil, fmt.Errorf("connection %d: %w", i, err)
		}
	}
	if err := wait(ctx, settling); err != nil {
		return nil, err
	}
	found.HeldMB = held.resident()
	return found, nil
}

// replica starts one replica on PostgreSQL and Redis, with few accounts.
func (b *bench) replica(ctx context.Context) (*world, *program, error) {
	w, err := b.world(ctx, place{deployment: onServers, accounts: fewAccounts})
	if err != nil {
		return nil, nil, err
	}
	service, err := w.startService(ctx)
	return w, service, err
}

func (r *resources) print(out io.Writer) {
	_, _ = fmt.Fprintf(out, "start until ready %.0f ms; resident memory %.0f MB idle, %.0f MB with %d idle connections\n",
		r.StartMS, r.IdleMB, r.HeldMB, r.Held)
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
