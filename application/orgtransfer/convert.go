package orgtransfer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/application/port"
)

// fault is something wrong with a row of a file.
type fault struct {
	row   port.OrgFileRow
	field string // empty: the whole row
	text  string
}

// Error says where it is.
func (f *fault) Error() string {
	if f.field == "" {
		return fmt.Sprintf("section %.40q, row %d: %s", f.row.Section, f.row.Number, f.text)
	}
	return fmt.Sprintf("section %.40q, row %d, field %.40q: %s", f.row.Section, f.row.Number, f.field, f.text)
}

// convert checks every value of a row by itself, and returns the row as the database takes it.
func convert(s section, row port.OrgFileRow) (port.OrgRow, error) {
	converted := make(port.OrgRow, len(s.fields))
	for _, f := range s.fields {
		value, given := row.Values[f.Name]
		if !given {
			return nil, &fault{row: row, field: f.Name, text: "is missing"}
		}
		value, err := f.convert(value)
		if err != nil {
			return nil, &fault{row: row, field: f.Name, text: err.Error()}
		}
		converted[f.Name] = value
	}
	for name := range row.Values {
		if _, known := converted[name]; !known {
			return nil, &fault{row: row, field: name, text: "is not a field of this section"}
		}
	}
	return converted, nil
}

func (f field) convert(value any) (any, error) {
	if value == nil {
		if f.Optional {
			return nil, nil //nolint:nilnil // no value
		}
		return nil, errors.New("must have a value")
	}
	var ok bool
	switch f.Kind {
	case port.FieldNumber:
		_, ok = value.(int64)
	case port.FieldSwitch:
		_, ok = value.(bool)
	case port.FieldJSON:
		_, isObject := value.(map[string]any)
		_, isList := value.([]any)
		ok = isObject || isList
	default:
		_, ok = value.(string)
	}
	if hasNUL(value) {
		return nil, errors.New("must not contain NUL")
	}
	if ok && f.Kind == port.FieldTime {
		at, err := time.Parse(time.RFC3339Nano, value.(string))
		if err != nil || at.Year() < 1970 || at.Year() > 9999 {
			return nil, errors.New("must be a time as in RFC 3339")
		}
		return at.UTC().Truncate(time.Microsecond), nil
	}
	if !ok {
		return nil, fmt.Errorf("must be a %s", f.Kind)
	}
	if wrong := f.form(value); wrong != "" {
		return nil, errors.New(wrong)
	}
	return value, nil
}

// hasNUL reports whether a text of the value contains the character that databases do not store.
func hasNUL(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.ContainsRune(value, 0)
	case []any:
		return slices.ContainsFunc(value, hasNUL)
	case map[string]any:
		for name, member := range value {
			if hasNUL(name) || hasNUL(member) {
				return true
			}
		}
	}
	return false
}
