package proof

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Guard asks for the step-up that an org, or the service itself, demands for an action. Every
// use case with such an effect runs it through Do, so that no way to reach it goes unguarded.
type Guard struct {
	Store   port.Store
	StepUps port.StepUps
	Tokens  port.OpaqueTokens
	Wrong   WrongTokens
	Clock   port.Clock
	NewID   port.NewID
	Limits  domain.ServerLimits
}

// Do runs act when the policy lets the caller do action, and returns its error. Otherwise it
// returns ErrStepUpRequired, ErrStepUpGone or ErrEnrollFirst.
//
// A step-up token that is needed is used up before act runs, so that of parallel uses one
// goes on. When act is refused and nothing changed, the token is given back for the rest of
// its time; after any other failure it stays used.
func (g Guard) Do(ctx context.Context, caller domain.Caller, action domain.Action, act func() error) error {
	return g.under(ctx, caller.Settings.Policy(g.Limits), caller, action, act)
}

// under is Do by a policy of its own.
func (g Guard) under(ctx context.Context, policy domain.Policy, caller domain.Caller, action domain.Action, act func() error) error {
	facts := domain.ActionFacts{Action: action, Permitted: true, Enrolled: caller.Authenticator.Enrolled()}
	why := domain.ActionDecision(caller.Principal, policy, facts)
	switch domain.DecideAction(policy, action, facts).Outcome {
	case domain.ActionAllowed:
		return act()
	case domain.ActionStepUp:
		if caller.StepUp.IsZero() {
			return domain.ErrStepUpRequired.For(action).Because(why)
		}
		return g.spend(ctx, caller, action, why, act)
	case domain.ActionEnrollFirst:
		return domain.ErrEnrollFirst.For(action).Because(why)
	default:
		return domain.ErrPermissionDenied.Because(why)
	}
}

// spend uses the presented token up for act.
func (g Guard) spend(ctx context.Context, caller domain.Caller, action domain.Action, why domain.Decision, act func() error) error {
	token, stepUp, err := g.take(ctx, caller, action)
	if errors.Is(err, domain.ErrStepUpGone) {
		return g.refuse(ctx, caller, action, why)
	}
	if err != nil {
		return err
	}
	err = act()
	if domain.ChangedNothing(err) {
		g.giveBack(ctx, token, stepUp)
	}
	return err
}

// take removes the token if it is good for this caller and action; else it is ErrStepUpGone
// and stays as it is.
func (g Guard) take(ctx context.Context, caller domain.Caller, action domain.Action) (domain.OpaqueToken, domain.StepUp, error) {
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
	stepUp, err = g.StepUps.Take(ctx, token.Org, token.Hash)
	return token, stepUp, err
}

// giveBackWithin bounds how long a refused request waits for its token to be stored again.
const giveBackWithin = 2 * time.Second

// giveBack stores the token again, even when the client has gone. A failure costs the caller
// another step-up and is ignored.
func (g Guard) giveBack(ctx context.Context, token domain.OpaqueToken, stepUp domain.StepUp) {
	left := stepUp.ExpiresAt.Sub(g.Clock())
	if left <= 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackWithin)
	defer cancel()
	_ = g.StepUps.Put(ctx, token.Org, token.Hash, stepUp, left)
}

// refuse counts a bad token against the network of its sender and records it, unless the
// network is over its limit.
func (g Guard) refuse(ctx context.Context, caller domain.Caller, action domain.Action, why domain.Decision) error {
	refusal := g.Wrong.Refuse(ctx, caller.Origin, StepUpToken, domain.ErrStepUpGone.For(action).Because(why))
	if errors.Is(refusal, domain.ErrRateLimited) {
		return refusal
	}
	event := Refusal(domain.EventStepUpRefused, g.NewID, g.Clock(), caller.Origin, caller.User.ID, "step-up token used, expired or for something else")
	event.ResourceType, event.ResourceID, event.Details["action"] = "session", string(caller.Session.ID), string(action)
	err := g.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) error { return tx.Audit().Append(ctx, event) })
	return cmp.Or(err, refusal)
}
