package bootstrap

import (
	"net/url"

	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/adapters/useragent"
	"github.com/sole-platform/sole/adapters/web"
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/domain"
)

// pages returns the pages of the service, or nil if PAGES is off.
func (app *App) pages(uc http.UseCases, cursorKey http.CursorKey) http.Pages {
	c := app.Config
	if !c.Pages {
		return nil
	}
	cursors := http.NewCursors(cursorKey)
	return web.New(forPages(uc), page.Options{
		Host: page.Host{
			Origin: http.OriginOf, Note: http.NotePage, NoteOrg: http.NoteOrg, Fault: http.NoteFault, Seal: http.SealDecision,
			OrgOfHost: func(host string) string { return http.SlugOfHost(host, c.TenantBaseDomain) },
			Browser:   useragent.Parse, SendFile: http.SendFile, Exports: http.NewPageExports(uc, app.clock),
		},
		PublicURL: c.PublicURL, MultiTenant: c.MultiTenant, DefaultOrg: c.DefaultOrgID, Passkeys: len(app.passkeyOrigins()) > 0,
		Mail: !c.sendsNoMail(), Secure: c.secureCookies(), Limits: c.Limits(), MaxUpload: int64(c.MaxUploadBytes), Clock: app.clock,
		Cursors: page.Cursors{
			Seal: func(list string, org domain.OrgID, filter, place any) (string, error) {
				return cursors.Seal(http.CursorScope{List: "page:" + list, Org: org, Filter: filter}, place)
			},
			Open: func(list string, org domain.OrgID, filter any, cursor string, place any) error {
				return cursors.Open(http.CursorScope{List: "page:" + list, Org: org, Filter: filter}, cursor, place)
			},
		},
	})
}

// forPages returns the use cases that have pages.
func forPages(uc http.UseCases) web.UseCases {
	return web.UseCases{
		Account: uc.Account, Audit: uc.Audit, Auth: uc.Auth, Authz: uc.Authz, Files: uc.Files, Members: uc.Members, MFA: uc.MFA,
		Orgs: uc.Orgs, Platform: uc.Platform, Roles: uc.Roles, ServiceAccounts: uc.ServiceAccounts, Webhooks: uc.Webhooks,
	}
}

// secureCookies reports whether browsers send cookies back over https only. Without https, only a loopback address is
// safe from eavesdroppers, and some browsers refuse Secure cookies there.
func (c Config) secureCookies() bool {
	public, err := url.Parse(c.PublicURL)
	return err != nil || public.Scheme != "http" || !isLoopback(public.Hostname())
}
