package accountfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sole-platform/sole/domain"
)

// row is a record of a CSV file.
type row struct {
	line    int  // at which it starts
	cut     bool // whether the file ends within its line
	columns []string
	fields  []string
}

// get returns the field of a column, without surrounding blanks. It is empty if there is no such column.
func (r row) get(column string) string {
	if at := slices.Index(r.columns, column); at >= 0 {
		return r.at(at)
	}
	return ""
}

// at returns a field by its place, from 0. It is empty if the row is shorter.
func (r row) at(place int) string {
	if place < len(r.fields) {
		return strings.TrimSpace(r.fields[place])
	}
	return ""
}

// value is like get, and empty for a field that says NULL.
func (r row) value(column string) string {
	if value := r.get(column); !strings.EqualFold(value, "null") {
		return value
	}
	return ""
}

// truth reports whether a field is true, as databases write it.
func (r row) truth(column string) bool {
	value := strings.ToLower(r.get(column))
	return value == "t" || value == "true" || value == "1"
}

// fault returns what is wrong with the row as a whole.
func (r row) fault() *domain.FieldError {
	if r.cut {
		const rule = "must end with a line break, as the last line of the file: the file is perhaps incomplete; if it is not, add one"
		return &domain.FieldError{Field: "row", Message: rule}
	}
	if r.columns != nil && len(r.fields) != len(r.columns) {
		return &domain.FieldError{
			Field:   "row",
			Message: fmt.Sprintf("must have %d fields, as many as there are columns; it has %d", len(r.columns), len(r.fields)),
		}
	}
	for i, field := range r.fields {
		if !utf8.ValidString(field) || strings.Contains(field, "\x00") {
			name := fmt.Sprintf("field %d", i+1)
			if r.columns != nil {
				name = r.columns[i]
			}
			return &domain.FieldError{Field: name, Message: "must be UTF-8 text: save the file in UTF-8"}
		}
	}
	return nil
}

// table is a CSV file (RFC 4180).
type table struct {
	text    *text
	reader  *csv.Reader
	columns []string // nil if the file does not name them
	line    int      // at which the last record started
}

// namedTable reads the line that names the columns, among them those that are required. Semicolons or tabs may replace commas.
func namedTable(t *text, required ...string) (*table, error) {
	head, err := t.file.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head, _, _ = bytes.Cut(head, []byte("\n"))
	table := newTable(t)
	if at := bytes.IndexAny(head, ",;\t"); at >= 0 {
		table.reader.Comma = rune(head[at])
	}
	t.nextRecord()
	columns, err := table.reader.Read()
	if err != nil {
		return nil, table.fault(err)
	}
	for i, name := range columns {
		name = strings.ToLower(strings.TrimSpace(name))
		if slices.Contains(columns[:i], name) {
			return nil, domain.Invalid("", fmt.Sprintf("names the column %d like an earlier one: remove one of the two", i+1))
		}
		columns[i] = name
	}
	for _, name := range required {
		if !slices.Contains(columns, name) {
			return nil, domain.Invalid("", fmt.Sprintf("lacks the column %s: its first line must name its columns", name))
		}
	}
	table.columns = columns
	return table, nil
}

func newTable(t *text) *table {
	reader := csv.NewReader(t)
	reader.FieldsPerRecord = -1
	return &table{text: t, reader: reader}
}

// rows yields the records below the line with the names of the columns.
func (t *table) rows() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for {
			t.text.nextRecord()
			fields, err := t.reader.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(row{}, t.fault(err))
				return
			}
			t.line, _ = t.reader.FieldPos(0)
			cut := t.text.last != '\n' && t.reader.InputOffset() == t.text.given
			if !yield(row{line: t.line, cut: cut, columns: t.columns, fields: fields}, nil) {
				return
			}
		}
	}
}

// fault says where the file cannot be read further.
func (t *table) fault(err error) error {
	var broken *csv.ParseError
	switch {
	case errors.Is(err, errLongRecord):
		const hint = "no account needs that, perhaps a quotation mark is missing"
		return domain.Invalid("", fmt.Sprintf("after line %d: what follows is longer than 1 MiB: %s", t.line, hint))
	case errors.As(err, &broken):
		const rule = "has a missing or misplaced quotation mark: a field that starts with one must end with one (RFC 4180)"
		return domain.Invalid("", fmt.Sprintf("line %d: %s", broken.StartLine, rule))
	case errors.Is(err, io.EOF):
		return domain.Invalid("", "is empty")
	}
	return fmt.Errorf("after line %d: %w", t.line, err)
}

// readRows yields the account that each row of a table describes. err is that of opening the table.
func readRows(t *table, err error) func(describe func(*account, row)) accounts {
	return func(describe func(*account, row)) accounts {
		return func(yield func(domain.ImportedAccount, error) bool) {
			if err != nil {
				yield(domain.ImportedAccount{}, err)
				return
			}
			for r, err := range t.rows() {
				a := account{domain.ImportedAccount{Line: r.line}}
				if fault := r.fault(); err == nil && fault != nil {
					a.refuse(fault.Field, fault.Message)
				} else if err == nil {
					describe(&a, r)
					a.finish()
				}
				if !yield(a.ImportedAccount, err) {
					return
				}
			}
		}
	}
}

// readTable is readRows for a file whose first line names its columns: see namedTable.
func readTable(file io.Reader, describe func(*account, row), required ...string) accounts {
	return readText(file, func(t *text) accounts { return readRows(namedTable(t, required...))(describe) })
}
