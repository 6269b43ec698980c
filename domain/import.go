package domain

import "time"

// MaxImportRows is how many accounts one file may bring.
const MaxImportRows = 5000

// ImportID identifies an Import.
type ImportID string

// Import is a file of accounts on its way into an org. Its counters add up to Total when
// it is done.
type Import struct {
	ID         ImportID
	By         UserID
	CreatedAt  time.Time
	FinishedAt time.Time // zero while rows are pending
	Total      int
	Created    int
	Refused    int
}

// Pending is how many rows wait.
func (i Import) Pending() int { return i.Total - i.Created - i.Refused }

// ImportOrder is what whoever works on an import needs to know: which one, and for whom.
type ImportOrder struct {
	Import ImportID
	By     UserID
	Origin Origin // of the request that brought the file
}

// RowStatus is what became of a row.
type RowStatus string

// A row is pending until it has become an account, or was found to be none.
const (
	RowPending RowStatus = "pending"
	RowCreated RowStatus = "created"
	RowRefused RowStatus = "refused"
)

// ImportRow is one row of the file, and what became of it.
type ImportRow struct {
	Line     int // of the file, from 1, where the row begins
	Email    string
	FullName string
	Roles    []string // ids, or names of system roles
	Status   RowStatus
	User     UserID       // the account that it became
	Faults   []FieldError // why it was refused; locations are columns
}

// Refuse says why the row becomes no account.
func (r *ImportRow) Refuse(faults ...FieldError) { r.Status, r.Faults = RowRefused, faults }
