package port

import (
	"context"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Imports stores imported files of accounts, row by row.
type Imports interface {
	// Insert stores an import with its rows, which have different line numbers.
	Insert(ctx context.Context, order domain.Import, rows []domain.ImportRow) error
	// Get returns an import with its current counts, or domain.ErrNotFound, also for an import of another org.
	Get(ctx context.Context, id domain.ImportID) (domain.Import, error)
	// Rows returns at most limit rows with the status (empty: any), in the order of their lines, starting after the line
	// after.
	Rows(ctx context.Context, id domain.ImportID, status domain.RowStatus, after, limit int) ([]domain.ImportRow, error)
	// Settle stores the status, account and faults of rows.
	Settle(ctx context.Context, id domain.ImportID, rows []domain.ImportRow) error
	// Forget erases the address and the name in the rows that became the account.
	Forget(ctx context.Context, user domain.UserID) error
	// Finish stores when the import was finished. Later calls change nothing.
	Finish(ctx context.Context, id domain.ImportID, at time.Time) error
}
