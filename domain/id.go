package domain

import "strings"

// An id is a UUID in its canonical lower-case form (RFC 9562 §4). Each kind of id is
// a type of its own, so that one can never be passed for another.
type (
	OrgID     string // identifies an Org
	UserID    string // identifies a User
	SessionID string // identifies a Session; the "sid" of its tokens
	DeviceID  string // identifies a remembered Device
	RoleID    string // identifies a Role
	EventID   string // identifies an AuditEvent
)

// ParseID accepts a canonical UUID and nothing else: no braces, no urn:, no upper case.
// What is not an id cannot name anything, so the error is ErrNotFound.
func ParseID[T ~string](raw string) (T, error) {
	if !IsID(raw) {
		return "", ErrNotFound
	}
	return T(raw), nil
}

// IsID tells whether raw is a canonical UUID.
func IsID(raw string) bool {
	if len(raw) != 36 {
		return false
	}
	for i, c := range []byte(raw) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdef", rune(c)) {
				return false
			}
		}
	}
	return true
}
