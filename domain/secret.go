package domain

import (
	"fmt"
)

// Secret is a value that cannot be printed: a password, a code, a token. It holds a
// pointer, because a string in an unexported field is printed in clear by fmt.
type Secret struct{ value *string }

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal is the one way to the value.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero tells whether there is nothing in it.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

const redacted = "[secret]"

func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(redacted)) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
