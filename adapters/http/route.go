package http

import (
	"context"
	nethttp "net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/domain"
)

// route describes one operation; operations/*.md has its description. Whichever of open, visiting and
// secured mounts it decides its access: a handler that wants a Caller does not compile on an open route.
type route struct {
	method, path string
	id, summary  string
	tag          string
	status       int
	fails        []int             // statuses that its problem documents can have, besides the usual
	permission   domain.Permission // demanded of the caller; on a secured route empty means any account
	multi        bool              // there in multi mode only
	media        []string          // of a streamed response
	answer       reflect.Type      // of a streamed response that is JSON
	sameBody     []int             // statuses whose body is that of 200
	body         bodyKind          // zero: JSON
	action       domain.Action     // guarded by its use case, at least for some requests; used in the OpenAPI document only
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
	mount(s, r, accessAccount, admit, func(ctx context.Context, in *I) (*O, error) { return handle(ctx, requestOf(ctx).caller, in) })
}

func visitorHandler[I, O any](handle func(context.Context, domain.Visitor, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		r := requestOf(ctx)
		return handle(ctx, domain.Visitor{Origin: r.origin, Org: r.org}, in)
	}
}

// mount registers the route: admit runs before the body is looked at.
func mount[I, O any](s *Server, r route, who access, admit func(huma.Context) error, handle func(context.Context, *I) (*O, error)) {
	operation := s.describe(r, who, reflect.TypeFor[I]())
	if r.body.media != "" {
		operation.MaxBodyBytes = int64(r.body.limit)
		s.bodies[r.method+" "+r.path] = r.body
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
	item := s.api.OpenAPI().Paths[r.path]
	described := operationsOf(item)[r.method]
	if r.body.streamed { // only after huma.Register, which would otherwise read the body whole
		described.RequestBody = formBody(r.body)
	}
	for _, status := range r.sameBody {
		described.Responses[statusKey(status)] = &huma.Response{
			Description: nethttp.StatusText(status), Content: described.Responses["200"].Content,
		}
	}
	addExamples(described)
}

func operationsOf(item *huma.PathItem) map[string]*huma.Operation {
	return map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}
}

func writeProblem(api huma.API, ctx huma.Context, p *Problem) {
	for name, values := range p.headers {
		ctx.SetHeader(name, strings.Join(values, ", "))
	}
	ctx.SetHeader("Content-Type", problemJSON)
	ctx.SetStatus(p.Status)
	_ = api.Marshal(ctx.BodyWriter(), "application/json", p)
}
