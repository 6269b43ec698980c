package bunstore

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
)

// jsonColumn is a value kept as JSON text. Bun's own JSON columns mistake the text
// \u0000 inside a string for a NUL and spoil it; as a driver.Valuer it is left alone.
type jsonColumn[T any] struct{ value T }

// Value implements driver.Valuer.
func (c jsonColumn[T]) Value() (driver.Value, error) {
	text, err := json.Marshal(c.value)
	return string(text), err
}

// Scan implements sql.Scanner.
func (c *jsonColumn[T]) Scan(stored any) error {
	switch text := stored.(type) {
	case nil: // of a row that an outer join did not find
		return nil
	case string:
		return json.Unmarshal([]byte(text), &c.value)
	case []byte:
		return json.Unmarshal(text, &c.value)
	}
	return fmt.Errorf("JSON cannot be read from %T", stored)
}

// list writes no elements as [], which a NOT NULL column takes.
func list[T any](elements []T) jsonColumn[[]T] {
	if elements == nil {
		elements = []T{}
	}
	return jsonColumn[[]T]{elements}
}

// absent reads an empty list back as none.
func absent[T any](elements []T) []T {
	if len(elements) == 0 {
		return nil
	}
	return elements
}

// storable replaces the bytes that no text column keeps: NUL, and what is not UTF-8. It is
// for what clients say of themselves, which must not make a write fail.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\ufffd"), "\ufffd")
}
