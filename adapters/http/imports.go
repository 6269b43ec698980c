package http

import (
	"context"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// importsAPI creates accounts from files.
type importsAPI struct {
	uc    members.UseCases
	lists Cursors
	clock port.Clock
}

func (a importsAPI) mount(s *Server) {
	t := table{server: s, tag: "Members"}
	secured(t, "POST /members/import", members.OrderImportNeeds, route{
		id: "import-members", status: 202, body: bodyKind{media: "text/csv", limit: importLimit},
	}, a.order)
	secured(t, "POST /members/imports", members.OrderImportNeeds, route{
		id: "import-accounts", sameBody: []int{202}, body: s.accountFile(),
	}, a.orderFile)
	secured(t, "GET /members/imports/{id}", members.GetImportNeeds, route{
		id: "get-import",
	}, foundByID[ImportPath](a.uc.GetImport.Execute, showImportResponse))
	secured(t, "GET /members/imports/{id}/rows", members.ListImportRowsNeeds, route{id: "list-import-rows"}, byID(a.listRows))
}

// importLimit is the size of 5,000 rows of 200 bytes, in bytes.
const importLimit = 1 << 20

type importRequest struct {
	RawBody []byte `contentType:"text/csv"`
}

// Import is a file whose accounts a job creates.
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
	return Import{
		ID: i.ID, Status: status, Total: i.Total, Created: i.Created, Refused: i.Refused, Pending: i.Pending(),
		CreatedAt: i.CreatedAt, FinishedAt: maybe(i.FinishedAt),
	}
}

func showImportResponse(i domain.Import) *importResponse { return &importResponse{Body: showImport(i)} }

func (a importsAPI) order(ctx context.Context, caller domain.Caller, in *importRequest) (*orderedImportResponse, error) {
	ordered, err := a.uc.OrderImport.Execute(ctx, caller, norm.NFC.String(string(in.RawBody)))
	return &orderedImportResponse{Location: base + "/members/imports/" + string(ordered.ID), Body: showImport(ordered)}, err
}

// ImportPath names an import.
type ImportPath struct {
	ID string `path:"id" maxLength:"64" doc:"The import's id."`
}

func (p ImportPath) id() (domain.ImportID, error) { return domain.ParseID[domain.ImportID](p.ID) }

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
	Notes    []string         `json:"notes" doc:"What the account had in the file and was not imported."`
}

type importFault struct {
	Location string `json:"location" doc:"The column, or row for the whole row."`
	Message  string `json:"message"`
}

type importRowsResponse struct{ Body page[importRow] }

func showImportRow(r domain.ImportRow) importRow {
	faults := make([]importFault, len(r.Faults))
	for i, fault := range r.Faults {
		faults[i] = importFault{Location: fault.Field, Message: fault.Message}
	}
	return importRow{
		Line: r.Line, Email: r.Email, FullName: r.FullName, Status: r.Status, MemberID: known(r.User), Errors: faults,
		Notes: append([]string{}, r.Notes...),
	}
}

func (a importsAPI) listRows(
	ctx context.Context, caller domain.Caller, id domain.ImportID, in *listImportRowsRequest,
) (*importRowsResponse, error) {
	rows := a.lists.list("list-import-rows", caller.Org.ID, []string{string(id), in.Status})
	shown, err := pageOf(rows, in.Cursor, showImportRow, func(after int) ([]domain.ImportRow, *int, error) {
		found, more, err := a.uc.ListImportRows.Execute(ctx, caller, members.ListImportRowsInput{
			Import: id, Status: domain.RowStatus(in.Status), After: after, Limit: in.Limit,
		})
		return found, nextPlace(found, more, func(r domain.ImportRow) int { return r.Line }), err
	})
	return &importRowsResponse{Body: shown}, err
}
