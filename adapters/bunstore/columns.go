package bunstore

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
)

// jsonColumn is a value stored as JSON text. Bun's own JSON columns mistake the text \u0000 inside a string for a NUL and
// change it; Bun does not change a driver.Valuer.
type jsonColumn[T any] struct{ value T }

// Value implements driver.Valuer.
func (c jsonColumn[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(c.value)
	return string(text), err
}

// Scan implements sql.Scanner.
func (c *jsonColumn[T]) Scan(stored any) error {
	switch text := stored.(type) {
	case nil: // the row is missing in an outer join
		return nil
	case string:
		return json.Unmarshal([]byte(text), &c.value)
	case []byte:
		return json.Unmarshal(text, &c.value)
	}
	return fmt.Errorf("JSON cannot be read from %T", stored)
}

// list stores an empty list as [], because the column is NOT NULL.
func list[T any](elements []T) jsonColumn[[]T] {
	if elements == nil {
		elements = []T{}
	}
	return jsonColumn[[]T]{elements}
}

// absent returns nil for an empty list.
func absent[T any](elements []T) []T {
	if len(elements) == 0 {
		return nil
	}
	return elements
}

// storable replaces the bytes that a text column cannot store: NUL, and everything that is not UTF-8. It is for values
// that clients send, such as User-Agent, so that they cannot make a write fail.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\ufffd"), "\ufffd")
}
