package auth

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// StepUp proves a second factor again, for one action (RFC 9470).
type StepUp struct {
	StepUps port.StepUps
	Tokens  port.OpaqueTokens
	Guesses proof.Guesses
	Factors proof.Factors
	Clock   port.Clock
	NewID   port.NewID
}

// StepUpInput is the action, and the answer to a second factor or a recovery code.
type StepUpInput struct {
	proof.Answer
	Action domain.Action
}

// StepUpResult is the token to send with the action.
type StepUpResult struct {
	Token     domain.Secret
	Action    domain.Action
	ExpiresIn time.Duration
}

// Execute uses the answer up and returns a token for one use by this session. A remembered device does not replace
// the answer. It returns ErrPasskeyOnly, and counts no guess, for another answer of an account that needs a passkey.
func (uc StepUp) Execute(ctx context.Context, caller domain.Caller, in StepUpInput) (StepUpResult, error) {
	if err := mayStepUp(caller, in.Action); err != nil {
		return StepUpResult{}, err
	}
	answer, err := uc.Factors.Parse(in.Answer)
	if err != nil {
		return StepUpResult{}, err
	}
	holder := stepUpHolder(caller, in.Action)
	var shown proof.Proof
	find := func(tx port.OrgTx) (_ proof.Guess, err error) {
		holder.Held, err = tx.Authenticators().Of(ctx, caller.User.ID)
		return proof.Code(caller.User), err
	}
	err = uc.Guesses.Try(ctx, proof.Guesser{Origin: caller.Origin, Org: caller.Org.ID, Find: find}, func() (err error) {
		if holder.Now = uc.Clock(); caller.WantsPasskey() && answer.Kind != domain.FactorPasskey {
			return domain.ErrPasskeyOnly
		}
		shown, err = uc.Factors.Verify(ctx, holder, answer)
		return err
	}, func(tx port.OrgTx) (*proof.WrongGuess, error) {
		right, err := shown.Use(ctx, tx, caller.User, caller.Origin)
		if err != nil {
			return nil, err
		}
		event := uc.event(caller, in.Action, shown.AMR, holder.Now)
		if !right {
			event.Name, event.Outcome, event.Details["reason"] = domain.EventStepUpRefused, domain.OutcomeFailure, shown.Reason()
			return &proof.WrongGuess{Refusal: shown.Refusal(), Event: event}, nil
		}
		return nil, tx.Audit().Append(ctx, event)
	})
	if err != nil {
		return StepUpResult{}, err
	}
	stepUp := domain.NewStepUp(caller.Principal, in.Action, shown.AMR, holder.Now)
	token, err := oneTimeTokens[domain.StepUp]{values: uc.StepUps, tokens: uc.Tokens}.issue(ctx, caller.Org.ID, stepUp, domain.StepUpTTL)
	return StepUpResult{Token: token.Secret, Action: in.Action, ExpiresIn: domain.StepUpTTL}, err
}

// mayStepUp returns an error for an action that takes no step-up and for a caller without the second
// factor, or the passkey, that it requires.
func mayStepUp(caller domain.Caller, action domain.Action) error {
	if err := proof.OwnAccount.Check(caller); err != nil {
		return err
	}
	if !action.Known() || action == domain.ActionLogin {
		return domain.Invalid("action", "must be an action that can be stepped up for, such as mfa.disable")
	}
	policy := domain.Policy{PhishingResistant: domain.Coverage(caller.Settings.PhishingResistant), StepUpActions: []domain.Action{action}}
	facts := caller.ActionFacts(action)
	if domain.DecideAction(policy, action, facts).Outcome == domain.ActionEnrollFirst {
		return proof.EnrollFirst(caller).For(action).Because(domain.ActionDecision(caller.Principal, policy, facts))
	}
	return nil
}

// stepUpHolder is the caller who shows a second factor for the action.
func stepUpHolder(caller domain.Caller, action domain.Action) port.Holder {
	return port.Holder{Org: caller.Org, User: caller.User, By: string(caller.Session.ID) + " " + string(action)}
}

// event is the audit event of a right answer.
func (uc StepUp) event(caller domain.Caller, action domain.Action, amr domain.AMR, now time.Time) domain.AuditEvent {
	details := domain.Details{"action": string(action), "amr": string(amr)}
	return caller.Actor(caller.Org.ID).Did(domain.EventSteppedUp, domain.OnSession(caller.Session.ID), details).Stamp(uc.NewID(), now)
}
