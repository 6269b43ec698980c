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
			if err = errors.Join(err, uc.count(ctx, org.ID)); ctx.Err() != nil {
				return err
			}
		}
		after = orgs[len(orgs)-1].ID
	}
}

// count counts the passwords of an org in which some were counted before. Others have no imported hashes.
func (uc CountPasswords) count(ctx context.Context, org domain.OrgID) error {
	var counted domain.PasswordKinds
	err := uc.Store.ReadOrg(ctx, org, func(tx port.OrgTx) (err error) {
		_, counted, err = tx.Users().ForSignIn(ctx, "")
		return err
	})
	if err != nil || len(counted.Kinds) == 0 {
		return err
	}
	return uc.Store.InOrg(ctx, org, func(tx port.OrgTx) error { return tx.Users().CountPasswords(ctx) })
}
