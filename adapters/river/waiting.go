package river

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/sole-platform/sole/application/port"
)

// Waiting are the jobs in a database that have not been done.
type Waiting struct{ db *sql.DB }

var _ port.WaitingJobs = Waiting{}

// NewWaiting returns the waiting jobs in the database db, which contains the tables of the queue.
func NewWaiting(db any) (Waiting, error) {
	pool, err := connection(db)
	return Waiting{db: pool}, err
}

// Drop implements port.WaitingJobs.
func (w Waiting) Drop(ctx context.Context, kind string) (int, error) {
	result, err := w.db.ExecContext(ctx, `DELETE FROM river_job
		WHERE kind = $1 AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`, kind)
	if err != nil {
		return 0, fmt.Errorf("drop the waiting jobs of kind %s: %w", kind, err)
	}
	dropped, err := result.RowsAffected()
	return int(dropped), err
}

// Backlog is the number of jobs of a kind in a state.
type Backlog struct {
	Kind  string
	State string
	Count int
}

// Backlog counts the jobs that are not done, or were given up, by kind and state.
func (w Waiting) Backlog(ctx context.Context) ([]Backlog, error) {
	rows, err := w.db.QueryContext(ctx, `SELECT kind, state, count(*) FROM river_job
		WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled', 'discarded') GROUP BY kind, state`)
	if err != nil {
		return nil, fmt.Errorf("count the jobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var counted []Backlog
	for rows.Next() {
		var b Backlog
		if err := rows.Scan(&b.Kind, &b.State, &b.Count); err != nil {
			return nil, err
		}
		counted = append(counted, b)
	}
	return counted, rows.Err()
}
