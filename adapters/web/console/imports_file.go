package console

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// importTemplate answers with a file that an import accepts.
func importTemplate(r *page.Request) error {
	return sendRows(r, "members.csv", [][]string{
		{"email", "full_name", "roles"},
		{"ada@example.org", "Ada Lovelace", domain.RoleMember},
		{"grace@example.org", "Grace Hopper", domain.RoleAuditor + " " + domain.RoleMember},
	})
}

// refusedRows answers with the rows that were refused, to be corrected and imported again. The reasons are in the column
// status, which an import ignores.
func (p Pages) refusedRows(r *page.Request) error {
	found, err := p.findImport(r)
	if err != nil {
		return err
	}
	file := [][]string{{"email", "full_name", "roles", "status"}}
	for after, more := 0, true; more; {
		var rows []domain.ImportRow
		rows, more, err = p.Members.ListImportRows.Execute(r.Context(), r.Caller, members.ListImportRowsInput{
			Import: found.ID, Status: domain.RowRefused, After: after, Limit: domain.MaxImportRows,
		})
		if err != nil {
			return err
		}
		for _, row := range rows {
			file = append(file, []string{row.Email, row.FullName, strings.Join(row.Roles, " "), strings.Join(reasons(r, row), "; ")})
			after = row.Line
		}
	}
	return sendRows(r, "refused-members.csv", file)
}

// reasons returns why a row was refused, in the language of the page.
func reasons(r *page.Request, row domain.ImportRow) []string {
	texts := make([]string, len(row.Faults))
	for i, fault := range row.Faults {
		texts[i] = r.Language.Text("column."+fault.Field) + ": " + r.Language.Message(fault.Message)
	}
	return texts
}

// sendRows answers with a CSV file (RFC 4180) in which a spreadsheet reads no field as a formula.
func sendRows(r *page.Request, name string, rows [][]string) error {
	var text bytes.Buffer
	table := csv.NewWriter(&text)
	table.UseCRLF = true
	for _, row := range rows {
		for i := range row {
			row[i] = domain.GuardCell(row[i])
		}
		if err := table.Write(row); err != nil {
			return err
		}
	}
	table.Flush()
	file := domain.File{Name: name, Media: "text/csv; charset=utf-8; header=present", Size: int64(text.Len())}
	return r.Send(file, io.NopCloser(&text))
}
