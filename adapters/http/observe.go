package http

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Arrived is a request as it begins. The trace is the client's own word for it (W3C Trace
// Context), unchecked.
type Arrived struct {
	Method     string
	RequestID  string
	TraceState string
	Trace      string
}

// Answered is a request as it ends. Route is its pattern, empty where none fits.
type Answered struct {
	Route  string
	Status int
	Took   time.Duration
}

// Observe is told of a request as it begins; what it returns is called as the request ends.
type Observe func(ctx context.Context, arrived Arrived) (context.Context, func(Answered))

// observed tells of a request that begins, and returns what tells of its end.
func (s *Server) observed(c *fiber.Ctx, r *request) (context.Context, func(took time.Duration)) {
	ctx := c.UserContext()
	if s.Observe == nil {
		return ctx, func(time.Duration) {}
	}
	ctx, ended := s.Observe(ctx, Arrived{
		Method: c.Method(), RequestID: r.origin.RequestID, Trace: c.Get("Traceparent"), TraceState: c.Get("Tracestate"),
	})
	return ctx, func(took time.Duration) {
		ended(Answered{Route: r.route, Status: c.Response().StatusCode(), Took: took})
	}
}
