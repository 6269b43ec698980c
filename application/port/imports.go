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
	// Add stores more rows of an import, in few round trips. It returns domain.ErrNotFound for an import that was removed, is
	// unknown or belongs to another org.
	Add(ctx context.Context, id domain.ImportID, rows []domain.ImportRow) error
	// Begin ends the reading of an import. It returns domain.ErrNotFound for an import that is not being read.
	Begin(ctx context.Context, id domain.ImportID) error
	// Remove removes at most limit rows of an import that is still being read, and the import itself when it has no row left.
	// more reports whether rows are left. For any other import it does nothing.
	Remove(ctx context.Context, id domain.ImportID, limit int) (more bool, err error)
	// Get returns an import with its current counts, or domain.ErrNotFound, also for an import of another org.
	Get(ctx context.Context, id domain.ImportID) (domain.Import, error)
	// Unfinished returns the newest import with the digest that is not finished, or domain.ErrNotFound.
	Unfinished(ctx context.Context, digest string) (domain.Import, error)
	// Rows returns at most limit rows with the status (empty: any), in the order of their lines, starting after the line
	// after. Their Account is left out.
	Rows(ctx context.Context, id domain.ImportID, status domain.RowStatus, after, limit int) ([]domain.ImportRow, error)
	// Pending returns at most limit pending rows with their Account, in the order of their lines, starting after the line
	// after.
	Pending(ctx context.Context, id domain.ImportID, after, limit int) ([]domain.ImportRow, error)
	// Lines returns the lines of the import that became the accounts, for those that have one.
	Lines(ctx context.Context, id domain.ImportID, users []domain.UserID) (map[domain.UserID]int, error)
	// Settle stores the status, account, faults and notes of rows, in few round trips, and must erase their Account.
	Settle(ctx context.Context, id domain.ImportID, rows []domain.ImportRow) error
	// Forget erases the address and the name in the rows that became the account, and their notes.
	Forget(ctx context.Context, user domain.UserID) error
	// Finish stores when the import was finished. Later calls change nothing.
	Finish(ctx context.Context, id domain.ImportID, at time.Time) error
}
