package river

import (
	"context"
	"fmt"
)

// ClearDone removes the jobs that are done, and returns how many. Those that keep themselves from being repeated, such as emails,
// stay for about a day, but are emptied: their content, and the errors of earlier attempts, can name people.
func (w Waiting) ClearDone(ctx context.Context) (int, error) {
	cleared := 0
	for _, statement := range []string{
		`DELETE FROM river_job WHERE state IN ('cancelled', 'completed') AND unique_key IS NULL`,
		`UPDATE river_job SET args = jsonb('{}'), errors = NULL
			WHERE state IN ('cancelled', 'completed') AND (args <> jsonb('{}') OR errors IS NOT NULL)`,
	} {
		result, err := w.db.ExecContext(ctx, statement)
		if err != nil {
			return cleared, fmt.Errorf("clear the jobs that are done: %w", err)
		}
		rows, err := result.RowsAffected()
		if cleared += int(rows); err != nil {
			return cleared, err
		}
	}
	return cleared, nil
}
