package http

import (
	"cmp"
	"net"
	"sync"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/valyala/fasthttp"
)

// readLimit is how many bytes of a body that is too large are read and discarded, so that a client
// whose body is only somewhat too large can read the response.
const readLimit = 4 << 20

// Server serves the API over HTTP.
type Server struct {
	Options
	app            *fiber.App
	api            huma.API
	admission      admission
	bodies         map[string]bodyKind // by method and path, where it is not JSON
	load           load
	gate           *gate
	clients        clientCache // of introspection
	refusedOrigins originLog
	streams        sync.WaitGroup // responses to HTTP/1.0 clients that are still being sent

	mu        sync.Mutex
	listeners []net.Listener
	stopped   bool

	leaving atomic.Bool
}

// New mounts the routes. Call Serve to accept connections.
func New(uc UseCases, options Options) *Server {
	options.Patience = cmp.Or(options.Patience, defaultPatience)
	s := &Server{
		Options: options, bodies: map[string]bodyKind{}, gate: newGate(cmp.Or(options.MaxConnections, maxConnections)),
		clients: newClientCache(options.Clock),
		admission: admission{
			resolveOrg: uc.Auth.ResolveOrg, authenticate: uc.Auth.Authenticate,
			multiTenant: options.MultiTenant, defaultOrg: options.DefaultOrg, tenantDomain: options.TenantDomain,
		},
	}
	s.app = fiber.New(s.fiberConfig())
	s.app.Use(s.begin, s.recovered, s.wellFormed)
	s.app.Use(s.logRefusedOrigin)
	if len(options.AllowedOrigins) > 0 {
		s.app.Use(cors.New(corsConfig(options.AllowedOrigins)))
	}
	s.app.Use(s.readBody, s.shed, s.bound, s.limitRequests)
	s.api = newAPI(s.app, options)
	for _, resource := range s.resources(uc) {
		resource.mount(s)
	}
	allowNull(s.api.OpenAPI().Components.Schemas)
	s.staticRoutes()
	if options.Pages != nil {
		options.Pages.Mount(s.app)
	} else {
		s.linkRoutes()
	}
	s.app.Server().Handler = s.normaliseMethods(s.app.Handler())
	return s
}

func (s *Server) fiberConfig() fiber.Config {
	return fiber.Config{
		Immutable:             true, // a stored header must not change with the next request
		CaseSensitive:         true,
		StrictRouting:         true,
		DisableStartupMessage: true,
		BodyLimit:             readLimit,

		StreamRequestBody:            true, // readBody reads it
		DisablePreParseMultipartForm: true, // guardBody refuses it with a problem document
		ReadTimeout:                  s.Patience.Read,
		WriteTimeout:                 s.Patience.Write,
		IdleTimeout:                  s.Patience.Idle,
		ReadBufferSize:               16 << 10,
		ErrorHandler:                 s.fiberError,
	}
}

// OpenAPI returns the OpenAPI document of the API.
func (s *Server) OpenAPI() *huma.OpenAPI { return s.api.OpenAPI() }

// normaliseMethods answers HEAD like GET without the body (RFC 9110 §9.3.2). It replaces methods that HTTP
// does not define by one that has no routes, so that they get a problem document with 405; Fiber itself
// would answer in plain text.
func (s *Server) normaliseMethods(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		switch string(ctx.Method()) {
		case "HEAD":
			ctx.Request.Header.SetMethod("GET")
			ctx.Response.SkipBody = true
		case "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT":
		default:
			ctx.Request.Header.SetMethod("TRACE") // no route has it
		}
		next(ctx)
		s.closeDelimited(ctx)
	}
}
