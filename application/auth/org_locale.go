package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// OrgLocale returns the default locale of an org. Everybody may know it: the sign-in of the org is shown in it.
type OrgLocale struct{ Store port.Store }

// Execute returns a language tag.
func (uc OrgLocale) Execute(ctx context.Context, org domain.OrgID) (tag string, err error) {
	err = uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) error {
		settings, err := tx.Org().Settings(ctx)
		tag = settings.DefaultLocale
		return err
	})
	return tag, err
}
