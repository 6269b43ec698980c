package bootstrap

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	trimInterval = 5 * time.Second
	// quietAllocation is how many bytes a service allocates at most in an interval with few requests or none.
	quietAllocation = 2 << 20
	// trimAllocation is how many bytes of garbage are worth a collection, which takes about ten milliseconds.
	trimAllocation = 2 << 20
)

// trim returns memory to the system when requests cease: garbage, and the stacks and buffers of requests. Without it the
// runtime would keep most of this memory for minutes, and some of it for ever.
func (app *App) trim(ctx context.Context) {
	allocated := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	var q quietness
	for pause(ctx, trimInterval) == nil {
		metrics.Read(allocated)
		if !q.due(allocated[0].Value.Uint64()) {
			continue
		}
		runtime.GC() // empties the pools, from which FreeOSMemory then frees
		debug.FreeOSMemory()
	}
}

// quietness finds intervals without requests.
type quietness struct {
	allocated, trimmed uint64 // bytes allocated since the start of the process, at the last interval and the last trim
}

// due reports whether the last interval was quiet and enough was allocated since the last trim.
func (q *quietness) due(allocated uint64) bool {
	quiet := allocated-q.allocated < quietAllocation
	q.allocated = allocated
	if !quiet || allocated-q.trimmed < trimAllocation {
		return false
	}
	q.trimmed = allocated
	return true
}
