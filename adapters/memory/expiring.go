package memory

import (
	"sync"
	"time"

	"github.com/sole-platform/sole/application/port"
)

// expiring is a map whose entries end, bounded in size. What has expired is swept every
// sweepEvery writes and, while the map is full, once a second at most: sweeping walks the
// whole map, and a flood must not buy that with every request.
type expiring[V any] struct {
	mu      sync.Mutex
	clock   port.Clock
	max     int
	entries map[string]entry[V]
	writes  int
	swept   time.Time
}

type entry[V any] struct {
	value V
	ends  time.Time
}

const (
	sweepEvery     = 4096
	sweepFullEvery = time.Second
)

func newExpiring[V any](clock port.Clock, maxEntries int) *expiring[V] {
	return &expiring[V]{clock: clock, max: maxEntries, entries: map[string]entry[V]{}}
}

// put stores value; false means that the map is full of other keys.
func (m *expiring[V]) put(key string, value V, ends time.Time) bool {
	if m.writes++; m.writes%sweepEvery == 0 {
		m.sweep(m.clock())
	}
	if !m.admits(key) {
		return false
	}
	m.entries[key] = entry[V]{value, ends}
	return true
}

func (m *expiring[V]) get(key string) (entry[V], bool) {
	found, ok := m.entries[key]
	return found, ok && m.clock().Before(found.ends)
}

// admits tells whether there is room for key.
func (m *expiring[V]) admits(key string) bool {
	if _, known := m.entries[key]; known || len(m.entries) < m.max {
		return true
	}
	if now := m.clock(); now.Sub(m.swept) >= sweepFullEvery {
		m.sweep(now)
	}
	return len(m.entries) < m.max
}

func (m *expiring[V]) sweep(now time.Time) {
	m.swept = now
	for key, e := range m.entries {
		if !now.Before(e.ends) {
			delete(m.entries, key)
		}
	}
}
