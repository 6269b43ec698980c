package members

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// CountPasswords counts how the passwords of every org are hashed, by which a sign-in with an unknown address takes as long as
// one of a member.
type CountPasswords struct{ Store port.Store }

// Execute continues with the other orgs when one fails, and returns the error at the end.
func (uc CountPasswords) Execute(ctx context.Context) (err error) {
	for after := domain.OrgID(""); ; {
		orgs, failure := uc.Store.Platform().ListOrgs(ctx, domain.OrgFilter{}, after, orgsAtOnce)
		if failure != nil || len(orgs) == 0 {
			return errors.Join(err, failure)
		}
		for _, org := range orgs {
			failure := uc.Store.InOrg(ctx, org.ID, func(tx port.OrgTx) error { return tx.Users().CountPasswords(ctx) })
			if err = errors.Join(err, failure); ctx.Err() != nil {
				return err
			}
		}
		after = orgs[len(orgs)-1].ID
	}
}
