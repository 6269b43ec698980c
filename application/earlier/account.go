package earlier

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// The statuses of a membership.
const (
	statusInvited   = "INVITED"
	statusActive    = "ACTIVE"
	statusSuspended = "SUSPENDED"
)

// openInvitations are the values of invitation_status with which an invited person may still join.
var openInvitations = []string{"", "PENDING", "SENT", "INVITED", "ACCEPTED"}

// digestBytes is the length of a SHA-256.
const digestBytes = 32

// accountMaker makes accounts of an org from accounts of the earlier service.
type accountMaker struct {
	org   string // the id there; empty: accounts of superusers
	roles roleMap
	now   time.Time
}

// account returns the account with the number. before is the one that precedes it in the order of addresses.
func (m accountMaker) account(number int, from, before port.EarlierAccount) domain.ImportedAccount {
	a := made{ImportedAccount: domain.ImportedAccount{
		Line: number, Email: from.Email, FullName: from.FullName, Roles: m.roles.of(from.Roles), MustChangePassword: from.MustChangePassword,
		CreatedAt: past(from.CreatedAt, m.now), LastSignInAt: past(from.LastActiveAt, m.now),
	}}
	key := domain.TypedEmail(from.Email).Key()
	if number > 1 && key == domain.TypedEmail(before.Email).Key() {
		a.fault("email", fmt.Sprintf("is the address of the account %s too, except for letter case: change one of them before "+
			"(this is the account %s)", legible(before.ID), legible(from.ID)))
	}
	a.name(from, m.now)
	a.standing(from)
	a.password(from)
	a.mfa(from, m.now)
	a.recoveryCodes(from, m.org)
	a.shared(from, m.org)
	if len(from.Roles) > 0 && len(a.Roles) == 0 {
		a.note("none of its roles could be taken along")
	}
	if from.Exceptions > 0 {
		a.note("%d permissions that were allowed or denied to this account alone have no counterpart", from.Exceptions)
	}
	return a.ImportedAccount
}

// made is an account that is being made.
type made struct{ domain.ImportedAccount }

func (a *made) note(format string, args ...any) {
	a.Notes = append(a.Notes, fmt.Sprintf(format, args...))
}

func (a *made) fault(field, message string) {
	a.Faults = append(a.Faults, domain.FieldError{Field: field, Message: message})
}

// name drops a name that is not valid here. The import then uses the part of the address before the @.
func (a *made) name(from port.EarlierAccount, now time.Time) {
	const anyID = domain.UserID("00000000-0000-4000-8000-000000000000")
	if _, err := domain.NewUser(anyID, "name@example.org", from.FullName, now); err != nil && from.FullName != "" {
		a.FullName = ""
		a.note("its name has characters that cannot be used here, or is too long")
	}
}

// standing decides whether the account is suspended. Whatever does not clearly let its owner sign in suspends it.
func (a *made) standing(from port.EarlierAccount) {
	switch status := strings.ToUpper(from.PlatformStatus); {
	case !from.Active, status == statusSuspended:
		a.Suspended = true
	case status == statusInvited && !slices.Contains(openInvitations, strings.ToUpper(from.InvitationStatus)):
		a.Suspended = true
		a.note("its invitation was not open any more: the account is suspended")
	case status == statusInvited, status == statusActive:
	case status == "" && len(from.Orgs) == 0:
		a.note("it has no membership: it becomes an account of its own org")
	default:
		a.Suspended = true
		a.note("the status of its membership is unknown: the account is suspended")
	}
}

// password reads the hash. An account with an open invitation gets none, because its owner has not chosen it.
func (a *made) password(from port.EarlierAccount) {
	if strings.EqualFold(from.PlatformStatus, statusInvited) {
		a.MustChangePassword = false
		a.note("it was invited and has no password: invite it again, or have its owner use the forgotten-password page")
		return
	}
	if from.Password == "" {
		a.MustChangePassword = false
		a.note("it has no password: have its owner use the forgotten-password page")
		return
	}
	hash, err := readHash(from.Password)
	if err == nil {
		err = hash.Check()
	}
	if err != nil {
		a.Faults = append(a.Faults, named("hashed_password", err)...)
		return
	}
	a.Password = hash.Stored()
}

// named returns the faults of err as those of a column.
func named(column string, err error) []domain.FieldError {
	if faults := domain.InColumn(column, err); len(faults) > 0 {
		return faults
	}
	return []domain.FieldError{{Field: column, Message: "must be a bcrypt, Argon2 or PBKDF2 hash"}}
}

// mfa decodes the secret of the authenticator app.
func (a *made) mfa(from port.EarlierAccount, now time.Time) {
	mfa := from.MFA
	switch {
	case !mfa.Enabled:
		return
	case mfa.Method != "" && !strings.EqualFold(mfa.Method, "totp"):
		a.note("its second factor of the kind %s has no counterpart: the account has none", legible(mfa.Method))
		return
	case !mfa.Sealed:
		a.note("its second factor has no secret: the account has none")
		return
	case !mfa.Opened:
		a.note("no key opens the secret of its authenticator app: the account has no second factor")
		return
	}
	const least, most = 10, 64 // bytes
	text := strings.ToUpper(strings.TrimRight(mfa.Secret.Reveal(), "="))
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(secret) < least || len(secret) > most {
		a.note("the secret of its authenticator app is not base32 of 16 to 102 characters: the account has no second factor")
		return
	}
	a.TOTPSecret, a.TOTPEnrolledAt = secret, past(mfa.ConfirmedAt, now)
}

// recoveryCodes keeps the codes that are unused, in the own org of the account only, so that each can be used once.
func (a *made) recoveryCodes(from port.EarlierAccount, org string) {
	switch {
	case len(from.RecoveryCodes) == 0:
		return
	case a.TOTPSecret == nil:
		a.note("its recovery codes are left behind, because it has no second factor")
		return
	case org != home(from):
		a.note("its recovery codes are kept in its org %s only", legible(home(from)))
		return
	}
	const most = 50
	unreadable := max(0, len(from.RecoveryCodes)-most)
	for _, text := range from.RecoveryCodes[:min(len(from.RecoveryCodes), most)] {
		digest, err := hex.DecodeString(text)
		if err != nil || len(digest) != digestBytes {
			unreadable++
			continue
		}
		a.RecoveryCodes = append(a.RecoveryCodes, digest)
	}
	if unreadable > 0 {
		a.note("%d recovery codes cannot be read", unreadable)
	}
}

// home returns the org in which an account keeps its recovery codes: its own, or else the first of its memberships.
func home(from port.EarlierAccount) string {
	if len(from.Orgs) == 0 || slices.Contains(from.Orgs, from.OwnOrg) {
		return from.OwnOrg
	}
	return slices.Min(from.Orgs)
}

// shared says that a person has several accounts from now on.
func (a *made) shared(from port.EarlierAccount, org string) {
	if others := len(from.Orgs) - 1; slices.Contains(from.Orgs, org) && others > 0 {
		a.note("it has memberships in %d other orgs: it becomes an account in each of them, with the same password and authenticator "+
			"app until its owner changes them in each", others)
	}
	if len(from.Orgs) > 0 && !slices.Contains(from.Orgs, from.OwnOrg) && org == home(from) {
		a.note("it has no membership in its own org %s, and no account there", legible(from.OwnOrg))
	}
}

// past returns the time, or zero for one that cannot be right.
func past(at, now time.Time) time.Time {
	if at.After(now) || at.Year() < 1970 {
		return time.Time{}
	}
	return at
}
