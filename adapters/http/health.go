package http

import (
	"context"
	"sync"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Check asks one dependency whether it can be used. An optional one that cannot leaves
// the service degraded, not down.
type Check struct {
	Name     string
	Optional bool
	Ask      func(context.Context) error
}

const checkTimeout = 2 * time.Second

type healthResponse struct {
	Status int
	Body   health
}

type health struct {
	Status     string      `json:"status" enum:"ok,degraded,unavailable"`
	Version    string      `json:"version"`
	Components []component `json:"components" doc:"One per dependency."`
}

type component struct {
	Name   string `json:"name"`
	Status string `json:"status" enum:"ok,unavailable"`
}

// health always shows the report; its status says whether requests can be served.
func (s *Server) health(ctx context.Context) (*healthResponse, error) {
	report := s.ask(ctx)
	out := &healthResponse{Status: 200, Body: report}
	if report.Status == "unavailable" {
		out.Status = 503
	}
	return out, nil
}

type statusResponse struct {
	Body struct {
		Status string `json:"status"`
	}
}

func (s *Server) live(context.Context) (*statusResponse, error) {
	out := &statusResponse{}
	out.Body.Status = "ok"
	return out, nil
}

func (s *Server) ready(ctx context.Context) (*statusResponse, error) {
	out := &statusResponse{}
	out.Body.Status = s.ask(ctx).Status
	if out.Body.Status == "unavailable" {
		return nil, domain.ErrUnavailable
	}
	return out, nil
}

// ask puts the question to every dependency at once.
func (s *Server) ask(ctx context.Context) health {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	report := health{Status: "ok", Version: s.Version, Components: make([]component, len(s.Checks))}
	var asked sync.WaitGroup
	for i, check := range s.Checks {
		asked.Go(func() {
			report.Components[i] = component{check.Name, "ok"}
			if err := check.Ask(ctx); err != nil {
				report.Components[i].Status = "unavailable"
				s.Logger.WarnContext(ctx, "a dependency is unavailable", "component", check.Name, "error", err)
			}
		})
	}
	asked.Wait()
	for i, check := range s.Checks {
		switch {
		case report.Components[i].Status == "ok":
		case check.Optional && report.Status == "ok":
			report.Status = "degraded"
		case !check.Optional:
			report.Status = "unavailable"
		}
	}
	return report
}
