package http

import (
	"context"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

// importLimit is room for 5,000 rows of 200 bytes.
const importLimit = 1 << 20

type importRequest struct {
	RawBody []byte `contentType:"text/csv"`
}

// Import is a CSV file of accounts that a job creates.
type Import struct {
	ID         domain.ImportID `json:"id"`
	Status     string          `json:"status" enum:"running,done"`
	Total      int             `json:"total" doc:"Rows of the file."`
	Created    int             `json:"created" doc:"Rows whose account was created."`
	Refused    int             `json:"refused" doc:"Rows that were refused; each has a reason."`
	Pending    int             `json:"pending"`
	CreatedAt  time.Time       `json:"created_at"`
	FinishedAt *time.Time      `json:"finished_at"`
}

type importResponse struct{ Body Import }

type orderedImportResponse struct {
	Location string `header:"Location" doc:"The URL of the import."`
	Body     Import
}

func showImport(i domain.Import) Import {
	status := "running"
	if !i.FinishedAt.IsZero() {
		status = "done"
	}
	return Import{i.ID, status, i.Total, i.Created, i.Refused, i.Pending(), i.CreatedAt, maybe(i.FinishedAt)}
}

func (s *Server) importMembers(ctx context.Context, caller domain.Caller, in *importRequest) (*orderedImportResponse, error) {
	ordered, err := s.uc.OrderImport.Execute(ctx, caller, norm.NFC.String(string(in.RawBody)))
	return &orderedImportResponse{base + "/members/imports/" + string(ordered.ID), showImport(ordered)}, err
}

// ImportPath names an import.
type ImportPath struct {
	ID string `path:"id" maxLength:"64" doc:"The import's id."`
}

func (r ImportPath) id() (domain.ImportID, error) { return domain.ParseID[domain.ImportID](r.ID) }

func (s *Server) getImport(ctx context.Context, caller domain.Caller, in *ImportPath) (*importResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	found, err := s.uc.GetImport.Execute(ctx, caller, id)
	return &importResponse{showImport(found)}, err
}

type listImportRowsRequest struct {
	ImportPath
	Paging
	Status string `query:"status" enum:"pending,created,refused" doc:"The outcome of the row."`
}

type importRow struct {
	Line     int              `json:"line" doc:"The line number in the file, from 1."`
	Email    string           `json:"email"`
	FullName string           `json:"full_name"`
	Status   domain.RowStatus `json:"status" enum:"pending,created,refused"`
	MemberID *domain.UserID   `json:"member_id" doc:"The account that was created."`
	Errors   []importFault    `json:"errors" doc:"Why the row was refused."`
}

type importFault struct {
	Location string `json:"location" doc:"The column, or row for the whole row."`
	Message  string `json:"message"`
}

type importRowsResponse struct{ Body page[importRow] }

func showImportRow(r domain.ImportRow) importRow {
	faults := make([]importFault, len(r.Faults))
	for i, fault := range r.Faults {
		faults[i] = importFault(fault)
	}
	return importRow{r.Line, r.Email, r.FullName, r.Status, known(r.User), faults}
}

func (s *Server) listImportRows(ctx context.Context, caller domain.Caller, in *listImportRowsRequest) (*importRowsResponse, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	scope := cursorScope{List: "list-import-rows", Org: caller.Org.ID, Filter: []string{string(id), in.Status}}
	after, err := openCursor[int](s.cursors, scope, in.Cursor)
	if err != nil {
		return nil, err
	}
	rows, more, err := s.uc.ListImportRows.Execute(ctx, caller, members.ListImportRowsInput{Import: id, Status: domain.RowStatus(in.Status), After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	shown, err := pageOf(s.cursors, scope, rows, more, showImportRow, func(r domain.ImportRow) int { return r.Line })
	return &importRowsResponse{shown}, err
}
