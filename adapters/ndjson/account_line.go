package ndjson

import (
	"bytes"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sole-platform/sole/domain"
)

// accountLine is the line of an account, member by member. A member that is null is absent.
type accountLine struct {
	email, fullName, status, hash string
	roles, codes, notes           []string
	mustChange                    bool
	totp                          *totpMember
	created, signedIn             time.Time
}

// totpMember is the secret of an authenticator app.
type totpMember struct {
	secret, algorithm string
	digits, period    int
	enrolled          time.Time
}

// member is a member of an object: what it must be, and where it is stored.
type member struct {
	rule string
	into any
}

const (
	textRule   = "must be a text"
	textsRule  = "must be a list of texts"
	momentRule = "must be a time such as 2024-05-01T08:00:00Z"
)

func (l *accountLine) members() map[string]member {
	return map[string]member{
		"email": {textRule, &l.email}, "full_name": {textRule, &l.fullName}, "roles": {textsRule, &l.roles},
		"status": {"must be active or suspended", &l.status}, "password_hash": {textRule, &l.hash},
		"must_change_password": {"must be true or false", &l.mustChange}, "totp": {"must be an object", &l.totp},
		"recovery_codes": {textsRule, &l.codes}, "created_at": {momentRule, &l.created}, "last_sign_in_at": {momentRule, &l.signedIn},
		"notes": {textsRule, &l.notes},
	}
}

func (t *totpMember) members() map[string]member {
	return map[string]member{
		"secret": {textRule, &t.secret}, "algorithm": {textRule, &t.algorithm}, "digits": {"must be a number", &t.digits},
		"period": {"must be a number of seconds", &t.period}, "enrolled_at": {momentRule, &t.enrolled},
	}
}

// maxFaults is how many faults of a line are told.
const maxFaults = 20

var notAnObject = domain.FieldError{
	Field: "row", Message: "must be one JSON object in UTF-8 on one line, without repeated members: see whether the line is complete",
}

// read reads a line. It returns a fault for each member that is unknown or has another type than it must have.
func (l *accountLine) read(line []byte) []domain.FieldError {
	return readMembers(line, "", l.members())
}

// readMembers reads the members of an object; prefix is the path to it.
func readMembers(object []byte, prefix string, members map[string]member) (faults []domain.FieldError) {
	decoder := jsontext.NewDecoder(bytes.NewReader(object))
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != '{' {
		return []domain.FieldError{notAnObject}
	}
	for decoder.PeekKind() != '}' && len(faults) < maxFaults {
		name, err := decoder.ReadToken()
		if err != nil {
			return []domain.FieldError{notAnObject}
		}
		field := name.String()
		value, err := decoder.ReadValue()
		if err != nil {
			return []domain.FieldError{notAnObject}
		}
		faults = append(faults, readMember(prefix+field, value, members[field])...)
	}
	if len(faults) >= maxFaults {
		return faults
	}
	if _, err := decoder.ReadToken(); err != nil {
		return []domain.FieldError{notAnObject}
	}
	if _, err := decoder.ReadToken(); err != io.EOF { //nolint:errorlint // the decoder returns it bare
		return []domain.FieldError{notAnObject}
	}
	return faults
}

func readMember(field string, value jsontext.Value, into member) []domain.FieldError {
	if into.into == nil {
		field = fmt.Sprintf("%.100s", field)
		return []domain.FieldError{{Field: field, Message: "is not a member of an account: correct its name, or remove it"}}
	}
	totp, nested := into.into.(**totpMember)
	if nested && value.Kind() == '{' {
		*totp = &totpMember{algorithm: "SHA1", digits: 6, period: 30}
		return readMembers(value, field+".", (*totp).members())
	}
	if value.Kind() == 'n' {
		return nil
	}
	if nested || json.Unmarshal(value, into.into) != nil {
		return []domain.FieldError{{Field: field, Message: into.rule}}
	}
	return nil
}

// account returns the account of the line, with further faults.
func (l *accountLine) account(weakUntil time.Time) domain.ImportedAccount {
	a := domain.ImportedAccount{
		Email: l.email, FullName: l.fullName, Roles: l.roles, MustChangePassword: l.mustChange, Notes: l.notes,
		CreatedAt: l.created.UTC(), LastSignInAt: l.signedIn.UTC(),
	}
	fault := func(field, message string) {
		a.Faults = append(a.Faults, domain.FieldError{Field: field, Message: message})
	}
	switch l.status {
	case "", string(domain.StatusActive):
	case string(domain.StatusSuspended):
		a.Suspended = true
	default:
		fault("status", "must be active or suspended")
	}
	var err error
	if l.hash != "" {
		if a.Password, err = passwordOf(l.hash, weakUntil); err != nil {
			a.Faults = append(a.Faults, domain.InColumn("password_hash", err)...)
		}
	}
	if l.mustChange && l.hash == "" {
		fault("must_change_password", "must be left out without password_hash: the account has no password to change")
	}
	for _, text := range l.codes {
		code, err := hex.DecodeString(text)
		if err != nil {
			fault("recovery_codes", "must be SHA-256 hashes, each of 64 hexadecimal digits")
			break
		}
		a.RecoveryCodes = append(a.RecoveryCodes, code)
	}
	if l.totp != nil {
		var faults []domain.FieldError
		a.TOTPSecret, faults = l.totp.decoded()
		a.TOTPEnrolledAt, a.Faults = l.totp.enrolled.UTC(), append(a.Faults, faults...)
	}
	return a
}

// passwordOf returns the text that is stored for a hash.
func passwordOf(text string, weakUntil time.Time) (domain.PasswordHash, error) {
	hash, err := domain.ReadHash(text)
	if err != nil {
		return "", err
	}
	if hash.LapsesAt.IsZero() && !weakUntil.IsZero() {
		hash = hash.LapsingAt(weakUntil)
	}
	if err := hash.Check(); err != nil {
		return "", err
	}
	return hash.Stored(), nil
}

// decoded returns the secret. Authenticator apps that were set up with other parameters would show other codes than the service
// expects.
func (t *totpMember) decoded() (secret []byte, faults []domain.FieldError) {
	fault := func(member, message string) {
		faults = append(faults, domain.FieldError{Field: "totp." + member, Message: message + ": leave totp out, and the account enrols again"})
	}
	if !slices.Contains([]string{"SHA1", "SHA-1", "HMACSHA1"}, strings.ToUpper(t.algorithm)) {
		fault("algorithm", fmt.Sprintf("must be SHA1, not %.20q", t.algorithm))
	}
	if t.digits != 6 {
		fault("digits", fmt.Sprintf("must be 6, not %d", t.digits))
	}
	if t.period != 30 {
		fault("period", fmt.Sprintf("must be 30 seconds, not %d", t.period))
	}
	text := strings.TrimRight(strings.ToUpper(strings.ReplaceAll(t.secret, " ", "")), "=")
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || len(secret) == 0 {
		fault("secret", "must be in base32")
		return nil, faults
	}
	return secret, faults
}
