package auth

import (
	"cmp"
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// noteUnreadable audits a sign-in that was refused because the account's authenticator
// cannot be read: nobody guessed wrong, but someone has to hear of it. Any other err, and
// this one once it is audited, comes back as it is.
func (f Flow) noteUnreadable(ctx context.Context, a account, s *step, err error) error {
	if !errors.Is(err, domain.ErrSecretUnreadable) {
		return err
	}
	audited := f.Store.InOrg(ctx, a.org.ID, func(tx port.OrgTx) error {
		return tx.Audit().Append(ctx, refusal(domain.EventSignInRefused, f.NewID, s.now, s.visitor.Origin, a.user.ID, "authenticator unreadable"))
	})
	return cmp.Or(audited, err)
}
