package memory

import (
	"sync"
	"time"

	"github.com/sole-platform/sole/application/port"
)

// expiring is a map of bounded size whose entries expire. Expired entries are removed every sweepEvery writes and, while the
// map is full, at most once a second, because that reads the whole map and a flood of requests must not cause it each time.
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

// put stores a value. It returns false if the map is full of other keys.
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

// replace stores a value. If the map is full of other keys it forgets an arbitrary one of them.
func (m *expiring[V]) replace(key string, value V, ends time.Time) {
	if m.put(key, value, ends) {
		return
	}
	for other := range m.entries {
		delete(m.entries, other)
		break
	}
	m.entries[key] = entry[V]{value, ends}
}

func (m *expiring[V]) get(key string) (entry[V], bool) {
	found, ok := m.entries[key]
	return found, ok && m.clock().Before(found.ends)
}

// admits reports whether there is space for key.
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
