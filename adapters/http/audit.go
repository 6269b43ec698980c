package http

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/domain"
)

// auditAPI shows the audit events of the org.
type auditAPI struct {
	uc     audit.UseCases
	lists  Cursors
	sender sender
}

func (a auditAPI) mount(s *Server) {
	t := table{server: s, tag: "Org"}
	secured(t, "GET /audit-events", audit.ListNeeds, route{id: "list-audit-events"}, a.list)
	secured(t, "GET /audit-events/export", audit.ExportNeeds, route{
		id: "export-audit-events", media: []string{"application/x-ndjson", "text/csv"},
	}, a.export)
}

// auditEvent is an event in a list, and a line of an export.
type auditEvent struct {
	ID           domain.EventID    `json:"id"`
	CreatedAt    time.Time         `json:"created_at"`
	Action       domain.EventName  `json:"action" doc:"The name of the event, for example session.signed_in."`
	Outcome      domain.Outcome    `json:"outcome" enum:"success,failure"`
	ActorID      *domain.UserID    `json:"actor_id" doc:"The account, or service account, that caused the event; null when it is unknown."`
	ActorOrgID   *domain.OrgID     `json:"actor_org_id" doc:"The org of the actor when it is another one, that of a platform operator."`
	ResourceType string            `json:"resource_type" doc:"The type of the resource, for example account."`
	ResourceID   string            `json:"resource_id"`
	Details      map[string]string `json:"details"`
	IP           string            `json:"ip"`
	UserAgent    string            `json:"user_agent"`
	RequestID    string            `json:"request_id"`
	ActorType    *string           `json:"actor_type" doc:"account or service_account; null when the actor is unknown."`
}

func showEvent(e domain.AuditEvent) auditEvent {
	details := e.Details
	if details == nil {
		details = map[string]string{}
	}
	return auditEvent{
		ID: e.ID, CreatedAt: e.At, Action: e.Name, Outcome: e.Outcome,
		ActorID: known(e.Actor), ActorType: known(e.ShownActorType()), ActorOrgID: known(e.Origin.HomeOrg),
		ResourceType: e.ResourceType, ResourceID: e.ResourceID, Details: details,
		IP: e.Origin.Address, UserAgent: e.Origin.UserAgent, RequestID: e.Origin.RequestID,
	}
}

// AuditQuery has the filters of a request for events.
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

func (a auditAPI) list(ctx context.Context, caller domain.Caller, in *listEventsRequest) (*eventsResponse, error) {
	filter := in.filter()
	events := a.lists.list("list-audit-events", caller.Org.ID, filter.Details())
	shown, err := pageOf(events, in.Cursor, showEvent, func(after domain.AuditPlace) ([]domain.AuditEvent, *domain.AuditPlace, error) {
		found, more, err := a.uc.List.Execute(ctx, caller, audit.ListInput{Filter: filter, After: after, Limit: in.Limit})
		return found, nextPlace(found, more, domain.AuditEvent.Place), err
	})
	return &eventsResponse{Body: shown}, err
}
