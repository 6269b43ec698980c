package http

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/cors"
	"github.com/valyala/fasthttp"

	"github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/domain"
)

// UseCases is everything the API can be asked to do.
type UseCases struct {
	ResolveOrg          auth.ResolveOrg
	Login               auth.Login
	CompleteMFA         auth.CompleteMFA
	StartEnrollment     auth.StartEnrollment
	ConfirmEnrollment   auth.ConfirmEnrollment
	ChangePassword      auth.ChangePassword
	PasswordStrength    auth.PasswordStrength
	Refresh             auth.Refresh
	Logout              auth.Logout
	LogoutAll           auth.LogoutAll
	Authenticate        auth.Authenticate
	Permit              auth.Permit
	Explain             authz.Explain
	Foresee             authz.Foresee
	ForgotPassword      auth.ForgotPassword
	DiscoverOrgs        auth.DiscoverOrgs
	ResetPassword       auth.ResetPassword
	StepUp              auth.StepUp
	ChangeOwnPassword   auth.ChangeOwnPassword
	ExportAccount       account.Export
	ListSessions        account.ListSessions
	RevokeSession       account.RevokeSession
	UpdateProfile       account.UpdateProfile
	ChangeEmail         account.ChangeEmail
	ConfirmEmail        account.ConfirmEmail
	ListDevices         account.ListDevices
	RenameDevice        account.RenameDevice
	ForgetDevice        account.ForgetDevice
	ForgetDevices       account.ForgetDevices
	MFAState            mfa.State
	BeginMFA            mfa.Begin
	ConfirmMFA          mfa.Confirm
	DisableMFA          mfa.Disable
	NewRecoveryCodes    mfa.RegenerateRecoveryCodes
	UpdateSettings      orgs.UpdateSettings
	PreviewSettings     orgs.PreviewSettings
	ListMembers         members.List
	GetMember           members.Get
	CreateMember        members.Create
	UpdateMember        members.Update
	ExportMembers       members.Export
	OrderImport         members.OrderImport
	GetImport           members.GetImport
	ListImportRows      members.ListImportRows
	RemoveMember        members.Remove
	AssignRoles         members.AssignRoles
	InviteMember        members.Invite
	UninviteMember      members.Uninvite
	ListRoles           roles.List
	GetRole             roles.Get
	CreateRole          roles.Create
	UpdateRole          roles.Update
	RemoveRole          roles.Remove
	ResetMemberMFA      members.ResetMFA
	ResetMemberPassword members.ResetPassword
	SuspendMember       members.Suspend
	ActivateMember      members.Activate
	SignOutMember       members.SignOut
	UpdateOrg           orgs.Update
	ListOrgs            platform.ListOrgs
	GetOrg              platform.GetOrg
	CreateOrg           platform.CreateOrg
	ChangeStanding      platform.ChangeStanding
	ListEvents          audit.List
	ExportEvents        audit.Export
	StoreFile           files.Store
	GetFile             files.Get
	ListFiles           files.List
	RemoveFile          files.Remove
	SetPicture          files.SetPicture
	GetPicture          files.GetPicture
	RemovePicture       files.RemovePicture
}

// Options is what the API needs besides its use cases.
type Options struct {
	Version         string
	PublicURL       string // the URL at which clients reach the service; empty: unknown
	MultiTenant     bool
	DefaultOrg      domain.OrgID // the org of every request when not MultiTenant
	TenantDomain    string       // slug.<TenantDomain> names an org; empty turns that off
	ProxiesCount    int
	TrustedProxies  []*net.IPNet
	AllowedOrigins  []string
	EnableHSTS      bool
	Limits          domain.ServerLimits
	RequestsPerAddr port.Rate // Max 0 turns the limit off
	RequestTimeout  time.Duration
	BodyLimit       int
	UploadLimit     int // bytes of a file
	Limiter         port.Limiter
	NewID           port.NewID
	Clock           port.Clock
	JWKS            func() []byte
	Checks          []Check
	CursorKey       CursorKey
	Decisions       port.Decisions
	Logger          *slog.Logger
	Patience        Patience // zero: the usual
	MaxConnections  int      // at once; 0: as many as usual
	MaxRequests     int      // in flight at once; 0: any number
	Observe         Observe  // nil: nobody does
}

// readLimit is how much of a body that is too large is read and forgotten, in bytes, so that
// a client with a somewhat larger body gets to read why it is refused.
const readLimit = 4 << 20

// Patience is how long the server waits for a client.
type Patience struct {
	Read  time.Duration // for a request, from its first byte to its last
	Write time.Duration // for an answer, or a page of an export, to be taken
	Idle  time.Duration // for the next request on a connection
}

// patience is the usual. Read lies below the shutdown grace, so that a stuck client does not hold it up.
var patience = Patience{Read: 10 * time.Second, Write: 30 * time.Second, Idle: 75 * time.Second}

// Server answers HTTP.
type Server struct {
	Options
	uc             UseCases
	app            *fiber.App
	api            huma.API
	cursors        cursors
	bodies         map[string]bodyKind // by method and path, where it is not JSON
	load           load
	gate           *gate
	refusedOrigins originLog
	streams        sync.WaitGroup // responses to HTTP/1.0 clients that are still being sent

	mu        sync.Mutex
	listeners []net.Listener
	stopped   bool
}

// New wires the routes; nothing listens yet.
func New(uc UseCases, options Options) *Server {
	options.Patience = cmp.Or(options.Patience, patience)
	s := &Server{Options: options, uc: uc, cursors: newCursors(options.CursorKey), bodies: map[string]bodyKind{}, gate: newGate(cmp.Or(options.MaxConnections, maxConnections))}
	s.app = fiber.New(fiber.Config{
		Immutable:             true, // a kept header must not change under the next request
		CaseSensitive:         true,
		StrictRouting:         true,
		DisableStartupMessage: true,
		BodyLimit:             readLimit,

		StreamRequestBody:            true, // readBody takes it in
		DisablePreParseMultipartForm: true, // guardBody refuses it in our own words
		ReadTimeout:                  options.Patience.Read,
		WriteTimeout:                 options.Patience.Write,
		IdleTimeout:                  options.Patience.Idle,
		ReadBufferSize:               16 << 10,
		ErrorHandler:                 s.fiberError,
	})
	s.app.Use(s.begin, s.recovered, s.wellFormed)
	s.app.Use(s.logRefusedOrigin)
	if len(options.AllowedOrigins) > 0 {
		s.app.Use(cors.New(corsConfig(options.AllowedOrigins)))
	}
	s.app.Use(s.readBody, s.shed, s.bound, s.limitRequests)
	s.api = newAPI(s.app, options)
	s.routes()
	allowNull(s.api.OpenAPI().Components.Schemas)
	s.staticRoutes()
	s.linkRoutes()
	s.app.Server().Handler = s.normaliseMethods(s.app.Handler())
	return s
}

// Serve answers on listener until Shutdown, which may come first.
func (s *Server) Serve(listener net.Listener) error {
	s.mu.Lock()
	s.listeners = append(s.listeners, listener)
	stopped := s.stopped
	s.mu.Unlock()
	if stopped {
		return listener.Close()
	}
	if err := s.app.Listener(s.gate.guard(listener)); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// Shutdown stops accepting and waits for what is in flight, at most until ctx ends. Fiber
// overlooks a listener that it is only about to serve, so each is closed here as well.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	listeners := s.listeners
	s.mu.Unlock()
	err := errors.Join(s.app.ShutdownWithContext(ctx), s.drain(ctx))
	for _, listener := range listeners {
		_ = listener.Close() // most are closed already
	}
	return err
}

// drain waits until the streams of closeDelimited, which fasthttp does not count, have ended or ctx ends.
func (s *Server) drain(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.streams.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// OpenAPI is the API's own description.
func (s *Server) OpenAPI() *huma.OpenAPI { return s.api.OpenAPI() }

// normaliseMethods answers HEAD as GET without its body (RFC 9110 §9.3.2), and methods
// that HTTP does not know as our own 405; Fiber would do so in plain text.
func (s *Server) normaliseMethods(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(ctx *fasthttp.RequestCtx) {
		switch string(ctx.Method()) {
		case "HEAD":
			ctx.Request.Header.SetMethod("GET")
			ctx.Response.SkipBody = true
		case "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT":
		default:
			ctx.Request.Header.SetMethod("TRACE") // declared nowhere
		}
		next(ctx)
		s.closeDelimited(ctx)
	}
}
