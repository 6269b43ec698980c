package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// ChallengeFactor asks for a second factor during sign-in, when the client needs more than the
// challenge token to answer it.
type ChallengeFactor struct{ Flow Flow }

// ChallengeFactorInput names the kind of factor.
type ChallengeFactorInput struct {
	ChallengeToken domain.Secret
	Kind           domain.FactorKind
}

// Execute returns what the client needs. It uses nothing up: the sign-in can be asked again, and
// completed by another kind of factor.
func (uc ChallengeFactor) Execute(ctx context.Context, visitor domain.Visitor, in ChallengeFactorInput) (port.Prompt, error) {
	s, err := uc.Flow.resume(ctx, visitor, in.ChallengeToken, domain.SignInCodeRequired)
	if err != nil {
		return nil, err
	}
	s.now = uc.Flow.Clock()
	err = uc.Flow.Store.ReadOrg(ctx, s.token.Org, func(tx port.OrgTx) error { return uc.Flow.load(ctx, tx, s) })
	if err != nil {
		return nil, err
	}
	return uc.Flow.Factors.Challenge(ctx, in.Kind, s.holder())
}
