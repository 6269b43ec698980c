package memory

import (
	"sync"
	"time"

	"github.com/sole-platform/sole/application/port"
)

// expiring is a map whose entries end, bounded in size. Expired entries are swept when
// it has grown to the bound, and every so often.
type expiring[V any] struct {
	mu      sync.Mutex
	clock   port.Clock
	max     int
	entries map[string]entry[V]
	writes  int
}

type entry[V any] struct {
	value V
	ends  time.Time
}

func newExpiring[V any](clock port.Clock, maxEntries int) *expiring[V] {
	return &expiring[V]{clock: clock, max: maxEntries, entries: map[string]entry[V]{}}
}

// sweepEvery is how many writes pass between two sweeps.
const sweepEvery = 4096

// put stores value; false means that the map is full of live entries.
func (m *expiring[V]) put(key string, value V, ends time.Time) bool {
	m.writes++
	if m.writes%sweepEvery == 0 || len(m.entries) >= m.max {
		m.sweep(m.clock())
	}
	if _, known := m.entries[key]; !known && len(m.entries) >= m.max {
		return false
	}
	m.entries[key] = entry[V]{value, ends}
	return true
}

func (m *expiring[V]) get(key string) (entry[V], bool) {
	found, ok := m.entries[key]
	return found, ok && m.clock().Before(found.ends)
}

func (m *expiring[V]) sweep(now time.Time) {
	for key, e := range m.entries {
		if !now.Before(e.ends) {
			delete(m.entries, key)
		}
	}
}
