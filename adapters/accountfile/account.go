package accountfile

import (
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sole-platform/sole/domain"
)

// account is an account while its record is read.
type account struct{ domain.ImportedAccount }

// refuse adds a reason why the account is not imported.
func (a *account) refuse(field, message string) {
	a.Faults = append(a.Faults, domain.FieldError{Field: field, Message: message})
}

// leave adds what of the account is left behind.
func (a *account) leave(format string, values ...any) {
	a.Notes = append(a.Notes, fmt.Sprintf(format, values...))
}

// finish adds what follows from the whole record.
func (a *account) finish() {
	if a.Password == "" && len(a.Faults) == 0 {
		a.leave("has no password in the file: its owner must set a new one")
	}
}

// setEmail refuses accounts without an address.
func (a *account) setEmail(email string) {
	if a.Email = strings.TrimSpace(email); a.Email == "" {
		a.refuse("email", "must be there: accounts sign in with their email address")
	}
}

// setName uses the first name that is not blank.
func (a *account) setName(names ...string) {
	for _, name := range names {
		if a.FullName = strings.Join(strings.Fields(name), " "); a.FullName != "" {
			return
		}
	}
}

// The times that are taken along. Others are a mistake of the file.
var (
	earliest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// setTime sets a time of the account. It is left behind if it cannot be meant.
func (a *account) setTime(field string, of *time.Time, read time.Time) {
	switch {
	case read.IsZero():
	case read.Before(earliest) || read.After(latest):
		a.leave("%s is left behind: it is not between 1980 and 2100", field)
	default:
		*of = read.UTC().Truncate(time.Microsecond)
	}
}

// setTimeText sets a time that is written as a text.
func (a *account) setTimeText(field string, of *time.Time, written string) {
	read, err := timeOf(written)
	if err != nil {
		a.leave("%s is left behind: it is not a time such as 2026-01-31T12:00:00Z", field)
		return
	}
	a.setTime(field, of, read)
}

// setTOTP sets the secret of an authenticator app, written in base32.
func (a *account) setTOTP(field, secret string) {
	secret = strings.ToUpper(strings.TrimRight(strings.NewReplacer(" ", "", "-", "").Replace(secret), "="))
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		a.refuse(field, "must be a secret in base32 (RFC 4648)")
		return
	}
	a.setTOTPKey(field, key)
}

// setTOTPKey sets the secret of an authenticator app. Of several the first is used.
func (a *account) setTOTPKey(field string, key []byte) {
	switch {
	case len(key) == 0 || len(key) > 128:
		a.refuse(field, "must be a secret of 1 to 128 bytes")
	case a.TOTPSecret != nil:
		a.leave("has several authenticator apps: only the first is taken along")
	default:
		a.TOTPSecret = key
	}
}

// leaveNamed notes names, such as those of roles, that are left behind. what has a place for them.
func (a *account) leaveNamed(what string, names []string) {
	if listed := list(names); listed != "" {
		a.leave(what, listed)
	}
}

// list joins at most ten names, each in at most 60 bytes.
func list(names []string) string {
	const most = 10
	var shown []string
	for _, name := range names {
		if name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " "); name == "" {
			continue
		}
		for len(name) > 60 {
			_, size := utf8.DecodeLastRuneInString(name)
			name = name[:len(name)-size]
		}
		if !slices.Contains(shown, name) {
			shown = append(shown, name)
		}
		if len(shown) == most {
			return strings.Join(shown, ", ") + " and others"
		}
	}
	return strings.Join(shown, ", ")
}
