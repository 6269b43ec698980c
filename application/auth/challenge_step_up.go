package auth

import (
	"context"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// ChallengeStepUp asks for a second factor before a step-up, when the client needs more than the
// action to answer it.
type ChallengeStepUp struct {
	proof.Guard
	Factors proof.Factors
}

// ChallengeStepUpInput names the action and the kind of factor.
type ChallengeStepUpInput struct {
	Action domain.Action
	Kind   domain.FactorKind
}

// Execute returns what the client needs. The answer is good for this action of this session only.
func (uc ChallengeStepUp) Execute(ctx context.Context, caller domain.Caller, in ChallengeStepUpInput) (port.Prompt, error) {
	if err := mayStepUp(caller, in.Action); err != nil {
		return nil, err
	}
	holder := stepUpHolder(caller, in.Action)
	err := uc.Read(ctx, caller, proof.OwnAccount, func(tx proof.Unit) (err error) {
		holder.Now = tx.Now
		holder.Held, err = tx.Authenticators().Of(ctx, caller.User.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return uc.Factors.Challenge(ctx, in.Kind, holder)
}
