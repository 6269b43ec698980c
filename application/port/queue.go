package port

import (
	"context"

	"github.com/sole-platform/sole/domain"
)

// Queue stores jobs in the database of a store, in the transaction of the unit of work that enqueues them. It is created
// before the store, which calls it; its workers are created after the use cases, which call the store. tx and db are a
// transaction and a connection of the database: for an SQL database a *sql.Tx and a *sql.DB. For other types it returns
// an error.
type Queue interface {
	// Enqueue stores a job within the transaction.
	Enqueue(ctx context.Context, tx any, org domain.OrgID, job Job) error
	// Migrate brings the queue's own tables up to date, over a login that may create tables. The caller keeps other
	// processes from migrating the database at the same time.
	Migrate(ctx context.Context, db any) error
	// Behind reports whether migrations of the queue are pending.
	Behind(ctx context.Context, db any) (bool, error)
}
