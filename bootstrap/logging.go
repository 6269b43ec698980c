package bootstrap

import (
	"context"
	"io"
	"log/slog"

	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/otel"
	"github.com/sole-platform/sole/domain"
)

// newLogger returns a logger that writes one line per record, with the name of the log ("transactional" or "audit") and,
// during a request, the id and the org of the request.
func newLogger(out io.Writer, c Config, name string, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewJSONHandler(out, options)
	if c.LogText {
		handler = slog.NewTextHandler(out, options)
	}
	handler = handler.WithAttrs([]slog.Attr{slog.String("log", name)})
	if name == auditLog {
		return slog.New(handler) // every event names its org
	}
	return slog.New(requestHandler{handler, c.TraceEndpoint != ""})
}

const (
	transactionalLog = "transactional"
	auditLog         = "audit"
)

// requestHandler adds the attributes of the current request to every line.
type requestHandler struct {
	slog.Handler
	traced bool
}

func (h requestHandler) Handle(ctx context.Context, record slog.Record) error {
	for _, attr := range http.LogAttrs(ctx) {
		if !contains(record, attr.Key) {
			record.AddAttrs(attr)
		}
	}
	if h.traced {
		record.AddAttrs(slog.String("trace_id", otel.TraceID(ctx)))
	}
	return h.Handler.Handle(ctx, record)
}

// contains reports whether the record has an attribute with the key.
func contains(record slog.Record, key string) (found bool) {
	record.Attrs(func(attr slog.Attr) bool {
		found = attr.Key == key
		return !found
	})
	return found
}

func (h requestHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(attrs), h.traced}
}

func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name), h.traced}
}

// logAudit writes committed audit events as log lines, so that they can be stored on another host.
func logAudit(logger *slog.Logger) func(context.Context, domain.OrgID, domain.AuditEvent) {
	return func(ctx context.Context, org domain.OrgID, e domain.AuditEvent) {
		http.NoteOrg(ctx, org)
		logger.LogAttrs(ctx, slog.LevelInfo, string(e.Name),
			slog.String("event_id", string(e.ID)),
			slog.String("request_id", e.Origin.RequestID),
			slog.String("org_id", string(org)),
			slog.String("outcome", string(e.Outcome)),
			slog.String("actor_id", string(e.Actor)),
			slog.String("actor_type", e.ShownActorType()),
			slog.String("actor_org_id", string(e.Origin.HomeOrg)),
			slog.String("resource_type", e.ResourceType),
			slog.String("resource_id", e.ResourceID),
			slog.String("address", e.Origin.Address),
			slog.Any("details", e.Details))
	}
}
