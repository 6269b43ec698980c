package proof

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Guard demands the step-up that an org, or the service itself, requires for an action. Every
// use case of a guarded action runs through Do, so that every way to reach it is guarded.
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
// A required step-up token is used up before act runs, so that only one of parallel uses goes
// on. When act is refused and nothing changed, the token is stored again for the rest of its
// lifetime; after any other failure it stays used.
func (g Guard) Do(ctx context.Context, caller domain.Caller, action domain.Action, act func() error) error {
	return g.under(ctx, caller.Settings.Policy(g.Limits), caller, action, act)
}

// Guarded is guard.Do for an act that returns a result.
func Guarded[T any](
	ctx context.Context, guard Guard, caller domain.Caller, action domain.Action, act func() (T, error),
) (result T, err error) {
	err = guard.Do(ctx, caller, action, func() error {
		result, err = act()
		return err
	})
	return result, err
}

// under is Do with a given policy instead of the org's.
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

// take removes the token if it is valid for this caller and action. Otherwise it returns
// ErrStepUpGone and leaves the token as it is.
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

// giveBack stores the token again, even when the client has disconnected. Errors are ignored:
// the caller then needs another step-up.
func (g Guard) giveBack(ctx context.Context, token domain.OpaqueToken, stepUp domain.StepUp) {
	left := stepUp.ExpiresAt.Sub(g.Clock())
	if left <= 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackWithin)
	defer cancel()
	_ = g.StepUps.Put(ctx, token.Org, token.Hash, stepUp, left)
}

// refuse counts a bad token against the network of its sender and records it.
func (g Guard) refuse(ctx context.Context, caller domain.Caller, action domain.Action, why domain.Decision) error {
	const reason = "step-up token used, expired or for something else"
	event := Refusal(domain.EventStepUpRefused, g.NewID, g.Clock(), caller.Origin, caller.User.ID, reason)
	event.ResourceType, event.ResourceID, event.Details["action"] = "session", string(caller.Session.ID), string(action)
	return g.Wrong.RefuseAndRecord(ctx, g.Store, caller.Org.ID, WrongToken{
		Kind: StepUpToken, Refusal: domain.ErrStepUpGone.For(action).Because(why), Event: event,
	})
}
