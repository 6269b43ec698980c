package bunstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sole-platform/sole/application/port"
)

// unmoved are the tables that are not moved: the version of the schema, which each database has for itself, and what the
// running processes of the queue tell one another.
var unmoved = []string{"goose_db_version", "river_migration", "river_leader", "river_notification"}

// derived are the columns that only one of the databases has, with the expression that computes them from the other columns
// of the row, which is v, and from tables that are moved before.
var derived = map[string]map[string]string{
	"audit_events": {
		"indexed": "NOT EXISTS (SELECT 1 FROM audit_waiting w WHERE w.org_id = v.org_id AND w.event_id = v.id)",
	},
}

var (
	_ port.MovableDriver = Postgres{}
	_ port.MovableDriver = SQLite{}
)

// timeFormat is how PostgreSQL writes a time in UTC.
const timeFormat = "2006-01-02 15:04:05.999999-07"

// readTime reads a time as SQLite stores it: as Bun, the queue or strftime writes it.
func readTime(text string) (time.Time, error) {
	layout := "2006-01-02 15:04:05-07:00" // fractions of the second are accepted
	if len(text) < 6 || text[len(text)-6] != '+' && text[len(text)-6] != '-' || text[len(text)-3] != ':' {
		layout = "2006-01-02 15:04:05"
	}
	at, err := time.Parse(layout, text)
	switch {
	case err != nil:
		return at, errors.New("it is no time")
	case at.Nanosecond()%1000 != 0:
		return at, errors.New("it is more precise than a microsecond")
	}
	return at.UTC(), nil
}

var (
	errNoJSON   = errors.New("it is no JSON")
	errNulText  = errors.New("it contains the character U+0000, which PostgreSQL cannot store")
	errNoUTF8   = errors.New("it is not UTF-8")
	errNoNumber = errors.New("it is no whole number")
)

// plainJSON appends a JSON text in the form in which equal values are equal texts.
func plainJSON(to, text []byte) ([]byte, error) {
	if len(text) == 2 && (text[0] == '{' || text[0] == '[') {
		return append(to, text...), nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return nil, errNoJSON
	}
	return appendJSON(to, value)
}

func appendJSON(to []byte, value any) ([]byte, error) {
	var err error
	switch value := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(value))
		for name := range value {
			names = append(names, name)
		}
		slices.Sort(names)
		to = append(to, '{')
		for i, name := range names {
			if i > 0 {
				to = append(to, ',')
			}
			if to, err = appendString(to, name); err != nil {
				return nil, err
			}
			if to, err = appendJSON(append(to, ':'), value[name]); err != nil {
				return nil, err
			}
		}
		return append(to, '}'), nil
	case []any:
		to = append(to, '[')
		for i, element := range value {
			if i > 0 {
				to = append(to, ',')
			}
			if to, err = appendJSON(to, element); err != nil {
				return nil, err
			}
		}
		return append(to, ']'), nil
	case string:
		return appendString(to, value)
	case json.Number:
		return appendNumber(to, value.String()), nil
	case bool:
		return strconv.AppendBool(to, value), nil
	}
	return append(to, "null"...), nil
}

func appendString(to []byte, text string) ([]byte, error) {
	if strings.Contains(text, "\x00") {
		return nil, errNulText
	}
	quoted, err := json.Marshal(text)
	return append(to, quoted...), err
}

// appendNumber appends a whole number as it is. Others become the shortest text of the nearest float64, because PostgreSQL
// writes them in another way than they were stored.
func appendNumber(to []byte, text string) []byte {
	if !strings.ContainsAny(text, ".eE") {
		return append(to, text...)
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return append(to, text...)
	}
	return strconv.AppendFloat(to, number, 'g', -1, 64)
}

// checkText returns why PostgreSQL cannot store a text.
func checkText(text []byte) error {
	switch {
	case bytes.IndexByte(text, 0) >= 0:
		return errNulText
	case !utf8.Valid(text):
		return errNoUTF8
	}
	return nil
}

// badValue names a value that cannot be moved, without showing it.
func badValue(table port.MoveTable, column int, row port.MoveRow, err error) error {
	var key []string
	for i, c := range table.Columns {
		if i < column && (c.Name == "org_id" || c.Name == "id" || strings.HasSuffix(c.Name, "_id")) {
			key = append(key, fmt.Sprintf("%s %s", c.Name, row[i]))
		}
	}
	where := ""
	if len(key) > 0 {
		where = " of the row with " + strings.Join(key, ", ")
	}
	return fmt.Errorf("%s.%s%s cannot be moved: %w", table.Name, table.Columns[column].Name, where, err)
}
