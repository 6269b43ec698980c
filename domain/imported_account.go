package domain

import "time"

// ImportedAccount is an account as another system exported it.
type ImportedAccount struct {
	Line               int // the number of its line or record in the file, from 1
	Email, FullName    string
	Roles              []string // names of roles of the org; none: the role member
	Suspended          bool
	Password           PasswordHash // as ImportedHash.Stored returns it, or a hash of this service; empty: none until it is reset
	MustChangePassword bool         // after signing in with the password, only a new one can be set
	TOTPSecret         []byte       // of an authenticator app with SHA-1, six digits and 30 seconds; nil: none
	RecoveryCodes      [][]byte     // SHA-256 of each unused code as CanonicalRecoveryCode returns it; shorter codes than ours are left behind
	CreatedAt          time.Time    // zero: the time of the import
	LastSignInAt       time.Time    // zero: never
	TOTPEnrolledAt     time.Time    // zero: the time of the import
	Notes              []string     // what of the account is left behind, in words, for the result of the row
	Faults             []FieldError // why the row is refused; Field is a column or member of the file, or "row" for the whole row
}
