package domain

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ImportedAccount is an account as another system exported it.
type ImportedAccount struct {
	Line               int // the number of its line or record in the file, from 1
	Email, FullName    string
	Roles              []string // names of roles of the org; none: the role member
	ForeignRoles       []string // names of roles of the other system, of which only those that a RoleMap lists are given
	Suspended          bool
	Password           PasswordHash // as ImportedHash.Stored returns it, or a hash of this service; empty: none until it is reset
	MustChangePassword bool         // after signing in with the password, only a new one can be set
	TOTPSecret         []byte       // of an authenticator app with SHA-1, six digits and 30 seconds; nil: none
	RecoveryCodes      [][]byte     // SHA-256 of each unused code as CanonicalImportedCode returns it
	CreatedAt          time.Time    // zero: the time of the import
	LastSignInAt       time.Time    // zero: never
	TOTPEnrolledAt     time.Time    // zero: the time of the import
	Notes              []string     // what of the account is left behind, in words, for the result of the row
	Faults             []FieldError // why the row is refused; Field is a column or member of the file, or "row" for the whole row
}

// The bounds of an imported account.
const (
	maxImportedRoles     = 50
	maxImportedCodes     = 50
	maxImportedNotes     = 20
	minImportedSecret    = 10 // bytes of a TOTP secret: 16 characters of base32, as many systems make them
	maxImportedSecret    = 64
	maxShownImportedText = 320 // characters of a note, and of a refused address or name, that are stored with the row
)

// Row returns the row of the account, which is refused with every fault that can be found without the org. An account
// without a name gets the local part of its address as its name.
func (a ImportedAccount) Row(now time.Time) ImportRow {
	row := ImportRow{Line: a.Line, Email: a.Email, FullName: a.FullName, Roles: a.Roles, Status: RowPending}
	for _, note := range a.Notes[:min(len(a.Notes), maxImportedNotes)] {
		row.Notes = append(row.Notes, shown(note))
	}
	faults := slices.Clone(a.Faults)
	email, err := ParseEmail(a.Email)
	if err == nil {
		row.Email = string(email)
	} else if !a.faulty("email") {
		faults = append(faults, InColumn("email", err)...)
	}
	if err == nil && strings.TrimSpace(a.FullName) == "" && !a.faulty("full_name") {
		row.FullName, _, _ = strings.Cut(row.Email, "@")
		row.Notes = append(row.Notes, "the account has no name: the part of its address before the @ is its name here")
	}
	name, err := parseName("full_name", row.FullName)
	switch {
	case err == nil:
		row.FullName = name
	case strings.TrimSpace(row.FullName) != "" && !a.faulty("full_name"):
		faults = append(faults, InColumn("full_name", err)...)
	}
	if faults = append(faults, a.faults(now)...); len(faults) > 0 {
		row.Email, row.FullName, row.Roles = shown(row.Email), shown(row.FullName), nil
		row.Refuse(faults...)
	}
	return row
}

// faulty reports whether the source has already refused a column.
func (a ImportedAccount) faulty(column string) bool {
	return slices.ContainsFunc(a.Faults, func(f FieldError) bool { return f.Field == column })
}

// faults returns the faults of what the account has besides its name and address.
func (a ImportedAccount) faults(now time.Time) (faults []FieldError) {
	if len(a.Roles) > maxImportedRoles {
		faults = append(faults, FieldError{"roles", fmt.Sprintf("must be at most %d roles", maxImportedRoles)})
	}
	if n := len(a.TOTPSecret); a.TOTPSecret != nil && (n < minImportedSecret || n > maxImportedSecret) {
		const rule = "must be a secret of %d to %d bytes: leave it out, and the account enrols again"
		faults = append(faults, FieldError{"totp", fmt.Sprintf(rule, minImportedSecret, maxImportedSecret)})
	}
	wrongHash := func(code []byte) bool { return len(code) != sha256.Size }
	if len(a.RecoveryCodes) > maxImportedCodes || slices.ContainsFunc(a.RecoveryCodes, wrongHash) {
		faults = append(faults, FieldError{"recovery_codes", fmt.Sprintf("must be at most %d SHA-256 hashes of 32 bytes", maxImportedCodes)})
	}
	for _, moment := range []struct {
		column string
		at     time.Time
	}{{"created_at", a.CreatedAt}, {"last_sign_in_at", a.LastSignInAt}, {"totp", a.TOTPEnrolledAt}} {
		if !moment.at.IsZero() && (moment.at.After(now) || moment.at.Year() < 1970) {
			faults = append(faults, FieldError{moment.column, "must be a time from 1970 to now"})
		}
	}
	return faults
}

// shown shortens a text that was refused, and that may be of any length.
func shown(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if letters := []rune(text); len(letters) > maxShownImportedText {
		return string(letters[:maxShownImportedText])
	}
	return text
}
