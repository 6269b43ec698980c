package signin

import (
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/domain"
)

// askAddress asks for the address to which a list of orgs is sent.
func (p Pages) askAddress(r *page.Request) error {
	if !r.Site().MultiTenant {
		return domain.ErrNotFound
	}
	return r.Show(200, discovery(nil))
}

// discoverOrgs answers the same whether or not an account has the address.
func (p Pages) discoverOrgs(r *page.Request) error {
	if !r.Site().MultiTenant {
		return domain.ErrNotFound
	}
	if err := p.Auth.DiscoverOrgs.Execute(r.Context(), r.Visitor, r.Field("email")); err != nil {
		shown := r.Errors(err)
		return r.Show(shown.Status(), discovery(shown))
	}
	return r.Show(200, emailSent("signin.discovery_sent"))
}
