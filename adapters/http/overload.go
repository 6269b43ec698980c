package http

import (
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// Traffic counts the open connections, and what the server has refused since it started.
type Traffic struct {
	Connections int
	Refused     int64 // connections
	Shed        int64 // requests
}

// load counts the requests that are being answered, and those that were refused.
type load struct {
	inFlight atomic.Int64
	shed     atomic.Int64
}

// Traffic returns the current counts.
func (s *Server) Traffic() Traffic {
	return Traffic{Connections: int(s.gate.open.Load()), Refused: s.gate.refused.Load(), Shed: s.load.shed.Load()}
}

// shed refuses a request beyond MaxRequests before any work is done for it, so that the memory of
// waiting requests is limited and accepted requests are answered in time. Health is always answered.
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
