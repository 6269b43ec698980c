package console

import (
	"net/url"
	"time"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/domain"
)

var auditLink = page.Link{Path: "/console/audit", Text: "nav.audit", Needs: audit.ListNeeds}

func (p Pages) mountAudit(t *page.Table) {
	t.Signed("GET /console/audit", audit.ListNeeds, p.auditLog)
	t.Signed("POST /console/audit/export", audit.ExportNeeds, p.exportAudit)
	t.Signed("GET /console/audit/:id", audit.GetNeeds, p.auditEvent)
}

// auditQuery is what a person typed into the filter of the log.
type auditQuery struct{ Action, Actor, ResourceType, ResourceID, From, To string }

func readAuditQuery(value func(string) string) auditQuery {
	return auditQuery{
		Action: value("action"), Actor: value("actor"), ResourceType: value("resource_type"), ResourceID: value("resource_id"),
		From: value("from"), To: value("to"),
	}
}

// path returns the path of the log with this filter.
func (q auditQuery) path() string {
	values := url.Values{}
	for name, value := range map[string]string{
		"action": q.Action, "actor": q.Actor, "resource_type": q.ResourceType, "resource_id": q.ResourceID, "from": q.From, "to": q.To,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return "/console/audit"
	}
	return "/console/audit?" + values.Encode()
}

// moreThanAction reports whether the filter has what the page shows on request only.
func (q auditQuery) moreThanAction() bool { return q.ResourceType != "" || q.ResourceID != "" }

// filter returns the filter, without the actor.
func (q auditQuery) filter() (f domain.AuditFilter, err error) {
	f = domain.AuditFilter{
		Action: domain.EventName(q.Action), ResourceType: q.ResourceType, ResourceID: domain.CanonicalID(q.ResourceID),
	}
	if f.From, err = day("from", q.From); err != nil {
		return f, err
	}
	if f.To, err = day("to", q.To); err == nil && !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1) // people include the last day
	}
	return f, err
}

// day returns the beginning of a day in UTC, and the zero time for none.
func day(field, typed string) (time.Time, error) {
	if typed == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.DateOnly, typed)
	if err != nil || at.Year() < 1 {
		return at, domain.Invalid(field, "must be in the years 1 to 9999")
	}
	return at, nil
}

const auditPage = 50 // events

// auditView is a page of the log.
type auditView struct {
	query  auditQuery
	found  audit.NamedEvents
	later  bool // whether the page is not the first one
	next   string
	errors *page.Errors
}

func (p Pages) auditLog(r *page.Request) error {
	view := auditView{query: readAuditQuery(r.Query), later: r.Query("cursor") != ""}
	err := p.findEvents(r, &view)
	if view.errors = r.Errors(err); view.errors != nil && !view.errors.Is(domain.CodeInvalid) {
		return err
	}
	return r.Show(view.errors.Status(), auditLog(view))
}

func (p Pages) findEvents(r *page.Request, view *auditView) error {
	filter, err := view.query.filter()
	if err != nil {
		return err
	}
	list := page.List{Name: "audit", Filter: view.query}
	var after domain.AuditPlace
	if err := r.After(list, &after); err != nil {
		return err
	}
	view.found, err = p.Audit.ListNamed.Execute(r.Context(), r.Caller, audit.ListNamedInput{
		ListInput: audit.ListInput{Filter: filter, After: after, Limit: auditPage}, Actor: view.query.Actor,
	})
	if err == nil && view.found.More {
		view.next, err = r.Next(list, view.found.Events[len(view.found.Events)-1].Place())
	}
	return err
}

func (p Pages) auditEvent(r *page.Request) error {
	id, err := domain.ParseID[domain.EventID](r.Param("id"))
	if err != nil {
		return err
	}
	found, err := p.Audit.Get.Execute(r.Context(), r.Caller, id)
	if err != nil {
		return err
	}
	return r.Show(200, auditEvent(found))
}

// exportAudit sends all events of the filter as a file.
func (p Pages) exportAudit(r *page.Request) error {
	query := readAuditQuery(r.Field)
	filter, err := query.filter()
	if err != nil {
		return err
	}
	if filter.Actor, err = domain.ParseID[domain.UserID](query.Actor); err != nil && query.Actor != "" {
		return domain.Invalid("actor_id", "must be the id of an account")
	}
	return r.ExportAuditEvents(filter, r.Field("format"))
}
