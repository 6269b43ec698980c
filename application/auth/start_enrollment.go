package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// StartEnrollment makes a TOTP secret for an account that must enrol to sign in.
type StartEnrollment struct {
	Flow       Flow
	Enrollment proof.Enrollment
}

// Execute returns a secret that waits ten minutes for its first code. Repeated calls in one
// sign-in return the same secret; another sign-in gets a new one.
func (uc StartEnrollment) Execute(ctx context.Context, visitor domain.Visitor, challengeToken domain.Secret) (port.Enrollment, error) {
	token, challenge, err := uc.Flow.resume(ctx, visitor, challengeToken, domain.SignInEnrollmentRequired)
	if err != nil {
		return port.Enrollment{}, err
	}
	var known account
	err = uc.Flow.Store.ReadOrg(ctx, token.Org, func(tx port.OrgTx) (err error) {
		known, err = uc.Flow.challenged(ctx, tx, challenge)
		return err
	})
	if err != nil {
		return port.Enrollment{}, err
	}
	now := uc.Flow.Clock()
	start := proof.Start{Org: known.org, User: known.user, By: string(token.Hash), Now: now}
	return uc.Enrollment.Begin(ctx, uc.Flow.Store, start, func(tx port.OrgTx) error {
		s := &step{account: known, visitor: visitor, now: now, proven: challenge.Proven}
		return uc.Flow.record(ctx, tx, s, domain.EventMFAEnrollmentBegun)
	})
}
