package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// Observe has every statement told to observe as it begins, by its verb and table and never
// by its text, which holds values; what observe returns is called as it ends. Set it before
// the store is used.
func (s *Store) Observe(observe func(ctx context.Context, statement string) (context.Context, func(error))) {
	s.dialect.observe = observe
	one := s.read == s.write
	s.write = s.write.WithQueryHook(statements{observe})
	if s.read = s.read.WithQueryHook(statements{observe}); one {
		s.read = s.write
	}
}

// statements implements bun.QueryHook.
type statements struct {
	observe func(context.Context, string) (context.Context, func(error))
}

type endedKey struct{}

func (h statements) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	name := event.Operation()
	if event.IQuery != nil && event.IQuery.GetTableName() != "" {
		name += " " + event.IQuery.GetTableName()
	}
	_, ended := h.observe(ctx, name)
	event.Stash = map[any]any{endedKey{}: ended}
	return ctx // as it came: Bun keeps that of BEGIN for COMMIT
}

func (h statements) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	if ended, ok := event.Stash[endedKey{}].(func(error)); ok {
		ended(failure(event.Err))
	}
}

// observed is for statements that go around Bun.
func (d *dialect) observed(ctx context.Context, name string, run func(context.Context) error) error {
	if d.observe == nil {
		return run(ctx)
	}
	ctx, ended := d.observe(ctx, name)
	err := run(ctx)
	ended(failure(err))
	return err
}

// failure leaves out what is an answer too.
func failure(err error) error {
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, sql.ErrTxDone) || isDomain(err) {
		return nil
	}
	return err
}

// PoolStats is how a pool of connections stands.
type PoolStats struct {
	Name   string // writer, reader
	InUse  int
	Idle   int
	Max    int
	Waits  int64         // how often somebody had to wait for a connection
	Waited time.Duration // altogether
	Failed int64         // how often somebody waited in vain
}

// Pools tells how the pools of connections stand.
func (s *Store) Pools() []PoolStats { return s.dialect.pools() }

func sqlPool(name string, db *sql.DB) PoolStats {
	stats := db.Stats()
	return PoolStats{Name: name, InUse: stats.InUse, Idle: stats.Idle, Max: stats.MaxOpenConnections, Waits: stats.WaitCount, Waited: stats.WaitDuration}
}
