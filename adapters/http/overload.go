package http

import (
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// Traffic is what the server holds now, and what it has turned away since it was made.
type Traffic struct {
	Connections int
	Refused     int64 // connections
	Shed        int64 // requests
}

// load counts requests in flight.
type load struct {
	inFlight atomic.Int64
	shed     atomic.Int64
}

// Traffic tells how busy the server is.
func (s *Server) Traffic() Traffic {
	return Traffic{Connections: int(s.gate.open.Load()), Refused: s.gate.refused.Load(), Shed: s.load.shed.Load()}
}

// shed refuses what would be one request too many, before it costs anything: what waits in
// memory is bounded, and those who are let in are served in time. Health is always told.
func (s *Server) shed(c *fiber.Ctx) error {
	if s.MaxRequests == 0 || strings.HasPrefix(c.Path(), base+"/health") {
		return c.Next()
	}
	defer s.load.inFlight.Add(-1)
	if s.load.inFlight.Add(1) > int64(s.MaxRequests) {
		s.load.shed.Add(1)
		return domain.ErrOverloaded
	}
	return c.Next()
}
