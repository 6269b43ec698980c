package accountfile

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/sole-platform/sole/domain"
)

// parse reads a JSON object into a struct. It returns what is wrong with the record, and nil if nothing is.
func parse(record jsontext.Value, into any) *domain.FieldError {
	if record.Kind() != '{' {
		return &domain.FieldError{Field: "row", Message: "must be a JSON object"}
	}
	err := json.Unmarshal(record, into)
	var kind *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		return &domain.FieldError{Field: "row", Message: "must not repeat a member"}
	case errors.As(err, &kind):
		return &domain.FieldError{Field: fieldOf(kind.JSONPointer), Message: "has a value of the wrong type"}
	}
	return &domain.FieldError{Field: "row", Message: "must be valid JSON in UTF-8"}
}

// fieldOf returns the path of a member, for example credentials[0].type. Names that only the file knows are left out.
func fieldOf(pointer jsontext.Pointer) string {
	path := ""
	for name := range pointer.Tokens() {
		switch {
		case strings.Trim(name, "0123456789") == "":
			path += "[" + name + "]"
		case len(name) > 30 || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz_") != "":
			return path
		case path == "":
			path = name
		default:
			path += "." + name
		}
	}
	if path == "" {
		return "row"
	}
	return path
}

// millis is a time in milliseconds since 1970, written as a number or as a text. It is zero if it is absent or empty.
type millis struct{ time.Time }

// UnmarshalJSON reads the number or text.
func (m *millis) UnmarshalJSON(value []byte) error {
	digits := strings.Trim(string(value), `"`)
	if digits == "" || digits == "null" {
		return nil
	}
	read, err := millisOf(digits)
	m.Time = read
	return err
}

func millisOf(digits string) (time.Time, error) {
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || number == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(number).UTC(), nil
}

// timeLayouts are the ways in which databases and JSON write times.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05", "2006-01-02T15:04:05",
	"2006-01-02 15:04:05 Z0700 MST", "2006-01-02",
}

// timeOf reads a time. Times without a zone are in UTC. It is zero for an empty text.
func timeOf(written string) (time.Time, error) {
	if written == "" {
		return time.Time{}, nil
	}
	for _, layout := range timeLayouts {
		if read, err := time.Parse(layout, written); err == nil {
			return read.UTC(), nil
		}
	}
	return time.Time{}, errors.New("not a time")
}
