package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/sole-platform/sole/domain"
)

// importReport is a file with the result of each row. It contains addresses, so only its owner can read it.
type importReport struct {
	file  *os.File // nil: there is no report
	text  *bufio.Writer
	table *csv.Writer // nil: one JSON object per line
}

// openReport creates the file, or empties it. Without a path nothing is written.
func openReport(path string) (*importReport, error) {
	if path == "" {
		return &importReport{}, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--report: %w", err)
	}
	r := &importReport{file: file, text: bufio.NewWriter(file)}
	if !strings.HasSuffix(strings.ToLower(path), ".csv") {
		return r, nil
	}
	r.table = csv.NewWriter(r.text)
	return r, r.table.Write([]string{"row", "email", "status", "member_id", "errors", "notes"})
}

// reportedRow is the result of a row.
type reportedRow struct {
	Row    int              `json:"row"`
	Email  string           `json:"email"`
	Status domain.RowStatus `json:"status"`
	Member domain.UserID    `json:"member_id,omitzero"`
	Errors []string         `json:"errors,omitempty"`
	Notes  []string         `json:"notes,omitempty"`
}

func (r *importReport) write(row domain.ImportRow) error {
	if r.file == nil {
		return nil
	}
	reported := reportedRow{Row: row.Line, Email: row.Email, Status: row.Status, Member: row.User, Notes: row.Notes}
	for _, fault := range row.Faults {
		reported.Errors = append(reported.Errors, fault.Field+" "+fault.Message)
	}
	if r.table == nil {
		encoder := json.NewEncoder(r.text)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(reported)
	}
	return r.table.Write([]string{
		strconv.Itoa(reported.Row), domain.GuardCell(reported.Email), string(reported.Status), string(reported.Member),
		domain.GuardCell(strings.Join(reported.Errors, "; ")), domain.GuardCell(strings.Join(reported.Notes, "; ")),
	})
}

// close writes what is left. A report that is incomplete is an error.
func (r *importReport) close() error {
	if r.file == nil {
		return nil
	}
	var err error
	if r.table != nil {
		r.table.Flush()
		err = r.table.Error()
	}
	return errors.Join(err, r.text.Flush(), r.file.Close())
}
