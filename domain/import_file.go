package domain

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// importColumns are the columns that an import reads, in any order. The first two are required.
var importColumns = []string{"email", "full_name", "roles"}

// MemberColumns returns the columns of exported accounts. An import accepts them all, so that an
// exported file can be imported again, and ignores those that the service decides itself.
func MemberColumns() []string {
	return append(slices.Clone(importColumns), "id", "status", "mfa_enrolled_at", "last_sign_in_at", "created_at")
}

// ParseImport reads a CSV file (RFC 4180) in UTF-8 whose first line names its columns. Semicolons
// or tabs may replace commas. Each further line is a row: no field spans several lines, so that a
// missing quotation mark affects its own row only. Roles are separated by spaces, commas or
// semicolons. The apostrophes that GuardCell adds are removed. A row that cannot become an account
// is refused with every fault it has. A file that cannot be read at all, or is too long, is
// CodeInvalid.
func ParseImport(file string) ([]ImportRow, error) {
	lines, err := importLines(file)
	if err != nil {
		return nil, err
	}
	columns, comma, lines, err := importHead(lines)
	switch {
	case err != nil:
		return nil, err
	case len(lines) == 0:
		return nil, Invalid("", "must have a row for each account below the line that names the columns")
	case len(lines) > MaxImportRows:
		return nil, Invalid("", fmt.Sprintf("must have at most %d rows: split the file", MaxImportRows))
	}
	rows := make([]ImportRow, len(lines))
	for i, line := range lines {
		rows[i] = importRow(line, columns, comma)
	}
	refuseRepeated(rows)
	return rows, nil
}

// importLine is a line of the file that is not blank. The first line of the file has number 1.
type importLine struct {
	number int
	text   string
}

// importLines splits a file into lines that end with LF, CRLF or CR.
func importLines(file string) (lines []importLine, err error) {
	if strings.HasPrefix(file, "\xff\xfe") || strings.HasPrefix(file, "\xfe\xff") {
		return nil, Invalid("", "is in UTF-16: save the file in UTF-8 (in Excel: CSV UTF-8)")
	}
	file = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(file, "\ufeff"))
	number := 0
	for text := range strings.SplitSeq(file, "\n") {
		if number++; strings.Trim(text, " ") != "" {
			lines = append(lines, importLine{number, text})
		}
	}
	return lines, nil
}

// importHead finds the separator of the fields and the names of the columns, and returns the
// lines below.
func importHead(lines []importLine) (columns []string, comma rune, below []importLine, err error) {
	if len(lines) > 1 {
		comma = declaredSeparator(lines[0].text)
	}
	if comma != 0 {
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return nil, 0, nil, errImportHead
	}
	if comma == 0 {
		comma = separatorOf(lines[0].text)
	}
	columns, err = importColumnsOf(lines[0].text, comma)
	return columns, comma, lines[1:], err
}

// separatorOf guesses the separator from the line that names the columns.
func separatorOf(head string) rune {
	for _, separator := range importSeparators {
		if strings.ContainsRune(head, separator) {
			return separator
		}
	}
	return ','
}

const importSeparators = ",;\t"

// declaredSeparator reads a line such as "sep=;", with which Excel declares the separator of the
// fields. It returns zero for any other line.
func declaredSeparator(line string) rune {
	name, value, _ := strings.Cut(strings.Trim(line, `"`), "=")
	if !strings.EqualFold(name, "sep") || len(value) != 1 || !strings.Contains(importSeparators, value) {
		return 0
	}
	return rune(value[0])
}

// fieldsOf splits one line.
func fieldsOf(line string, comma rune) ([]string, error) {
	reader := csv.NewReader(strings.NewReader(line))
	reader.Comma = comma
	return reader.Read()
}

var errImportHead = Invalid("", "must be a CSV file whose first line names its columns: email, full_name and optionally roles")

func importColumnsOf(line string, comma rune) ([]string, error) {
	head, err := fieldsOf(line, comma)
	if err != nil {
		return nil, errImportHead
	}
	known := MemberColumns()
	for i, name := range head {
		head[i] = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(known, head[i]) {
			return nil, Invalid("", fmt.Sprintf("has a column %d that is none of email, full_name and roles: remove or rename it", i+1))
		}
		if slices.Contains(head[:i], head[i]) {
			return nil, Invalid("", fmt.Sprintf("names the column %s twice: remove one", head[i]))
		}
	}
	for _, name := range importColumns[:2] {
		if !slices.Contains(head, name) {
			return nil, Invalid("", fmt.Sprintf("lacks the column %s: its first line must name it", name))
		}
	}
	return head, nil
}

func importRow(line importLine, columns []string, comma rune) ImportRow {
	row := ImportRow{Line: line.number, Status: RowPending}
	fields, err := fieldsOf(line.text, comma)
	switch {
	case err != nil:
		const rule = "has a missing or misplaced quotation mark: a field that starts with one must end with one on the same line (RFC 4180)"
		row.Refuse(FieldError{"row", rule})
		return row
	case len(fields) != len(columns):
		row.Refuse(FieldError{"row", fmt.Sprintf("must have %d fields, as the first line has; it has %d", len(columns), len(fields))})
		return row
	}
	for i, text := range fields {
		if !utf8.ValidString(text) || strings.Contains(text, "\x00") {
			row.Refuse(FieldError{columns[i], "must be UTF-8 text: save the file in UTF-8 (in Excel: CSV UTF-8)"})
			return row
		}
		row.set(columns[i], strings.TrimSpace(UnguardCell(text)))
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
	case "roles":
		r.Roles = strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" ,;|", c) })
	}
}

// check refuses the row with every fault that can be found without the org.
func (r *ImportRow) check() {
	var faults []FieldError
	if email, err := ParseEmail(r.Email); err != nil {
		faults = append(faults, InColumn("email", err)...)
	} else {
		r.Email = string(email)
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

// InColumn returns the faults of a column for an Error, with the same message.
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

// refuseRepeated refuses every row that has the address of an earlier row.
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
