package domain

import "fmt"

// Secret is a value that cannot be printed: a password, a code or a token. It holds a pointer, because fmt
// prints strings in unexported fields.
type Secret struct{ value *string }

// NewSecret returns value as a Secret.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal returns the value. No other method does.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether the value is empty.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

const redacted = "[secret]"

// String returns a placeholder for the value.
func (s Secret) String() string { return redacted }

// GoString returns a placeholder for the value.
func (s Secret) GoString() string { return redacted }

// Format writes a placeholder for the value, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText returns a placeholder for the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
