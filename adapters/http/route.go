package http

import (
	"cmp"
	"context"
	nethttp "net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/domain"
)

// route describes one operation. Its access is decided by which of open, visiting and
// secured mounts it: a handler that wants a Caller does not compile on an open route.
type route struct {
	method, path string
	id, summary  string
	tag          string
	status       int
	fails        []int             // statuses that its problem documents can have, besides the usual
	permission   domain.Permission // demanded of the caller; on a secured route empty means any account
	multi        bool              // there in multi mode only
	media        []string          // of an answer that is no JSON
	body         bodyKind          // zero: JSON
	action       domain.Action     // of the catalogue: what the org may guard with a step-up
}

// ownAccount tells whether the route concerns the account of whoever calls it: nobody
// comes to one in the name of another org, where they have no account.
func (r route) ownAccount() bool {
	return r.path == base+"/me" || strings.HasPrefix(r.path, base+"/me/") || strings.HasPrefix(r.path, base+"/auth/")
}

// access says who may call a route. It stands in the OpenAPI document as x-access.
type access string

const (
	accessOpen    access = "open"    // anyone
	accessVisitor access = "visitor" // anyone, at a known org
	accessAccount access = "account" // a live session
)

// service mounts a handler that concerns no org: naming one, even a wrong one, changes nothing.
func service[O any](s *Server, r route, handle func(context.Context) (*O, error)) {
	mount(s, r, accessOpen, func(huma.Context) error { return nil }, func(ctx context.Context, _ *nothing) (*O, error) { return handle(ctx) })
}

// open mounts a handler that anyone may call; the org, if one is named, is only a hint.
func open[I, O any](s *Server, r route, handle func(context.Context, domain.Visitor, *I) (*O, error)) {
	mount(s, r, accessOpen, func(ctx huma.Context) error { return s.hintOrg(ctx) }, visitorHandler(handle))
}

// visiting mounts a handler that anyone at a known, active org may call.
func visiting[I, O any](s *Server, r route, handle func(context.Context, domain.Visitor, *I) (*O, error)) {
	mount(s, r, accessVisitor, func(ctx huma.Context) error { return s.demandOrg(ctx) }, visitorHandler(handle))
}

// secured mounts a handler for callers: a live session whose account holds the permission.
func secured[I, O any](s *Server, r route, handle func(context.Context, domain.Caller, *I) (*O, error)) {
	admit := func(ctx huma.Context) error { return s.authenticate(ctx, r) }
	mount(s, r, accessAccount, admit, func(ctx context.Context, in *I) (*O, error) {
		caller := requestOf(ctx).caller
		if r.action != "" {
			if err := s.uc.Guard.Execute(ctx, caller, r.action, requestOf(ctx).stepUp); err != nil {
				return nil, err
			}
		}
		return handle(ctx, caller, in)
	})
}

func visitorHandler[I, O any](handle func(context.Context, domain.Visitor, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		r := requestOf(ctx)
		return handle(ctx, domain.Visitor{Origin: r.origin, Org: r.org}, in)
	}
}

// mount registers the route: admit runs before the body is looked at.
func mount[I, O any](s *Server, r route, who access, admit func(huma.Context) error, handle func(context.Context, *I) (*O, error)) {
	operation := huma.Operation{
		Method: r.method, Path: r.path, OperationID: r.id, Summary: r.summary, Tags: []string{r.tag}, DefaultStatus: r.status,
		MaxBodyBytes: int64(s.BodyLimit), Responses: problemResponses(s.api, append(r.fails, usualFailures(who)...)),
		Extensions: map[string]any{"x-access": who},
	}
	if r.tag != "Service" {
		operation.Parameters = append(operation.Parameters, &huma.Param{
			Name: "X-Org-Id", In: "header", Schema: &huma.Schema{Type: "string"},
			Description: "Id or slug of the org, where a deployment has several and there is no token; else the host names it.",
		})
	}
	if r.permission != "" {
		operation.Extensions["x-permission"] = r.permission
	}
	if r.action != "" {
		operation.Extensions["x-step-up"] = r.action
		operation.Parameters = append(operation.Parameters, &huma.Param{
			Name: "X-Step-Up-Token", In: "header", Schema: &huma.Schema{Type: "string"},
			Description: "From POST /auth/step-up for the action " + string(r.action) + ", where the org or the service demands a fresh second factor.",
		})
	}
	if r.body.media != "" {
		operation.MaxBodyBytes = int64(r.body.limit)
		s.bodies[r.method+" "+r.path] = r.body
	}
	if r.media != nil {
		operation.Responses["200"] = streamed(r.media)
	}
	if who == accessAccount {
		operation.Security = []map[string][]string{{bearer: {}}}
	}
	pattern := r.path
	operation.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		requestOf(ctx.Context()).route = pattern
		if err := admit(ctx); err != nil {
			writeProblem(s.api, ctx, problemOf(ctx.Context(), err))
			return
		}
		next(ctx)
	}}
	texts := textFields(reflect.TypeFor[I]())
	huma.Register(s.api, operation, func(ctx context.Context, in *I) (*O, error) {
		composeText(in, texts)
		out, err := handle(ctx, in)
		if err != nil {
			return nil, problemOf(ctx, err)
		}
		return out, nil
	})
	if r.body.streamed { // after Huma has looked, which would read it whole
		item := s.api.OpenAPI().Paths[r.path]
		cmp.Or(item.Post, item.Put).RequestBody = formBody(r.body)
	}
}

func writeProblem(api huma.API, ctx huma.Context, p *Problem) {
	for name, values := range p.headers {
		ctx.SetHeader(name, strings.Join(values, ", "))
	}
	ctx.SetHeader("Content-Type", problemJSON)
	ctx.SetStatus(p.Status)
	_ = api.Marshal(ctx.BodyWriter(), "application/json", p)
}

// streamed describes an answer that is sent as it is made.
func streamed(media []string) *huma.Response {
	content := map[string]*huma.MediaType{}
	for _, name := range media {
		content[name] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
	}
	return &huma.Response{Description: nethttp.StatusText(nethttp.StatusOK), Content: content}
}

func usualFailures(who access) []int {
	failures := []int{400, 413, 415, 422, 429, 500, 503}
	if who == accessAccount {
		failures = append(failures, 401, 403)
	}
	if who == accessVisitor {
		failures = append(failures, 403, 404)
	}
	return failures
}

func problemResponses(api huma.API, statuses []int) map[string]*huma.Response {
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, problemType)
	responses := map[string]*huma.Response{}
	for _, status := range statuses {
		responses[statusKey(status)] = &huma.Response{
			Description: nethttp.StatusText(status),
			Content:     map[string]*huma.MediaType{problemJSON: {Schema: schema}},
		}
	}
	return responses
}
