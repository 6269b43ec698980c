package http

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// accountFile is the body of a route that accepts a file of accounts of another system.
func (s *Server) accountFile() bodyKind {
	return bodyKind{
		media: "application/octet-stream", also: []string{"application/x-ndjson", "application/json", "text/csv", "text/plain"},
		limit: s.ImportLimit, streamed: true,
	}
}

// importFileRequest is a file of accounts, which is read while it arrives.
type importFileRequest struct {
	Format     string   `query:"format" required:"true" maxLength:"40" doc:"The system that wrote the file; sole for our own format."`
	DryRun     bool     `query:"dry_run" doc:"Change nothing, and return what would become of the rows."`
	Invite     bool     `query:"invite" doc:"Invite the owners of accounts without a password."`
	AllowWeak  string   `query:"allow_weak" maxLength:"10" doc:"Accept weak password hashes until this date (YYYY-MM-DD)."`
	Roles      []string `query:"roles,explode" maxItems:"200" doc:"NAME=ROLE: accounts with the role NAME in the file get the role ROLE."`
	Parameters string   `header:"Import-Parameters" maxLength:"4096" doc:"Parameters of the format, as JSON on one line."`

	body  io.Reader
	limit int64
}

// Resolve implements huma.Resolver. It does not read the body.
func (r *importFileRequest) Resolve(ctx huma.Context) []error {
	r.body, r.limit = ctx.BodyReader(), ctx.Operation().MaxBodyBytes
	return nil
}

// maxShownRows is how many rows the response to a dry run has.
const maxShownRows = 1000

// fileImport is an import of a file of another system, or the result of a dry run.
type fileImport struct {
	ID         *domain.ImportID `json:"id" doc:"null for a dry run, which stores nothing."`
	Status     string           `json:"status" enum:"running,done"`
	Total      int              `json:"total" doc:"Rows of the file."`
	Created    int              `json:"created" doc:"Rows whose account was created; in a dry run: would be."`
	Refused    int              `json:"refused" doc:"Rows that were refused; each has a reason."`
	Pending    int              `json:"pending"`
	CreatedAt  time.Time        `json:"created_at"`
	FinishedAt *time.Time       `json:"finished_at"`
	Rows       []importRow      `json:"rows,omitempty" doc:"Of a dry run: the first 1,000 rows with errors or notes."`
}

type fileImportResponse struct {
	Status   int
	Location string `header:"Location" doc:"The URL of the import."`
	Body     fileImport
}

func (a importsAPI) orderFile(ctx context.Context, caller domain.Caller, in *importFileRequest) (*fileImportResponse, error) {
	file, err := in.file(a.clock())
	if err != nil {
		return nil, err
	}
	if in.DryRun {
		return a.checkFile(ctx, caller, file)
	}
	ordered, err := a.uc.OrderFile.Execute(ctx, caller, file)
	if err != nil {
		return nil, err
	}
	return &fileImportResponse{
		Status: 202, Location: base + "/members/imports/" + string(ordered.ID), Body: showFileImport(ordered),
	}, nil
}

func showFileImport(i domain.Import) fileImport {
	shown := showImport(i)
	return fileImport{
		ID: known(i.ID), Status: shown.Status, Total: shown.Total, Created: shown.Created, Refused: shown.Refused, Pending: shown.Pending,
		CreatedAt: shown.CreatedAt, FinishedAt: shown.FinishedAt,
	}
}

// file returns the file with its options.
func (r *importFileRequest) file(now time.Time) (file members.AccountFile, err error) {
	content := bufio.NewReader(&capped{r.body, r.limit})
	if _, err := content.Peek(1); errors.Is(err, io.EOF) {
		return file, domain.Invalid("", "must be the file: the body is empty")
	}
	file = members.AccountFile{
		Format: r.Format, Content: content, Invite: r.Invite, Options: port.AccountFileOptions{Parameters: domain.NewSecret(r.Parameters)},
	}
	if file.Roles, err = domain.ParseRoleMap(r.Roles); err == nil && r.AllowWeak != "" {
		file.Options.WeakUntil, err = domain.ParseWeakUntil(r.AllowWeak, now)
	}
	return file, err
}

// checkFile answers a dry run.
func (a importsAPI) checkFile(ctx context.Context, caller domain.Caller, file members.AccountFile) (*fileImportResponse, error) {
	var rows []importRow
	began := a.clock()
	counts, err := a.uc.CheckFile.Execute(ctx, caller, file, func(row domain.ImportRow) error {
		if len(rows) < maxShownRows && (row.Status == domain.RowRefused || len(row.Notes) > 0) {
			rows = append(rows, showImportRow(row))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	counts.CreatedAt, counts.FinishedAt = began, a.clock()
	shown := showFileImport(counts)
	shown.Rows = rows
	return &fileImportResponse{Status: 200, Body: shown}, nil
}
