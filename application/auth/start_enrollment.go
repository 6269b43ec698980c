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

// Execute returns a new secret each time; the newest one waits ten minutes for its first code.
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
	enrollment, err := uc.Enrollment.Begin(known.org, known.user, &known.authenticator, now)
	if err != nil {
		return port.Enrollment{}, err
	}
	err = uc.Flow.Store.InOrg(ctx, token.Org, func(tx port.OrgTx) error {
		if err := tx.Authenticators().SavePending(ctx, known.authenticator); err != nil {
			return err
		}
		s := &step{account: known, visitor: visitor, now: now, proven: challenge.Proven}
		return uc.Flow.record(ctx, tx, s, domain.EventMFAEnrollmentBegun)
	})
	return enrollment, err
}
