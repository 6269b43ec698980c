package domain

import "time"

// MaxImportRows is the largest number of rows in one file.
const MaxImportRows = 5000

// ImportID identifies an Import.
type ImportID string

// Import is a file of accounts that are created in an org. When it is finished, Created and Refused add up
// to Total.
type Import struct {
	ID         ImportID
	By         UserID
	CreatedAt  time.Time
	FinishedAt time.Time // zero while rows are pending
	Total      int
	Created    int
	Refused    int
}

// Pending returns the number of rows that are not processed yet.
func (i Import) Pending() int { return i.Total - i.Created - i.Refused }

// ImportOrder is what the job of an import needs to know: the import, and the account that ordered it.
type ImportOrder struct {
	Import ImportID
	By     UserID // of a service account its id
	ByType ActorType
	Scope  []Permission // of the access token of the request, which bounds a service account; nil: nothing more bounds it
	Origin Origin       // of the request that uploaded the file
}

// RowStatus is the result of a row.
type RowStatus string

// A row is pending until its account is created or it is refused.
const (
	RowPending RowStatus = "pending"
	RowCreated RowStatus = "created"
	RowRefused RowStatus = "refused"
)

// ImportRow is one row of the file with its result.
type ImportRow struct {
	Line     int // the number of its line in the file, from 1
	Email    string
	FullName string
	Roles    []string // ids, or names of system roles
	Status   RowStatus
	User     UserID       // the created account
	Faults   []FieldError // why it was refused; Field is the column, or "row" for the whole row
}

// Refuse marks the row as refused because of faults.
func (r *ImportRow) Refuse(faults ...FieldError) { r.Status, r.Faults = RowRefused, faults }
