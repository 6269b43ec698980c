package page

import (
	"context"
	"io"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/adapters/web/assets"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Host is the HTTP server that the pages are part of.
type Host struct {
	Origin    func(context.Context) domain.Origin
	Note      func(ctx context.Context, route string, caller domain.Caller) // for the log
	NoteOrg   func(context.Context, domain.OrgID)                           // for the log
	Fault     func(context.Context, error)                                  // logs the cause of a failure that the page does not show
	Seal      func(context.Context, domain.Decision) domain.DecisionID
	OrgOfHost func(host string) string                        // the slug that a host names; empty: none
	Browser   func(userAgent string) (browser, system string) // empty: unknown
	SendFile  func(*fiber.Ctx, domain.File, io.ReadCloser)
	Exports   Exports
}

// Options is what the pages need besides their use cases.
type Options struct {
	Host
	PublicURL   string       // the URL at which browsers reach the service; empty: unknown
	MultiTenant bool         // the visitor chooses an org
	DefaultOrg  domain.OrgID // of every visitor unless MultiTenant
	Passkeys    bool         // the deployment can use passkeys
	Mail        bool         // the deployment sends email
	Secure      bool         // browsers reach the service over https, so that cookies are Secure
	Limits      domain.ServerLimits
	MaxUpload   int64 // bytes of a file
	Cursors     Cursors
	Clock       port.Clock
}

// Site is what all pages share.
type Site struct {
	Options
	Auth    auth.UseCases
	Files   files.UseCases
	assets  assets.Files
	console []Link
}

// New returns the site.
func New(sessions auth.UseCases, stored files.UseCases, options Options) *Site {
	return &Site{Options: options, Auth: sessions, Files: stored, assets: assets.Load()}
}

// Mount adds the routes that belong to no area: the assets and what every signed-in page uses.
func (s *Site) Mount(t *Table) {
	t.router.Get("/assets/:file", s.assets.Serve)
	t.router.Get("/favicon.ico", func(c *fiber.Ctx) error { return c.Redirect(s.assets.Path("icon.svg"), fiber.StatusFound) })
	t.Open("GET /", s.home)
	t.Open("GET /logo", s.logo)
	t.Open("POST /language", s.chooseLanguage)
	t.Signed("POST /sign-out", ownAccount, s.signOut)
	t.Signed("POST /step-up/options", ownAccount, s.stepUpOptions)
}

// home leads to the account of a signed-in person and to the sign-in of anyone else.
func (s *Site) home(r *Request) error {
	if r.SignedIn() {
		return r.Redirect("/account")
	}
	return r.Redirect("/sign-in")
}
