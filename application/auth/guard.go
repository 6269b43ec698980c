package auth

import (
	"cmp"
	"context"
	"errors"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// Guard stands before every action of the catalogue and asks the policy about it.
type Guard struct {
	Store   port.Store
	StepUps port.StepUps
	Tokens  port.OpaqueTokens
	Wrong   proof.WrongTokens
	Clock   port.Clock
	NewID   port.NewID
	Limits  domain.ServerLimits
}

// Execute lets the caller act, or says what is owed first. The token, where one is needed,
// is used up here: of parallel uses one goes on. A token of another session, action or
// account is refused, counted against its sender's network, audited, and stays as it is.
func (uc Guard) Execute(ctx context.Context, caller domain.Caller, action domain.Action, presented domain.Secret) error {
	facts := domain.ActionFacts{Action: action, Permitted: true, Enrolled: caller.Authenticator.Enrolled()}
	policy := caller.Settings.Policy(uc.Limits)
	why := domain.ActionDecision(caller.Principal, policy, facts)
	switch domain.DecideAction(policy, action, facts).Outcome {
	case domain.ActionAllowed:
		return nil
	case domain.ActionStepUp:
		if presented.IsZero() {
			return domain.ErrStepUpRequired.For(action).Because(why)
		}
		return uc.take(ctx, caller, action, presented, why)
	case domain.ActionEnrollFirst:
		return domain.ErrEnrollFirst.For(action).Because(why)
	default:
		return domain.ErrPermissionDenied.Because(why)
	}
}

// take uses the token up; with it, nothing more is owed.
func (uc Guard) take(ctx context.Context, caller domain.Caller, action domain.Action, presented domain.Secret, why domain.Decision) error {
	token, err := uc.Tokens.Parse(presented)
	if err != nil {
		return uc.refuse(ctx, caller, action, why)
	}
	stepUp, err := uc.StepUps.Get(ctx, token.Org, token.Hash)
	switch {
	case errors.Is(err, domain.ErrStepUpGone):
		return uc.refuse(ctx, caller, action, why)
	case err != nil:
		return err
	case !stepUp.Admits(caller.AtHome(), action, uc.Clock()):
		return uc.refuse(ctx, caller, action, why)
	}
	if _, err = uc.StepUps.Take(ctx, token.Org, token.Hash); errors.Is(err, domain.ErrStepUpGone) {
		return uc.refuse(ctx, caller, action, why)
	}
	return err
}

// refuse counts the token before it writes the event; over the limit there is none.
func (uc Guard) refuse(ctx context.Context, caller domain.Caller, action domain.Action, why domain.Decision) error {
	refusal := uc.Wrong.Refuse(ctx, caller.Origin, proof.StepUpToken, domain.ErrStepUpGone.For(action).Because(why))
	if errors.Is(refusal, domain.ErrRateLimited) {
		return refusal
	}
	event := proof.Refusal(domain.EventStepUpRefused, uc.NewID, uc.Clock(), caller.Origin, caller.User.ID, "step-up token used, expired or for something else")
	event.ResourceType, event.ResourceID, event.Details["action"] = "session", string(caller.Session.ID), string(action)
	err := uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error { return tx.Audit().Append(ctx, event) })
	return cmp.Or(err, refusal)
}
