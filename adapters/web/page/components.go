package page

import (
	"github.com/a-h/templ"
)

// Field is a field of a form. Error and Hint stand below it; the error replaces the hint.
type Field struct {
	Name, Label, Value string
	ID                 string // where several fields have one name; default: Name
	Type               string // default: text
	Hint, Error        string
	Autocomplete       string
	Required           bool
	Attributes         templ.Attributes
}

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) id() string {
	if f.ID == "" {
		return f.Name
	}
	return f.ID
}

func (f Field) ticked() string {
	if f.Value == "" {
		return "on"
	}
	return f.Value
}

// Choice is one of the values of a Select.
type Choice struct{ Value, Text string }

func alertRole(kind string) string {
	if kind == "bad" {
		return "alert"
	}
	return "status"
}

// Passkey is a button that uses a passkey, or creates one. Its options (WebAuthn Level 3, section 5.1) are PublicKey, or come
// from a path, to which the named fields of the form are sent. The result goes into the field.
type Passkey struct {
	Text      string
	Create    bool
	PublicKey string
	Options   string // path
	Send      string // names of fields, separated by blanks
	Field     string

	// Conditional also lets the browser suggest passkeys in the field for the address.
	Conditional bool
}

func (p Passkey) ceremony() string {
	if p.Create {
		return "create"
	}
	return "get"
}
