package river

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Observer is told of jobs. Inserted may return what is to be known when the job is worked,
// at most a line of text; Works is told of each attempt, with that text, and what it returns
// is called as the attempt ends.
type Observer struct {
	Inserted func(ctx context.Context) string
	Works    func(ctx context.Context, kind, noted string) (context.Context, func(error))
}

// noteKey is the member of a job's metadata that holds what Inserted returned.
const noteKey = "sole:note"

// middleware implements rivertype.JobInsertMiddleware and rivertype.WorkerMiddleware.
type middleware struct {
	river.MiddlewareDefaults
	queue *Queue
}

func (m *middleware) InsertMany(ctx context.Context, jobs []*rivertype.JobInsertParams, next func(context.Context) ([]*rivertype.JobInsertResult, error)) ([]*rivertype.JobInsertResult, error) {
	note := ""
	if m.queue.Observer.Inserted != nil {
		note = m.queue.Observer.Inserted(ctx)
	}
	if note == "" {
		return next(ctx)
	}
	for _, job := range jobs {
		if len(job.Metadata) > 0 && string(job.Metadata) != "{}" {
			continue // somebody else's
		}
		metadata, err := json.Marshal(map[string]string{noteKey: note})
		if err != nil {
			return nil, err
		}
		job.Metadata = metadata
	}
	return next(ctx)
}

func (m *middleware) Work(ctx context.Context, job *rivertype.JobRow, next func(context.Context) error) error {
	if m.queue.Observer.Works == nil {
		return next(ctx)
	}
	var metadata map[string]any
	_ = json.Unmarshal(job.Metadata, &metadata) // without it nothing is known
	note, _ := metadata[noteKey].(string)
	ctx, ended := m.queue.Observer.Works(ctx, job.Kind, note)
	err := next(ctx)
	ended(err)
	return err
}

// DropLetters implements port.WaitingLetters.
func (q *Queue) DropLetters(ctx context.Context) (int, error) {
	result, err := q.db.ExecContext(ctx, `DELETE FROM river_job
		WHERE kind = 'letter' AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled')`)
	if err != nil {
		return 0, fmt.Errorf("drop the letters that wait: %w", err)
	}
	dropped, err := result.RowsAffected()
	return int(dropped), err
}

// Backlog is how many jobs of a kind are in a state.
type Backlog struct {
	Kind  string
	State string
	Count int
}

// Backlog counts the jobs that are not done, or were given up, by kind and state.
func (q *Queue) Backlog(ctx context.Context) ([]Backlog, error) {
	rows, err := q.db.QueryContext(ctx, `SELECT kind, state, count(*) FROM river_job
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
