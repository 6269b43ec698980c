package domain

import "strings"

// An id is a UUID in its canonical lower-case form (RFC 9562 §4). Each kind of id has a type of its own,
// so that one cannot be passed for another.
type (
	// OrgID identifies an Org.
	OrgID string
	// UserID identifies a User.
	UserID string
	// SessionID identifies a Session. It is the "sid" of its tokens.
	SessionID string
	// DeviceID identifies a remembered Device.
	DeviceID string
	// RoleID identifies a Role.
	RoleID string
	// AuthenticatorID identifies an enrolled second factor of an account.
	AuthenticatorID string
	// EventID identifies an AuditEvent.
	EventID string
	// ServiceAccountID identifies a ServiceAccount. It is the "client_id" of its tokens.
	ServiceAccountID string
	// APIKeyID identifies an APIKey.
	APIKeyID string
	// WebhookID identifies a Webhook.
	WebhookID string
)

// ParseID accepts a UUID in any letter case, which RFC 9562 §4 asks of readers, and returns
// its canonical form. It accepts neither braces nor urn:. Text that is not an id cannot name
// anything, so the error is ErrNotFound.
func ParseID[T ~string](raw string) (T, error) {
	id := CanonicalID(raw)
	if !IsID(id) {
		return "", ErrNotFound
	}
	return T(id), nil
}

// CanonicalID returns the canonical form of a UUID in any letter case, and other text unchanged.
// Use it where both an id and another name are accepted.
func CanonicalID(raw string) string {
	if lower := strings.ToLower(raw); len(raw) == len(lower) && IsID(lower) {
		return lower
	}
	return raw
}

// IsID reports whether raw is a canonical UUID.
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
