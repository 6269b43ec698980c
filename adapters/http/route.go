package http

import (
	"context"
	nethttp "net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

const base = "/api/v1"

// table is the route table of a resource. Each row is a call of service, open, visiting or secured, which
// determines who may call the route. A handler that takes a Caller does not compile in an open row.
type table struct {
	server *Server
	tag    string // the group of its operations in the OpenAPI document
	root   bool   // its paths are not below the base
}

// route is a row of a table. The file operations/*.md of the tag has its summary, description and examples.
type route struct {
	method, path, tag string // set by the table
	id                string
	needs             proof.Needs  // what its use case requires of the caller; set by the table
	status            int          // of success; 0: 200, or 204 where the response has no body
	fails             []int        // statuses of its problem documents, besides those that the table knows
	multi             bool         // exists in multi mode only
	passkeys          bool         // of passkeys, which some deployments do not have
	body              bodyKind     // of the request; zero: JSON
	media             []string     // of a streamed response
	answer            reflect.Type // of a streamed response that is JSON
	sameBody          []int        // statuses whose body is that of 200
	form              reflect.Type // of the body, if that is a form of OAuth 2.0
	refuses           []string     // errors of OAuth 2.0, besides those of every such route
}

// row returns the route at a method and a path, such as "GET /members/{id}".
func (t table) row(at string, r route) route {
	method, path, _ := strings.Cut(at, " ")
	r.method, r.path, r.tag = method, base+path, t.tag
	if t.root {
		r.path = path
	}
	if strings.Contains(path, "{id}") || r.multi {
		r.fails = append(r.fails, nethttp.StatusNotFound)
	}
	if r.body.streamed {
		r.fails = append(r.fails, nethttp.StatusInsufficientStorage)
	}
	return r
}

// access is who may call a route. The OpenAPI document shows it as x-access.
type access string

const (
	accessOpen    access = "open"    // anyone
	accessVisitor access = "visitor" // anyone, at a known org
	accessAccount access = "account" // a live session, or an API key
	accessClient  access = "client"  // a service account with an API key, as a client of OAuth 2.0
)

// nothing is a request without input, or a response without a body.
type nothing struct{}

// service adds a route that concerns no org. It ignores the name of an org, even of an unknown one.
func service[O any](t table, at string, r route, handle func(context.Context) (*O, error)) {
	admit := func(huma.Context) error { return nil }
	mount(t.server, t.row(at, r), accessOpen, admit, func(ctx context.Context, _ *nothing) (*O, error) { return handle(ctx) })
}

// open adds a route that anyone may call. Its body has a token that identifies the org, so the request
// need not name the org; naming another one is refused.
func open[I, O any](t table, at string, r route, handle func(context.Context, domain.Visitor, *I) (*O, error)) {
	mount(t.server, t.row(at, r), accessOpen, t.server.admission.hintOrg, withVisitor(handle))
}

// visiting adds a route that anyone may call. The request must name an active org.
func visiting[I, O any](t table, at string, r route, handle func(context.Context, domain.Visitor, *I) (*O, error)) {
	mount(t.server, t.row(at, r), accessVisitor, t.server.admission.demandOrg, withVisitor(handle))
}

// secured adds a route for callers: a live session, or an API key, that has what the use case needs. The use case checks
// its needs itself; the route refuses a request early, before its body is read.
func secured[I, O any](
	t table, at string, needs proof.Needs, r route, handle func(context.Context, domain.Caller, *I) (*O, error),
) {
	r = t.row(at, r)
	r.needs = needs
	if _, conditional := reflect.TypeFor[I]().FieldByName("IfMatch"); conditional {
		r.fails = append(r.fails, nethttp.StatusPreconditionFailed)
	}
	admit := func(ctx huma.Context) error { return t.server.admission.admitCaller(ctx, r) }
	mount(t.server, r, accessAccount, admit, func(ctx context.Context, in *I) (*O, error) {
		return handle(ctx, requestOf(ctx).caller, in)
	})
}

func withVisitor[I, O any](
	handle func(context.Context, domain.Visitor, *I) (*O, error),
) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		r := requestOf(ctx)
		return handle(ctx, domain.Visitor{Origin: r.origin, Org: r.org}, in)
	}
}

// mount registers the route with Huma. admit runs before the body is read.
func mount[I, O any](s *Server, r route, who access, admit func(huma.Context) error, handle func(context.Context, *I) (*O, error)) {
	described := s.describe(r, who, reflect.TypeFor[I]())
	if r.body.media != "" {
		s.bodies[r.method+" "+r.path] = r.body
	}
	parameters := queryParameters(reflect.TypeFor[I]())
	described.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		under := requestOf(ctx.Context())
		under.route, under.parameters = r.path, parameters
		err := admit(ctx)
		if err == nil && r.passkeys && len(s.PasskeyOrigins) == 0 {
			err = domain.ErrNoPasskeys
		}
		if err != nil {
			writeFailure(s.api, ctx, failureOf(ctx.Context(), err))
			return
		}
		next(ctx)
	}}
	texts := textFields(reflect.TypeFor[I]())
	huma.Register(s.api, described, func(ctx context.Context, in *I) (*O, error) {
		composeText(in, texts)
		out, err := handle(ctx, in)
		if err != nil {
			return nil, failureOf(ctx, err)
		}
		return out, nil
	})
	s.completeDescription(r)
}

func writeFailure(api huma.API, ctx huma.Context, f failure) {
	for name, values := range f.GetHeaders() {
		ctx.SetHeader(name, strings.Join(values, ", "))
	}
	ctx.SetHeader("Content-Type", f.ContentType(""))
	ctx.SetStatus(f.GetStatus())
	_ = api.Marshal(ctx.BodyWriter(), "application/json", f)
}
