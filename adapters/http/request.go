package http

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// request describes the current request. Middleware fills it in; handlers, problem documents
// and log lines read it.
type request struct {
	origin domain.Origin
	org    domain.OrgID  // an existing org, never an unchecked header
	caller domain.Caller // set on secured routes
	route  string        // the pattern, never the path

	oauth         bool   // it is for an endpoint of OAuth 2.0
	query         bool   // it has a query
	authorization string // the header, at these endpoints
	body          []byte // at these endpoints

	parameters []string // names of the query parameters that the operation has

	fault  error // the internal error behind a 500
	sealer func(domain.Decision) domain.DecisionID
	sender sender
	began  time.Time
}

type requestKey struct{}

// requestOf returns the request of the context, and an empty one outside of a request.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// seal returns the id of a decision, with which the client can request its explanation. It returns ""
// outside of a request.
func (r *request) seal(d domain.Decision) domain.DecisionID {
	if r.sealer == nil {
		return ""
	}
	return r.sealer(d)
}

// sealDecision returns the id of a decision. A decision without a time was made now. It returns "" for a
// decision without an org, because nobody could read the explanation.
func (s *Server) sealDecision(d domain.Decision) domain.DecisionID {
	if s.Decisions == nil || !domain.IsID(string(d.Org)) {
		return ""
	}
	if d.At.IsZero() {
		d.At = s.Clock()
	}
	return s.Decisions.Seal(d)
}

// NoteOrg records the org of a request that only a token in its body identifies.
func NoteOrg(ctx context.Context, org domain.OrgID) {
	if r := requestOf(ctx); r.org == "" {
		r.org = org
	}
}

// OnBehalf returns a context for a job that a request has enqueued, so that its log lines name that request.
func OnBehalf(ctx context.Context, org domain.OrgID, origin domain.Origin) context.Context {
	return context.WithValue(ctx, requestKey{}, &request{origin: origin, org: org})
}

// LogAttrs returns the attributes that every log line has. They are empty outside of a request.
func LogAttrs(ctx context.Context) []slog.Attr {
	r := requestOf(ctx)
	return []slog.Attr{slog.String("request_id", r.origin.RequestID), slog.String("org_id", string(r.org))}
}

var validRequestID = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// begin sets the id and the origin of the request, and logs its end.
func (s *Server) begin(c *fiber.Ctx) error {
	r := s.identify(c)
	r.began = s.Clock()
	ctx, ended := s.observed(c, r)
	c.SetUserContext(ctx)
	if err := c.Next(); err != nil {
		_ = s.fiberError(c, err) // now, so that logEnd logs the status of the response
	}
	took := s.Clock().Sub(r.began)
	ended(took)
	s.logEnd(ctx, c, r, took)
	return nil
}

// identify sets the id of the request: the client's own if it has the right form, or a new one.
func (s *Server) identify(c *fiber.Ctx) *request {
	id := c.Get("X-Request-Id")
	if !validRequestID.MatchString(id) {
		id = s.NewID()
	}
	r := &request{
		origin: domain.Origin{Address: s.clientAddress(c), UserAgent: printable(c.Get("User-Agent"), 255), RequestID: id},
		sealer: s.sealDecision, sender: s.sender(), oauth: ofOAuth(c.Path()), query: len(c.Request().URI().QueryString()) > 0,
	}
	c.SetUserContext(context.WithValue(context.Background(), requestKey{}, r))
	c.Set("X-Request-Id", id)
	s.setHeaders(c)
	return r
}

func (s *Server) logEnd(ctx context.Context, c *fiber.Ctx, r *request, took time.Duration) {
	status := c.Response().StatusCode()
	level := slog.LevelInfo
	attrs := append(make([]slog.Attr, 0, 7),
		slog.String("method", c.Method()), slog.String("route", r.route), slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.String("address", r.origin.Address),
	)
	if r.caller.User.ID != "" {
		attrs = append(attrs, slog.String("account_id", string(r.caller.User.ID)))
	}
	switch {
	case status == fiber.StatusHTTPVersionNotSupported: // a mistake of the client
	case status == fiber.StatusInsufficientStorage && r.fault == nil: // the storage limit of the org, not a full disk
	case s.leaving.Load() && hasPrefix(c.Path(), uncounted): // it says that it is not ready, as planned
	case errors.Is(r.fault, domain.ErrNoPasskeys): // a known limit of the deployment, of which its start and doctor warn
	case status >= fiber.StatusInternalServerError:
		level = slog.LevelError
	}
	if r.fault != nil {
		attrs = append(attrs, slog.Any("error", r.fault))
	}
	s.Logger.LogAttrs(ctx, level, "request", attrs...)
}

// printable returns at most limit characters of the text without control characters and invalid UTF-8.
func printable(text string, limit int) string {
	if isPrintable(text) && len(text) <= limit {
		return text
	}
	kept := make([]rune, 0, min(len(text), limit))
	for _, char := range text {
		if char >= ' ' && char != 0x7f && char != 0xfffd && len(kept) < limit {
			kept = append(kept, char)
		}
	}
	return string(kept)
}

// isPrintable reports whether the text is ASCII without control characters.
func isPrintable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] >= 0x7f {
			return false
		}
	}
	return true
}
