package http

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/sole-platform/sole/domain"
)

type exportEventsRequest struct {
	AuditQuery
	Format string `query:"format" required:"true" enum:"ndjson,csv" doc:"JSON lines, or CSV with a header line (RFC 4180)."`
}

func (a auditAPI) export(ctx context.Context, caller domain.Caller, in *exportEventsRequest) (*exportResponse, error) {
	file, err := a.download(ctx, caller, in.filter(), in.Format)
	if err != nil {
		return nil, err
	}
	return a.sender.export(file), nil
}

// download returns the events as a file in one of exportFormats.
func (a auditAPI) download(ctx context.Context, caller domain.Caller, filter domain.AuditFilter, format string) (download, error) {
	as := exportFormats[format]
	pages, err := a.uc.Export.Execute(ctx, caller, filter, format)
	return download{media: as.media, name: "audit-events." + format, body: newExport(as.head, pages, as.write)}, err
}

// exportFormat is a file format for audit events.
type exportFormat struct {
	media string
	head  string // before the first event
	write func(io.Writer, []domain.SealedEvent) error
}

var exportFormats = map[string]exportFormat{
	"ndjson": {media: "application/x-ndjson", write: writeLines},
	"csv":    {media: "text/csv; charset=utf-8; header=present", head: strings.Join(csvHead, ",") + "\r\n", write: writeCSV},
}

// sealedEvent is a line of an export: the event and what `sole audit verify` needs to check it
// against its seal.
type sealedEvent struct {
	auditEvent
	Sealed *eventProof `json:"sealed"` // null: no seal covers the event yet
}

type eventProof struct {
	Seal        int64             `json:"seal"`
	Position    int64             `json:"position"`
	Salt        string            `json:"salt,omitempty"`
	Salts       map[string]string `json:"salts,omitempty"`
	Commitments map[string]string `json:"commitments,omitempty"`
}

func showSealed(e domain.SealedEvent) sealedEvent {
	line := sealedEvent{auditEvent: showEvent(e.Event)}
	if e.Seal > 0 {
		text := e.Proof.Text()
		line.Sealed = &eventProof{
			Seal: e.Seal, Position: e.Position, Salt: text.Salt, Salts: text.Salts, Commitments: text.Commitments,
		}
	}
	return line
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
	"id", "created_at", "action", "outcome", "actor_id", "actor_org_id", "resource_type", "resource_id", "details", "ip", "user_agent",
	"request_id", "actor_type",
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
			string(event.ID), event.At.Format(time.RFC3339Nano), string(event.Name), string(event.Outcome), string(event.Actor),
			string(event.Origin.HomeOrg), event.ResourceType, event.ResourceID, string(details), event.Origin.Address,
			event.Origin.UserAgent, event.Origin.RequestID, event.ShownActorType(),
		}
	}
	return writeRows(w, rows)
}

// writeRows writes rows of a CSV file (RFC 4180). Every CSV export uses it, so that a spreadsheet
// reads no field as a formula.
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
