package account

import (
	"github.com/sole-platform/sole/adapters/web/page"
	accounts "github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/proof"
)

// Pages are the pages of the own account.
type Pages struct {
	Account accounts.UseCases
	MFA     mfa.UseCases
	Auth    auth.UseCases
	Files   files.UseCases
}

// Mount adds their routes.
func (p Pages) Mount(t *page.Table) {
	t.Signed("GET /account", proof.OwnAccount, p.profile)
	t.Signed("GET /account/picture", proof.OwnAccount, p.picture)
}

func (p Pages) profile(r *page.Request) error { return r.Show(200, profile(r.Caller.User)) }
