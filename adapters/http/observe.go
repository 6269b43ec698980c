package http

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Arrived describes a request when it begins. Trace and TraceState are the headers of W3C Trace
// Context as the client sent them, unchecked.
type Arrived struct {
	Method     string
	RequestID  string
	TraceState string
	Trace      string
}

// Answered describes a request when it ends. Route is the pattern of its route, or "" without one.
type Answered struct {
	Route  string
	Status int
	Took   time.Duration
}

// Observe is called when a request begins. The function that it returns is called when the request ends.
type Observe func(ctx context.Context, arrived Arrived) (context.Context, func(Answered))

// observed calls Observe and returns the function to call at the end of the request.
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
