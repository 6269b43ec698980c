package console

import (
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/authz"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/application/orgs"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/application/roles"
	"github.com/sole-platform/sole/application/serviceaccounts"
	"github.com/sole-platform/sole/application/webhooks"
	"github.com/sole-platform/sole/domain"
)

// Pages are the pages of the console.
type Pages struct {
	Members         members.UseCases
	Roles           roles.UseCases
	ServiceAccounts serviceaccounts.UseCases
	Webhooks        webhooks.UseCases
	Orgs            orgs.UseCases
	Audit           audit.UseCases
	Authz           authz.UseCases
	Files           files.UseCases
	Platform        platform.UseCases
}

// section is a group of pages. The zero link is not shown in the navigation.
type section struct {
	link  page.Link
	mount func(*page.Table)
}

// sections are the sections in the order of the navigation.
func (p Pages) sections() []section {
	return []section{
		{link: membersLink, mount: p.mountMembers},
		{link: rolesLink, mount: p.mountRoles},
		{link: serviceAccountsLink, mount: p.mountServiceAccounts},
		{link: webhooksLink, mount: p.mountWebhooks},
		{link: settingsLink, mount: p.mountSettings},
		{link: ownOrgLink, mount: p.mountOwnOrg},
		{link: auditLink, mount: p.mountAudit},
		{link: explainLink, mount: p.mountExplain},
		{link: sealsLink, mount: p.mountSeals},
		{link: filesLink, mount: p.mountFiles},
		{link: orgsLink, mount: p.mountOrgs},
	}
}

// Mount adds the routes of all sections and their links.
func (p Pages) Mount(t *page.Table) {
	t.Signed("GET /console", proof.SignedIn, p.first)
	var links []page.Link
	for _, section := range p.sections() {
		section.mount(t)
		if section.link.Path != "" {
			links = append(links, section.link)
		}
	}
	t.Console(links)
}

// first leads to the first section that the caller may open.
func (p Pages) first(r *page.Request) error {
	sections := r.ConsoleLinks()
	if len(sections) == 0 {
		return domain.ErrPermissionDenied
	}
	return r.Redirect(sections[0].Path)
}
