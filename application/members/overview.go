package members

import (
	"context"
	"errors"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// OverviewNeeds is what Overview requires of its caller.
var OverviewNeeds = proof.Needs{Permission: domain.PermMemberRead}

// Overview returns one account of the org with what an administrator needs to know before they act on it.
type Overview struct{ proof.Guard }

// OverviewResult is an account with its second factors.
type OverviewResult struct {
	Member    domain.Member
	Factors   domain.Factors
	Sessions  int  // that can still be used
	LastOwner bool // the account is an active owner, and no other owner can sign in
}

// Execute returns ErrNotFound for an account that the caller's org does not have.
func (uc Overview) Execute(ctx context.Context, caller domain.Caller, id domain.UserID) (found OverviewResult, err error) {
	err = uc.Read(ctx, caller, OverviewNeeds, func(tx proof.Unit) error {
		standing, err := tx.Users().Standing(ctx, id)
		if err != nil {
			return err
		}
		found = OverviewResult{
			Member:  domain.Member{User: standing.User, Roles: standing.Roles, EnrolledAt: standing.Factors.EnrolledAt()},
			Factors: standing.Factors,
		}
		sessions, err := tx.Sessions().Live(ctx, id, tx.Now)
		if err != nil {
			return err
		}
		idle := caller.Settings.IdleTimeout(uc.Limits)
		for _, session := range sessions {
			if tx.Now.Sub(session.LastSeenAt) < idle {
				found.Sessions++
			}
		}
		found.LastOwner, err = isLastOwner(ctx, tx, found.Member)
		return err
	})
	return found, err
}

func isLastOwner(ctx context.Context, tx proof.Unit, member domain.Member) (bool, error) {
	err := account{User: member.User, roles: member.Roles}.keepAnOwner(ctx, tx)
	if errors.Is(err, domain.ErrLastOwner) {
		return true, nil
	}
	return false, err
}
