package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/adapters/web/account"
	"github.com/sole-platform/sole/adapters/web/console"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/adapters/web/signin"
	accounts "github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/application/webhooks"
)

// UseCases is everything that the pages can do, by capability.
type UseCases struct {
	Account         accounts.UseCases
	Audit           audit.UseCases
	Auth            auth.UseCases
	Authz           authz.UseCases
	Files           files.UseCases
	Members         members.UseCases
	MFA             mfa.UseCases
	Orgs            orgs.UseCases
	Platform        platform.UseCases
	Roles           roles.UseCases
	ServiceAccounts serviceaccounts.UseCases
	Webhooks        webhooks.UseCases
}

// Pages are all pages.
type Pages struct {
	site *page.Site
	uc   UseCases
}

// New returns the pages of the use cases.
func New(uc UseCases, options page.Options) *Pages {
	return &Pages{site: page.New(uc.Auth, uc.Files, options), uc: uc}
}

// Mount adds the routes of all pages.
func (p *Pages) Mount(routes fiber.Router) {
	t := page.NewTable(p.site, routes)
	p.site.Mount(t)
	signin.Pages{Auth: p.uc.Auth, Account: p.uc.Account, Platform: p.uc.Platform}.Mount(t)
	account.Pages{Account: p.uc.Account, MFA: p.uc.MFA, Auth: p.uc.Auth, Files: p.uc.Files}.Mount(t)
	console.Pages{
		Members: p.uc.Members, Roles: p.uc.Roles, Orgs: p.uc.Orgs, Audit: p.uc.Audit, Authz: p.uc.Authz,
		Files: p.uc.Files, Platform: p.uc.Platform, ServiceAccounts: p.uc.ServiceAccounts, Webhooks: p.uc.Webhooks,
	}.Mount(t)
}

// Fail answers the request of a browser that no page has answered.
func (p *Pages) Fail(c *fiber.Ctx, failure error) error { return p.site.Fail(c, failure) }
