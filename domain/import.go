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
	By         UserID // empty: the operator of the deployment, at the command line
	Format     string // of a file of another system; empty: a CSV file of this service
	Digest     string // identifies the file of an import at the command line; otherwise empty
	Reading    bool   // rows are still being added, and none is settled
	CreatedAt  time.Time
	FinishedAt time.Time // zero while rows are pending
	Total      int
	Created    int
	Refused    int
}

// Pending returns the number of rows that are not processed yet.
func (i Import) Pending() int { return i.Total - i.Created - i.Refused }

// Add counts a row with this status.
func (i *Import) Add(status RowStatus) {
	i.Total++
	switch status {
	case RowCreated:
		i.Created++
	case RowRefused:
		i.Refused++
	case RowPending:
	}
}

// ImportOrder is what the job of an import needs to know: the import, and the account that ordered it.
type ImportOrder struct {
	Import ImportID
	By     UserID // of a service account its id; empty: the operator of the deployment
	ByType ActorType
	Scope  []Permission // of the access token of the request, which bounds a service account; nil: nothing more bounds it
	Origin Origin       // of the request that uploaded the file

	Format   string // as in Import
	NoInvite bool   // accounts without a password are not invited
	Command  string // of the operator, for the audit log
}

// ByOperator reports whether the operator of the deployment ordered the import, at the command line.
func (o ImportOrder) ByOperator() bool { return o.By == "" }

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
	Roles    []string // ids, or names of system roles; of a file of another system also names of other roles
	Status   RowStatus
	User     UserID       // the created account
	Faults   []FieldError // why it was refused; Field is the column, or "row" for the whole row
	Notes    []string     // what of the account was left behind

	Account *ImportAccount // what else the account of a pending row will have; nil: nothing
}

// ImportAccount is what an account that another system exported has besides its name, address and roles.
type ImportAccount struct {
	User               UserID // the id that it will have, to which TOTP and RecoveryCodes are bound
	Suspended          bool
	Password           PasswordHash // empty: none
	MustChangePassword bool
	TOTP               SealedSecret // empty: none
	RecoveryCodes      []TokenHash
	CreatedAt          time.Time // zero: when it is imported
	LastSignInAt       time.Time // zero: never
	TOTPEnrolledAt     time.Time // zero: when it is imported
}

// NewAccount is an account with everything that it has from the start.
type NewAccount struct {
	Member
	Authenticators []Authenticator
	RecoveryCodes  []RecoveryCode
}

// Refuse marks the row as refused because of faults. Nothing of it is taken along then, so it has no notes.
func (r *ImportRow) Refuse(faults ...FieldError) {
	r.Status, r.Faults, r.Notes = RowRefused, faults, nil
}

// Complete adds to a new account what the import says of it.
func (a ImportAccount) Complete(account NewAccount, now time.Time) NewAccount {
	if a.Password != "" {
		account.SetPassword(a.Password, a.MustChangePassword, now)
	}
	if a.Suspended {
		account.Suspend(now)
	}
	if !a.CreatedAt.IsZero() {
		account.CreatedAt = a.CreatedAt
	}
	account.LastSignInAt = a.LastSignInAt
	if a.TOTP != "" {
		totp := Authenticator{
			ID: AuthenticatorID(account.ID), User: account.ID, Kind: FactorTOTP, Secret: a.TOTP, CreatedAt: now, EnrolledAt: now,
		}
		if !a.TOTPEnrolledAt.IsZero() {
			totp.CreatedAt, totp.EnrolledAt = a.TOTPEnrolledAt, a.TOTPEnrolledAt
		}
		account.Authenticators = append(account.Authenticators, totp)
	}
	for _, hash := range a.RecoveryCodes {
		account.RecoveryCodes = append(account.RecoveryCodes, RecoveryCode{User: account.ID, Hash: hash})
	}
	return account
}
