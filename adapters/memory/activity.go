package memory

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Activity implements port.Activity: it collects when sessions and API keys were used, and stores that at intervals, in one unit of
// work per org.
type Activity struct {
	store  port.Store
	logger *slog.Logger
	mu     sync.Mutex
	seen   map[domain.OrgID]map[used]time.Time
	count  int
}

var _ port.Activity = (*Activity)(nil)

// used is a session or an API key.
type used struct {
	kind usedKind
	id   string
}

type usedKind int

const (
	usedSession usedKind = iota
	usedKey
)

// touch stores when it was used.
func (u used) touch(ctx context.Context, tx port.OrgTx, at time.Time) error {
	if u.kind == usedKey {
		return tx.APIKeys().Touch(ctx, domain.APIKeyID(u.id), at)
	}
	return tx.Sessions().Touch(ctx, domain.SessionID(u.id), at)
}

// before orders what is touched in the same way in all replicas, so that they do not deadlock.
func (u used) before(other used) int {
	return cmp.Or(cmp.Compare(u.kind, other.kind), cmp.Compare(u.id, other.id))
}

// maxSeen is how many sessions and keys are collected between two writes. Further ones are dropped; their next request records them
// again.
const maxSeen = 100_000

// NewActivity returns an Activity that stores in store while Run runs.
func NewActivity(store port.Store, logger *slog.Logger) *Activity {
	return &Activity{store: store, logger: logger, seen: map[domain.OrgID]map[used]time.Time{}}
}

// Seen implements port.Activity.
func (a *Activity) Seen(org domain.OrgID, session domain.SessionID, at time.Time) {
	a.note(org, used{usedSession, string(session)}, at)
}

// KeyUsed implements port.Activity.
func (a *Activity) KeyUsed(org domain.OrgID, key domain.APIKeyID, at time.Time) {
	a.note(org, used{usedKey, string(key)}, at)
}

func (a *Activity) note(org domain.OrgID, what used, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen := a.seen[org]
	if seen == nil {
		seen = map[used]time.Time{}
		a.seen[org] = seen
	}
	noted, known := seen[what]
	switch {
	case !known && a.count == maxSeen, known && at.Before(noted):
		return
	case !known:
		a.count++
	}
	seen[what] = at
}

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

// Flush stores what was collected. What cannot be stored is logged and dropped; the next request of the session or the key records
// it again.
func (a *Activity) Flush(ctx context.Context) {
	a.mu.Lock()
	gathered := a.seen
	a.seen, a.count = map[domain.OrgID]map[used]time.Time{}, 0
	a.mu.Unlock()
	for org, seen := range gathered {
		err := a.store.InOrg(ctx, org, func(tx port.OrgTx) error {
			for _, what := range slices.SortedFunc(maps.Keys(seen), used.before) {
				if err := what.touch(ctx, tx, seen[what]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			a.logger.WarnContext(ctx, "the activity of sessions and API keys was not stored",
				slog.String("org_id", string(org)), slog.Any("error", err))
		}
	}
}
