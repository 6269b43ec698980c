package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// StartEnrollment begins to enrol a second factor for an account that must have one to sign in.
type StartEnrollment struct{ Flow Flow }

// StartEnrollmentInput names the kind of factor.
type StartEnrollmentInput struct {
	ChallengeToken domain.Secret
	Kind           domain.FactorKind
}

// Execute returns what the client needs to answer the new factor: an authenticator app within ten minutes, a
// passkey within five. Repeated calls in one sign-in go on with the same enrolment of an authenticator app, but
// begin another one of a passkey. Another sign-in begins its own.
func (uc StartEnrollment) Execute(ctx context.Context, visitor domain.Visitor, in StartEnrollmentInput) (port.Prompt, error) {
	s, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInEnrollmentRequired)
	if err != nil {
		return nil, err
	}
	err = uc.Flow.Store.ReadOrg(ctx, s.token.Org, func(tx port.OrgTx) error { return uc.Flow.load(ctx, tx, s) })
	if err != nil {
		return nil, err
	}
	if err := proof.MayEnroll(in.Kind, s.wantsPasskey()); err != nil {
		return nil, err
	}
	s.now, s.proven = uc.Flow.Clock(), s.challenge.Proven
	s.enrolled = domain.Details{"kind": string(in.Kind)}
	return uc.Flow.Factors.Begin(ctx, in.Kind, s.holder(), func(tx port.OrgTx) error {
		return uc.Flow.record(ctx, tx, s, domain.EventMFAEnrollmentBegun)
	})
}
