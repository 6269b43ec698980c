package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Imports keeps the files of accounts that an org takes in, row by row.
type Imports interface {
	// Insert stores an import with its rows, whose lines differ.
	Insert(ctx context.Context, order domain.Import, rows []domain.ImportRow) error
	// Get counts the rows as they are; an import of another org is domain.ErrNotFound.
	Get(ctx context.Context, id domain.ImportID) (domain.Import, error)
	// Rows lists the rows in the order of their lines, from after the line on, at most limit:
	// those of a status, or all when it is empty.
	Rows(ctx context.Context, id domain.ImportID, status domain.RowStatus, after, limit int) ([]domain.ImportRow, error)
	// Settle stores what became of rows.
	Settle(ctx context.Context, id domain.ImportID, rows []domain.ImportRow) error
	// Finish notes when no row was pending any more; only the first call counts.
	Finish(ctx context.Context, id domain.ImportID, at time.Time) error
}

// Jobs puts work on the queue as part of the unit: it is done some time after the unit has
// been committed, again after a failure, or never when the unit is not.
type Jobs interface {
	Import(ctx context.Context, order domain.ImportOrder) error
}
