package domain

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxImportRows is how many accounts one file may bring.
const MaxImportRows = 5000

// ImportID identifies an Import.
type ImportID string

// Import is a file of accounts on its way into an org. Its counters add up to Total when
// it is done.
type Import struct {
	ID         ImportID
	By         UserID
	CreatedAt  time.Time
	FinishedAt time.Time // zero while rows are pending
	Total      int
	Created    int
	Refused    int
}

// Pending is how many rows wait.
func (i Import) Pending() int { return i.Total - i.Created - i.Refused }

// ImportOrder is what whoever works on an import needs to know: which one, and for whom.
type ImportOrder struct {
	Import ImportID
	By     UserID
	Origin Origin // of the request that brought the file
}

// RowStatus is what became of a row.
type RowStatus string

// A row is pending until it has become an account, or was found to be none.
const (
	RowPending RowStatus = "pending"
	RowCreated RowStatus = "created"
	RowRefused RowStatus = "refused"
)

// ImportRow is one row of the file, and what became of it.
type ImportRow struct {
	Line     int // of the file, from 1, where the row begins
	Email    string
	FullName string
	Roles    []string // ids, or names of system roles
	Status   RowStatus
	User     UserID       // the account that it became
	Faults   []FieldError // why it was refused; locations are columns
}

// Refuse says why the row becomes no account.
func (r *ImportRow) Refuse(faults ...FieldError) { r.Status, r.Faults = RowRefused, faults }

// importColumns are the columns that a file may have, in any order. The first two it must.
var importColumns = []string{"email", "full_name", "roles"}

// ParseImport reads a CSV file (RFC 4180) in UTF-8 whose first line names its columns;
// semicolons may stand for commas. Roles are set apart by spaces, commas or semicolons. A row
// that cannot be an account is refused with every fault it has; what is no such file at all,
// or too long, is CodeInvalid.
func ParseImport(file string) ([]ImportRow, error) {
	file = strings.TrimPrefix(file, "\ufeff")
	reader := csv.NewReader(strings.NewReader(file))
	first, _, _ := strings.Cut(file, "\n")
	if strings.Contains(first, ";") && !strings.Contains(first, ",") {
		reader.Comma = ';'
	}
	reader.FieldsPerRecord, reader.ReuseRecord = -1, false
	columns, err := importHead(reader)
	if err != nil {
		return nil, err
	}
	var rows []ImportRow
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if len(rows) == MaxImportRows {
			return nil, Invalid("body", fmt.Sprintf("must have at most %d rows: split the file", MaxImportRows))
		}
		rows = append(rows, importRow(reader, columns, record, err))
	}
	if len(rows) == 0 {
		return nil, Invalid("body", "must have a row for each account below the line that names the columns")
	}
	refuseRepeated(rows)
	return rows, nil
}

// importHead finds which column is which.
func importHead(reader *csv.Reader) ([]string, error) {
	head, err := reader.Read()
	if err != nil {
		return nil, Invalid("body", "must be a CSV file whose first line names its columns: email, full_name and, if you like, roles")
	}
	for i, name := range head {
		head[i] = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(importColumns, head[i]) {
			return nil, Invalid("body", fmt.Sprintf("has a column %d that is none of email, full_name and roles: remove or rename it", i+1))
		}
		if slices.Contains(head[:i], head[i]) {
			return nil, Invalid("body", fmt.Sprintf("names the column %s twice: remove one", head[i]))
		}
	}
	for _, name := range importColumns[:2] {
		if !slices.Contains(head, name) {
			return nil, Invalid("body", fmt.Sprintf("lacks the column %s: its first line must name it", name))
		}
	}
	return head, nil
}

func importRow(reader *csv.Reader, columns, record []string, fault error) ImportRow {
	row := ImportRow{Status: RowPending}
	if broken, ok := errors.AsType[*csv.ParseError](fault); ok {
		row.Line = broken.StartLine
		row.Refuse(FieldError{"row", "must be well-formed CSV: a quote is missing or in the wrong place (RFC 4180)"})
		return row
	}
	row.Line, _ = reader.FieldPos(0)
	if len(record) != len(columns) {
		row.Refuse(FieldError{"row", fmt.Sprintf("must have %d fields, as the first line has; it has %d", len(columns), len(record))})
		return row
	}
	for i, text := range record {
		if !utf8.ValidString(text) {
			row.Refuse(FieldError{columns[i], "must be UTF-8 text"})
			return row
		}
		row.set(columns[i], strings.TrimSpace(text))
	}
	row.check()
	return row
}

func (r *ImportRow) set(column, text string) {
	switch column {
	case "email":
		r.Email = text
	case "full_name":
		r.FullName = text
	default:
		r.Roles = strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" ,;|", c) })
	}
}

// check refuses the row with every fault that can be seen without knowing the org.
func (r *ImportRow) check() {
	var faults []FieldError
	if _, err := ParseEmail(r.Email); err != nil {
		faults = append(faults, InColumn("email", err)...)
	}
	if _, err := parseName("full_name", r.FullName); err != nil {
		faults = append(faults, InColumn("full_name", err)...)
	}
	if len(r.Roles) > 50 {
		faults = append(faults, FieldError{"roles", "must be at most 50 roles"})
	}
	if faults != nil {
		r.Refuse(faults...)
	}
}

// InColumn says of a refusal which column it is about, in the words of the refusal.
func InColumn(column string, err error) []FieldError {
	fault, ok := errors.AsType[*Error](err)
	if !ok {
		return nil
	}
	if len(fault.Fields) == 0 {
		return []FieldError{{column, fault.Message}}
	}
	return []FieldError{{column, fault.Fields[0].Message}}
}

// refuseRepeated keeps the first row of each address.
func refuseRepeated(rows []ImportRow) {
	lines := map[string]int{}
	for i := range rows {
		row := &rows[i]
		if row.Status == RowRefused {
			continue
		}
		key := Email(row.Email).Key()
		if line, found := lines[key]; found {
			row.Refuse(FieldError{"email", fmt.Sprintf("is also the address in line %d: remove one of the two", line)})
			continue
		}
		lines[key] = row.Line
	}
}
