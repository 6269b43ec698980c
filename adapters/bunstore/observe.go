package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"github.com/sole-platform/sole/application/port"
)

// observeBy reports the begin and the end of every statement to the observers. It reports the verb and the table, never
// the text, because the text contains values.
func (s *Store) observeBy(observers []port.ObserveCall) {
	if len(observers) == 0 {
		return
	}
	s.dialect.observe = every(observers)
	one := s.read == s.write
	s.write = s.write.WithQueryHook(statements{s.dialect.observe})
	if s.read = s.read.WithQueryHook(statements{s.dialect.observe}); one {
		s.read = s.write
	}
}

// every calls all observers: in their order at the beginning, and in reverse order at the end.
func every(observers []port.ObserveCall) port.ObserveCall {
	if len(observers) == 1 {
		return observers[0]
	}
	return func(ctx context.Context, what string) (context.Context, func(error)) {
		ended := make([]func(error), len(observers))
		for i, begin := range observers {
			ctx, ended[i] = begin(ctx, what)
		}
		return ctx, func(err error) {
			for _, end := range slices.Backward(ended) {
				end(err)
			}
		}
	}
}

// statements implements bun.QueryHook.
type statements struct{ observe port.ObserveCall }

type endedKey struct{}

func (h statements) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	name := event.Operation()
	if event.IQuery != nil && event.IQuery.GetTableName() != "" {
		name += " " + event.IQuery.GetTableName()
	}
	_, ended := h.observe(ctx, name)
	event.Stash = map[any]any{endedKey{}: ended}
	return ctx // unchanged, because Bun keeps the context of BEGIN for COMMIT
}

func (h statements) AfterQuery(_ context.Context, event *bun.QueryEvent) {
	if ended, ok := event.Stash[endedKey{}].(func(error)); ok {
		ended(failure(event.Err))
	}
}

// observed reports a statement that is not executed through Bun.
func (d *dialect) observed(ctx context.Context, name string, run func(context.Context) error) error {
	if d.observe == nil {
		return run(ctx)
	}
	ctx, ended := d.observe(ctx, name)
	err := run(ctx)
	ended(failure(err))
	return err
}

// failure returns the error unless it is an ordinary result, such as that there is no row.
func failure(err error) error {
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, sql.ErrTxDone) || isDomain(err) {
		return nil
	}
	return err
}

// Pools implements port.Database.
func (s *Store) Pools() []port.PoolStats { return s.dialect.pools() }

func sqlPool(name string, db *sql.DB) port.PoolStats {
	stats := db.Stats()
	return port.PoolStats{
		Name: name, InUse: stats.InUse, Idle: stats.Idle, Max: stats.MaxOpenConnections,
		Waits: stats.WaitCount, Waited: stats.WaitDuration,
	}
}
