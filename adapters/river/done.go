package river

import (
	"context"
	"fmt"
)

// ClearDone empties the jobs that are done, and returns how many it emptied: their content, and the errors of earlier
// attempts, can name people. The rows stay for about a day, because they keep an email from being repeated.
func (w Waiting) ClearDone(ctx context.Context) (int, error) {
	result, err := w.db.ExecContext(ctx, `UPDATE river_job SET args = jsonb('{}'), errors = NULL
		WHERE state IN ('cancelled', 'completed') AND (args <> jsonb('{}') OR errors IS NOT NULL)`)
	if err != nil {
		return 0, fmt.Errorf("empty the jobs that are done: %w", err)
	}
	cleared, err := result.RowsAffected()
	return int(cleared), err
}
