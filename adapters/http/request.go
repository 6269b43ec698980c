package http

import (
	"context"
	"log/slog"
	"regexp"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// request is what is known of the request under way. Middleware fills it in; handlers,
// error answers and log lines read it.
type request struct {
	origin domain.Origin
	org    domain.OrgID  // resolved; never a header as it came
	caller domain.Caller // set on secured routes
	route  string        // the pattern, never the path
	fault  error         // the internal error behind a 500
	decide func(domain.Decision) domain.DecisionID
	began  time.Time
}

type requestKey struct{}

// requestOf finds the request in the context; outside of one it is empty.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// seal makes a decision that the client is told of into its id.
func (r *request) seal(d domain.Decision) domain.DecisionID {
	if r.decide == nil {
		return "" // it failed outside of a request
	}
	return r.decide(d)
}

// NoteOrg says whose request it turned out to be, where only a token in its body could tell.
func NoteOrg(ctx context.Context, org domain.OrgID) {
	if r := requestOf(ctx); r.org == "" {
		r.org = org
	}
}

// OnBehalf marks work that goes on after a request as a consequence of it.
func OnBehalf(ctx context.Context, org domain.OrgID, origin domain.Origin) context.Context {
	return context.WithValue(ctx, requestKey{}, &request{origin: origin, org: org})
}

// LogAttrs are the attributes that every log line carries; empty where no request is
// behind it.
func LogAttrs(ctx context.Context) []slog.Attr {
	r := requestOf(ctx)
	return []slog.Attr{slog.String("request_id", r.origin.RequestID), slog.String("org_id", string(r.org))}
}

var saneRequestID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// begin gives the request its id and origin, and logs its end.
func (s *Server) begin(c *fiber.Ctx) error {
	r := s.identify(c)
	r.began = s.Clock()
	ctx, ended := s.observed(c, r)
	c.SetUserContext(ctx)
	if err := c.Next(); err != nil {
		_ = s.fiberError(c, err) // here and not later, so that the line below says what was answered
	}
	took := s.Clock().Sub(r.began)
	ended(took)
	s.logEnd(ctx, c, r, took)
	return nil
}

// identify makes the request known by an id, the client's own if it is sane.
func (s *Server) identify(c *fiber.Ctx) *request {
	id := c.Get("X-Request-Id")
	if !saneRequestID.MatchString(id) {
		id = s.NewID()
	}
	r := &request{origin: domain.Origin{Address: s.clientAddress(c), UserAgent: printable(c.Get("User-Agent"), 255), RequestID: id}, decide: s.decide}
	c.SetUserContext(context.WithValue(context.Background(), requestKey{}, r))
	c.Set("X-Request-Id", id)
	s.setHeaders(c)
	return r
}

func (s *Server) logEnd(ctx context.Context, c *fiber.Ctx, r *request, took time.Duration) {
	status := c.Response().StatusCode()
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("method", c.Method()), slog.String("route", r.route), slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.String("address", r.origin.Address),
	}
	if r.caller.User.ID != "" {
		attrs = append(attrs, slog.String("account_id", string(r.caller.User.ID)))
	}
	switch {
	case status == fiber.StatusHTTPVersionNotSupported: // the client's mistake
	case status == fiber.StatusInsufficientStorage && r.fault == nil: // the org's limit, not a full disk
	case status >= fiber.StatusInternalServerError:
		level = slog.LevelError
	}
	if r.fault != nil {
		attrs = append(attrs, slog.Any("error", r.fault))
	}
	s.Logger.LogAttrs(ctx, level, "request", attrs...)
}

// printable keeps what can stand in a log or a list: no control characters, bounded, valid UTF-8.
func printable(text string, limit int) string {
	kept := make([]rune, 0, min(len(text), limit))
	for _, char := range text {
		if char >= ' ' && char != 0x7f && char != 0xfffd && len(kept) < limit {
			kept = append(kept, char)
		}
	}
	return string(kept)
}
