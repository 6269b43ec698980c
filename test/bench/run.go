package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// pace says how long a row is measured.
type pace struct {
	rounds        int
	round, warmUp time.Duration
}

// measure runs a row and its base in turns.
func (b *bench) measure(ctx context.Context, r row, p pace) (result, error) {
	base, name := r.base()
	var running []*program
	defer func() {
		for _, program := range running {
			program.stop()
		}
	}()
	start := func(r row, floor bool) (*side, error) {
		scenario, err := scenarioNamed(r.Case)
		if err != nil {
			return nil, err
		}
		w, err := b.world(ctx, r.place())
		if err != nil {
			return nil, err
		}
		if err := w.tidy(ctx); err != nil {
			return nil, err
		}
		first := len(running)
		for range r.Replicas {
			program, err := w.startOne(ctx, scenario, running, floor)
			if err != nil {
				return nil, err
			}
			running = append(running, program)
		}
		return w.side(scenario, r, floor, running[first:]), nil
	}
	measured, err := start(r, false)
	if err != nil {
		return result{}, err
	}
	defer measured.close()
	compared, err := start(base, base == r)
	if err != nil {
		return result{}, err
	}
	defer compared.close()
	both, err := takeTurns(ctx, p, measured, compared)
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", r, err)
	}
	return newResult(r, name, both, measured.resident()), nil
}

// startOne starts a replica, or the floor of the first one that runs. The first replica serves the database of the world, and all
// others that of the base: on servers it is the same one, and an embedded one is served by one process.
func (w *world) startOne(ctx context.Context, s scenario, running []*program, floor bool) (*program, error) {
	if floor {
		return w.startFloor(ctx, s.role, running[0])
	}
	if len(running) > 0 {
		return w.startService(ctx, "DATABASE_URL="+w.baseDatabase)
	}
	return w.startService(ctx)
}

// takeTurns measures both sides in turns. The first round of each is not counted, because it opens connections and prepares
// statements.
func takeTurns(ctx context.Context, p pace, sides ...*side) (samples [2][]sample, err error) {
	for n := range p.rounds + 1 {
		for i, side := range sides {
			length := p.round
			if n == 0 {
				length = p.warmUp
			}
			measured, err := side.round(length)
			if err != nil {
				return samples, err
			}
			if err := ctx.Err(); err != nil {
				return samples, err
			}
			if n > 0 {
				samples[i] = append(samples[i], measured)
			}
		}
	}
	return samples, nil
}

// side returns the side of the programs. Its connections are spread over them.
func (w *world) side(s scenario, r row, floor bool, programs []*program) *side {
	sd := &side{servers: w.servers}
	for _, p := range programs {
		sd.processes = append(sd.processes, p.pid)
	}
	for i := range r.Connections {
		do := s.act(client{world: w, floor: floor && s.role == floorRole, i: i, of: r.Connections})
		if s.limit > 0 {
			var reset func()
			do, reset = limited(do, max(1, s.limit/r.Connections))
			sd.resets = append(sd.resets, reset)
		}
		sd.connections = append(sd.connections, newConnection(programs[i%len(programs)].address))
		sd.acts = append(sd.acts, do)
	}
	return sd
}

// resident returns the resident memory of the side's processes in megabytes.
func (s *side) resident() float64 {
	total := 0.0
	for _, pid := range s.processes {
		bytes, _ := residentOf(pid) // 0 where it cannot be measured
		total += float64(bytes) / 1e6
	}
	return total
}

// measureAll measures the rows and prints them. After a row has failed it continues with the others; its error names all that
// failed.
func (b *bench) measureAll(ctx context.Context, o *options, rows []row, out io.Writer) (*report, error) {
	found := newReport()
	var failed []error
	for n, r := range rows {
		_, _ = fmt.Fprintf(o.progress, "%d of %d: %s\n", n+1, len(rows), r)
		measured, err := b.measure(ctx, r, o.pace)
		if ctx.Err() != nil {
			return found, ctx.Err()
		}
		if err != nil {
			_, _ = fmt.Fprintf(o.progress, "FAILED: %v\n", err)
			failed = append(failed, err)
			continue
		}
		found.Rows = append(found.Rows, measured)
	}
	if o.usual() {
		_, _ = fmt.Fprintln(o.progress, "memory")
		var err error
		found.Resources, err = b.resources(ctx, heldConnections, settling)
		failed = append(failed, err)
	}
	if o.mixed > 0 {
		_, _ = fmt.Fprintf(o.progress, "mixed run of %s\n", o.mixed)
		var err error
		found.Mixed, err = b.mixed(ctx, o.mixed)
		failed = append(failed, err)
	}
	return found, errors.Join(append(failed, found.print(out))...)
}
