package http

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/domain"
)

// auditEvent is an event as it is listed, and as a line of an export.
type auditEvent struct {
	ID           domain.EventID    `json:"id"`
	CreatedAt    time.Time         `json:"created_at"`
	Action       domain.EventName  `json:"action" doc:"The name of the event, for example session.signed_in."`
	Outcome      domain.Outcome    `json:"outcome" enum:"success,failure"`
	ActorID      *domain.UserID    `json:"actor_id" doc:"The account that caused the event; null when it is unknown."`
	ActorOrgID   *domain.OrgID     `json:"actor_org_id" doc:"The org of the actor, when it is another one: of a platform operator."`
	ResourceType string            `json:"resource_type" doc:"The type of the resource, for example account."`
	ResourceID   string            `json:"resource_id"`
	Details      map[string]string `json:"details"`
	IP           string            `json:"ip"`
	UserAgent    string            `json:"user_agent"`
	RequestID    string            `json:"request_id"`
}

func showEvent(e domain.AuditEvent) auditEvent {
	details := e.Details
	if details == nil {
		details = map[string]string{}
	}
	return auditEvent{
		e.ID, e.At, e.Name, e.Outcome, known(e.Actor), known(e.Origin.HomeOrg), e.ResourceType, e.ResourceID, details,
		e.Origin.Address, e.Origin.UserAgent, e.Origin.RequestID,
	}
}

// known shows an id that may be missing as null.
func known[T ~string](id T) *T {
	if id == "" {
		return nil
	}
	return &id
}

// AuditQuery says which events are asked for.
type AuditQuery struct {
	Action       string    `query:"action" maxLength:"200" example:"session.signed_in" doc:"The name of the event."`
	ActorID      string    `query:"actor_id" maxLength:"64" doc:"The account that caused the event."`
	ResourceType string    `query:"resource_type" maxLength:"200" example:"account" doc:"The type of the resource."`
	ResourceID   string    `query:"resource_id" maxLength:"200" doc:"The id of the resource."`
	From         time.Time `query:"from" doc:"Events at or after this time."`
	To           time.Time `query:"to" doc:"Events before this time."`
}

func (q AuditQuery) filter() domain.AuditFilter {
	return domain.AuditFilter{
		Action: domain.EventName(q.Action), Actor: domain.UserID(domain.CanonicalID(q.ActorID)),
		ResourceType: q.ResourceType, ResourceID: domain.CanonicalID(q.ResourceID), From: q.From.UTC(), To: q.To.UTC(),
	}
}

type listEventsRequest struct {
	Paging
	AuditQuery
}

type eventsResponse struct{ Body page[auditEvent] }

func (s *Server) listEvents(ctx context.Context, caller domain.Caller, in *listEventsRequest) (*eventsResponse, error) {
	filter := in.filter()
	scope := cursorScope{"list-audit-events", caller.Org.ID, filter.Details()}
	after, err := openCursor[domain.AuditPlace](s.cursors, scope, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, more, err := s.uc.ListEvents.Execute(ctx, caller, audit.ListInput{Filter: filter, After: after, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	shown, err := pageOf(s.cursors, scope, found, more, showEvent, domain.AuditEvent.Place)
	return &eventsResponse{shown}, err
}

type exportEventsRequest struct {
	AuditQuery
	Format string `query:"format" required:"true" enum:"ndjson,csv" doc:"One JSON object per line, or comma-separated values with a header line (RFC 4180)."`
}

type exportResponse struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

func (s *Server) exportEvents(ctx context.Context, caller domain.Caller, in *exportEventsRequest) (*exportResponse, error) {
	format := exportFormats[in.Format]
	pages, err := s.uc.ExportEvents.Execute(ctx, caller, in.filter(), in.Format)
	if err != nil {
		return nil, err
	}
	return &exportResponse{
		ContentType: format.media, Disposition: `attachment; filename="audit-events.` + in.Format + `"`,
		Body: func(to huma.Context) { s.stream(to, newExport(format.head, pages, format.write)) },
	}, nil
}
