package proof

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// under runs act when the policy lets the caller do the action: see Allow.
func (g Guard) under(ctx context.Context, policy domain.Policy, caller domain.Caller, action domain.Action, act func() error) error {
	facts := caller.ActionFacts(action)
	why := domain.ActionDecision(caller.Principal, policy, facts)
	switch domain.DecideAction(policy, action, facts).Outcome {
	case domain.ActionAllowed:
		return act()
	case domain.ActionStepUp:
		if caller.StepUp.IsZero() {
			return stepUpRequired(caller).For(action).Because(why)
		}
		return g.spend(ctx, policy, caller, action, act)
	case domain.ActionEnrollFirst:
		return EnrollFirst(caller).For(action).Because(why)
	case domain.ActionPersonOnly:
		return domain.ErrPersonStepUp.For(action).Because(why)
	default:
		return domain.ErrPermissionDenied.Because(why)
	}
}

// EnrollFirst returns the error for a caller without the second factor, or the passkey, that a step-up requires.
func EnrollFirst(caller domain.Caller) *domain.Error {
	if caller.WantsPasskey() {
		return domain.ErrEnrollPasskey
	}
	return domain.ErrEnrollFirst
}

// stepUpRequired returns the error for a caller who has to step up first.
func stepUpRequired(caller domain.Caller) *domain.Error {
	if caller.WantsPasskey() {
		return domain.ErrPasskeyStepUp
	}
	return domain.ErrStepUpRequired
}

// spend uses the presented token up for act. policy requires a step-up for the action.
func (g Guard) spend(ctx context.Context, policy domain.Policy, caller domain.Caller, action domain.Action, act func() error) error {
	token, stepUp, err := g.take(ctx, policy, caller, action)
	if errors.Is(err, domain.ErrStepUpGone) {
		return g.refuse(ctx, policy, caller, action)
	}
	if err != nil {
		return err
	}
	err = act()
	if domain.ChangedNothing(err) {
		GiveBack(ctx, g.StepUps, token, stepUp, stepUp.ExpiresAt.Sub(g.Clock()))
	}
	return err
}

// take removes the token if it is valid for this caller and action. Otherwise it leaves the token as
// it is and returns ErrStepUpGone, or ErrPasskeyStepUp if the policy requires a passkey that the
// step-up was not proven with.
func (g Guard) take(
	ctx context.Context, policy domain.Policy, caller domain.Caller, action domain.Action,
) (domain.OpaqueToken, domain.StepUp, error) {
	token, err := g.Tokens.Parse(caller.StepUp)
	if err != nil {
		return token, domain.StepUp{}, domain.ErrStepUpGone
	}
	stepUp, err := g.StepUps.Get(ctx, token.Org, token.Hash)
	if err == nil && !stepUp.Admits(caller.AtHome(), action, g.Clock()) {
		err = domain.ErrStepUpGone
	}
	if err != nil {
		return token, stepUp, err
	}
	facts := caller.ActionFacts(action)
	facts.StepUpFresh, facts.StepUpPasskey = true, stepUp.AMR == domain.AMRPossession
	if domain.DecideAction(policy, action, facts).Outcome != domain.ActionAllowed {
		return token, stepUp, domain.ErrPasskeyStepUp.For(action).Because(domain.ActionDecision(caller.Principal, policy, facts))
	}
	stepUp, err = g.StepUps.Take(ctx, token.Org, token.Hash)
	return token, stepUp, err
}

// giveBackWithin bounds how long a refused request waits for its token to be stored again.
const giveBackWithin = 2 * time.Second

// GiveBack stores a token again that a refused request had taken, even when the client has disconnected. left is how
// long it still is valid. Errors are ignored: the client then needs another token.
func GiveBack[V port.OneTimeValue](
	ctx context.Context, values port.OneTimeTokens[V], token domain.OpaqueToken, value V, left time.Duration,
) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackWithin)
	defer cancel()
	_ = values.Put(ctx, token.Org, token.Hash, value, left) // stores nothing once the token has expired
}

// refuse counts a bad token against the network of its sender and records it.
func (g Guard) refuse(ctx context.Context, policy domain.Policy, caller domain.Caller, action domain.Action) error {
	why := domain.ActionDecision(caller.Principal, policy, caller.ActionFacts(action))
	const reason = "step-up token used, expired or for something else"
	details := domain.Details{"reason": reason, "action": string(action)}
	event := caller.Actor(caller.Org.ID).Failed(domain.EventStepUpRefused, domain.OnSession(caller.Session.ID), details).
		Stamp(g.NewID(), g.Clock())
	return g.Wrong.RefuseAndRecord(ctx, g.Store, caller.Org.ID, WrongToken{
		Kind: StepUpToken, Refusal: domain.ErrStepUpGone.For(action).Because(why), Event: event,
	})
}
