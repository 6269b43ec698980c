package memory

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Activity implements port.Activity: it collects when sessions were used, and stores that at intervals, in one unit of work
// per org.
type Activity struct {
	store  port.Store
	logger *slog.Logger
	mu     sync.Mutex
	seen   map[domain.OrgID]map[domain.SessionID]time.Time
	count  int
}

var _ port.Activity = (*Activity)(nil)

// maxSeen is how many sessions are collected between two writes. Further ones are dropped; the next request of such a
// session records it again.
const maxSeen = 100_000

// NewActivity returns an Activity that stores in store while Run runs.
func NewActivity(store port.Store, logger *slog.Logger) *Activity {
	return &Activity{store: store, logger: logger, seen: map[domain.OrgID]map[domain.SessionID]time.Time{}}
}

// Seen implements port.Activity.
func (a *Activity) Seen(org domain.OrgID, session domain.SessionID, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sessions := a.seen[org]
	if sessions == nil {
		sessions = map[domain.SessionID]time.Time{}
		a.seen[org] = sessions
	}
	noted, known := sessions[session]
	switch {
	case !known && a.count == maxSeen, known && at.Before(noted):
		return
	case !known:
		a.count++
	}
	sessions[session] = at
}

// KeyUsed implements port.Activity.
func (a *Activity) KeyUsed(domain.OrgID, domain.APIKeyID, time.Time) {}

// Run stores what was collected every interval until ctx ends, and then once more.
func (a *Activity) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			a.Flush(last)
			cancel()
			return
		case <-ticker.C:
			a.Flush(ctx)
		}
	}
}

// Flush stores what was collected. What cannot be stored is logged and dropped; the next request of the session records it
// again.
func (a *Activity) Flush(ctx context.Context) {
	a.mu.Lock()
	gathered := a.seen
	a.seen, a.count = map[domain.OrgID]map[domain.SessionID]time.Time{}, 0
	a.mu.Unlock()
	for org, sessions := range gathered {
		err := a.store.InOrg(ctx, org, func(tx port.OrgTx) error {
			for _, id := range slices.Sorted(maps.Keys(sessions)) { // the same order in all replicas, so that they do not deadlock
				if err := tx.Sessions().Touch(ctx, id, sessions[id]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			a.logger.WarnContext(ctx, "session activity was not stored", slog.String("org_id", string(org)), slog.Any("error", err))
		}
	}
}
