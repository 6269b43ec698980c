package bootstrap

import (
	"context"
	"io"
	"log/slog"

	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/otel"
	"github.com/sole-platform/sole/domain"
)

// newLogger writes one line per record, each with the log it belongs to ("transactional"
// or "audit") and, during a request, its id and org.
func newLogger(out io.Writer, c Config, name string, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewJSONHandler(out, options)
	if c.LogText {
		handler = slog.NewTextHandler(out, options)
	}
	handler = handler.WithAttrs([]slog.Attr{slog.String("log", name)})
	if name == auditLog {
		return slog.New(handler) // an event says itself whose it is
	}
	return slog.New(requestHandler{handler, c.TraceEndpoint != ""})
}

const (
	transactionalLog = "transactional"
	auditLog         = "audit"
)

// requestHandler adds what is known of the request under way to every line.
type requestHandler struct {
	slog.Handler
	traced bool
}

func (h requestHandler) Handle(ctx context.Context, record slog.Record) error {
	known := map[string]bool{}
	record.Attrs(func(a slog.Attr) bool {
		known[a.Key] = true
		return true
	})
	for _, attr := range http.LogAttrs(ctx) {
		if !known[attr.Key] {
			record.AddAttrs(attr)
		}
	}
	if h.traced {
		record.AddAttrs(slog.String("trace_id", otel.TraceID(ctx)))
	}
	return h.Handler.Handle(ctx, record)
}

func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs), h.traced}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name), h.traced}
}

// logAudit repeats committed audit events as log lines, so that they can leave the host.
func logAudit(logger *slog.Logger) func(context.Context, domain.OrgID, domain.AuditEvent) {
	return func(ctx context.Context, org domain.OrgID, e domain.AuditEvent) {
		http.NoteOrg(ctx, org)
		logger.LogAttrs(ctx, slog.LevelInfo, string(e.Name),
			slog.String("event_id", string(e.ID)), slog.String("request_id", e.Origin.RequestID), slog.String("org_id", string(org)), slog.String("outcome", string(e.Outcome)),
			slog.String("actor_id", string(e.Actor)), slog.String("actor_org_id", string(e.Origin.HomeOrg)), slog.String("resource_type", e.ResourceType), slog.String("resource_id", e.ResourceID),
			slog.String("address", e.Origin.Address), slog.Any("details", e.Details))
	}
}
