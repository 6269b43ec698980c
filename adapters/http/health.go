package http

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// healthAPI reports whether the service and its dependencies work.
type healthAPI struct {
	checks  []port.Check
	leaving func() bool
	version string
	logger  *slog.Logger
}

func (s *Server) healthAPI() healthAPI {
	return healthAPI{checks: s.Checks, leaving: s.leaving.Load, version: s.Version, logger: s.Logger}
}

// Ready reports whether GET /health/ready answers with 200.
func (s *Server) Ready(ctx context.Context) bool {
	return s.healthAPI().ask(ctx).Status != "unavailable"
}

func (a healthAPI) mount(s *Server) {
	t := table{server: s, tag: "Service"}
	service(t, "GET /health", route{id: "health", sameBody: []int{503}}, a.health)
	service(t, "GET /health/live", route{id: "health-live"}, a.live)
	service(t, "GET /health/ready", route{id: "health-ready", fails: []int{503}}, a.ready)
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

// health returns the report in every state. The status is 503 when requests cannot be served.
func (a healthAPI) health(ctx context.Context) (*healthResponse, error) {
	report := a.ask(ctx)
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

func (a healthAPI) live(context.Context) (*statusResponse, error) {
	out := &statusResponse{}
	out.Body.Status = "ok"
	return out, nil
}

func (a healthAPI) ready(ctx context.Context) (*statusResponse, error) {
	out := &statusResponse{}
	out.Body.Status = a.ask(ctx).Status
	if out.Body.Status == "unavailable" {
		return nil, domain.ErrUnavailable
	}
	return out, nil
}

// ask checks all dependencies at the same time.
func (a healthAPI) ask(ctx context.Context) health {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	report := health{Status: "ok", Version: a.version, Components: make([]component, len(a.checks))}
	var asked sync.WaitGroup
	for i, check := range a.checks {
		asked.Go(func() {
			report.Components[i] = component{check.Name, "ok"}
			if err := check.Ask(ctx); err != nil {
				report.Components[i].Status = "unavailable"
				a.logger.WarnContext(ctx, "a dependency is unavailable", "component", check.Name, "error", err)
			}
		})
	}
	asked.Wait()
	for i, check := range a.checks {
		switch {
		case report.Components[i].Status == "ok":
		case check.Optional && report.Status == "ok":
			report.Status = "degraded"
		case !check.Optional:
			report.Status = "unavailable"
		}
	}
	if a.leaving() {
		report.Status = "unavailable"
	}
	return report
}
