package http

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"

	"github.com/sole-platform/sole/domain"
)

// export is the body of an answer that is made while it is sent. Only the page that the
// connection has room for is in memory, and nothing is read ahead: when the client is
// gone nobody asks for more.
type export struct {
	next func(context.Context, io.Writer) error // writes the next page; io.EOF when there is none

	ctx      context.Context // of the request, without its end
	conn     net.Conn
	limit    time.Duration // for a page to be found
	patience time.Duration // for it to be taken
	failed   func(error)
	text     bytes.Buffer // what is made and not yet sent
}

// newExport writes head, and then page after page until one is empty.
func newExport[T any](head string, pages func(context.Context) ([]T, error), write func(io.Writer, []T) error) *export {
	e := &export{next: func(ctx context.Context, w io.Writer) error {
		page, err := pages(ctx)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return io.EOF
		}
		return write(w, page)
	}}
	e.text.WriteString(head)
	return e
}

// stream has the export sent in chunks after the handlers are done. A failure on the way
// leaves the last chunk out, by which a client knows that something is missing (RFC 9112 §8).
func (s *Server) stream(to huma.Context, body *export) {
	ctx := context.WithoutCancel(to.Context())
	body.ctx, body.limit, body.patience = ctx, s.RequestTimeout, s.Patience.Write
	body.failed = func(err error) { s.Logger.ErrorContext(ctx, "an export was broken off", slog.Any("error", err)) }
	c := humafiber.Unwrap(to)
	body.conn = c.Context().Conn()
	c.Context().SetBodyStream(body, -1)
}

// Read implements io.Reader.
func (e *export) Read(p []byte) (int, error) {
	if e.text.Len() == 0 {
		if err := e.fill(); err != nil {
			if !errors.Is(err, io.EOF) {
				e.failed(err)
			}
			return 0, err
		}
	}
	return e.text.Read(p)
}

// fill makes the text of the next page, for which the client then has its time.
func (e *export) fill() error {
	ctx, cancel := context.WithTimeout(e.ctx, e.limit)
	defer cancel()
	e.text.Reset()
	if err := e.next(ctx, &e.text); err != nil {
		return err
	}
	return e.conn.SetWriteDeadline(time.Now().Add(e.patience)) //nolint:forbidigo // deadlines of connections are real time
}

// exportFormat is a way to write events.
type exportFormat struct {
	media string
	head  string
	write func(io.Writer, []domain.SealedEvent) error
}

var exportFormats = map[string]exportFormat{
	"ndjson": {media: "application/x-ndjson", write: writeLines},
	"csv":    {media: "text/csv; charset=utf-8; header=present", head: strings.Join(csvHead, ",") + "\r\n", write: writeCSV},
}

func writeLines(w io.Writer, events []domain.SealedEvent) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, event := range events {
		if err := encoder.Encode(showSealed(event)); err != nil {
			return err
		}
	}
	return nil
}

// csvHead has the members of auditEvent, in their order.
var csvHead = []string{
	"id", "created_at", "action", "outcome", "actor_id", "actor_org_id", "resource_type", "resource_id", "details", "ip", "user_agent", "request_id",
}

func writeCSV(w io.Writer, events []domain.SealedEvent) error {
	rows := make([][]string, len(events))
	for i, sealed := range events {
		event := sealed.Event
		details, err := json.Marshal(showEvent(event).Details)
		if err != nil {
			return err
		}
		rows[i] = []string{
			string(event.ID), event.At.Format(time.RFC3339Nano), string(event.Name), string(event.Outcome), string(event.Actor), string(event.Origin.HomeOrg),
			event.ResourceType, event.ResourceID, string(details), event.Origin.Address, event.Origin.UserAgent, event.Origin.RequestID,
		}
	}
	return writeRows(w, rows)
}

// writeRows writes rows of a CSV file (RFC 4180). Every CSV export uses it, so that no field is
// read as a formula by a spreadsheet.
func writeRows(w io.Writer, rows [][]string) error {
	table := csv.NewWriter(w)
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
	return table.Error()
}
