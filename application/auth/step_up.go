package auth

import (
	"context"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

// StepUp proves a second factor afresh for one action (RFC 9470).
type StepUp struct {
	Store   port.Store
	StepUps port.StepUps
	Tokens  port.OpaqueTokens
	Guesses proof.Guesses
	Codes   proof.Codes
	Clock   port.Clock
	NewID   port.NewID
}

// StepUpInput is the action and one of the two codes.
type StepUpInput struct {
	proof.CodeInput
	Action domain.Action
}

// StepUpResult is the token that the action takes.
type StepUpResult struct {
	Token     domain.Secret
	Action    domain.Action
	ExpiresIn time.Duration
}

// Execute uses the code up and hands out a token for one use by this session. A
// remembered device counts for nothing here.
func (uc StepUp) Execute(ctx context.Context, caller domain.Caller, in StepUpInput) (StepUpResult, error) {
	if err := uc.check(caller, in.Action); err != nil {
		return StepUpResult{}, err
	}
	code, err := in.Parse()
	if err != nil {
		return StepUpResult{}, err
	}
	var authenticator domain.Authenticator
	guessed, err := uc.Guesses.Reserve(ctx, caller.Origin, caller.Org.ID, func(tx port.OrgTx) (_ proof.Guess, err error) {
		authenticator, err = tx.Authenticators().Get(ctx, caller.User.ID)
		return proof.Code(caller.User), err
	})
	if err != nil {
		return StepUpResult{}, err
	}
	now := uc.Clock()
	shown, err := uc.Codes.Look(ctx, caller.Org.ID, authenticator, code, now)
	if err != nil {
		return StepUpResult{}, uc.Guesses.Release(ctx, caller.Origin, caller.Org.ID, guessed, err)
	}
	var outcome error
	err = uc.Store.InOrg(ctx, caller.Org.ID, func(tx port.OrgTx) (err error) {
		outcome, err = uc.settle(ctx, tx, caller, in.Action, guessed, shown, now)
		return err
	})
	if err := uc.Guesses.Conclude(ctx, caller.Origin, caller.Org.ID, guessed, err, outcome); err != nil {
		return StepUpResult{}, err
	}
	token, err := put(ctx, uc.StepUps, uc.Tokens, caller.Org.ID, domain.NewStepUp(caller.Principal, in.Action, now), domain.StepUpTTL)
	return StepUpResult{token.Secret, in.Action, domain.StepUpTTL}, err
}

func (uc StepUp) check(caller domain.Caller, action domain.Action) error {
	switch {
	case !action.Known() || action == domain.ActionLogin:
		return domain.Invalid("body.action", "must be an action that can be stepped up for, such as mfa.disable")
	case !caller.Authenticator.Enrolled():
		facts := domain.ActionFacts{Action: action, Permitted: true}
		policy := domain.Policy{StepUpActions: []domain.Action{action}}
		return domain.ErrEnrollFirst.For(action).Because(domain.ActionDecision(caller.Principal, policy, facts))
	}
	return nil
}

// settle uses the code up and writes the one event of the attempt.
func (uc StepUp) settle(ctx context.Context, tx port.OrgTx, caller domain.Caller, action domain.Action, guessed proof.Guess, shown proof.Proof, now time.Time) (outcome, err error) {
	if err := shown.Use(ctx, tx, caller.User, caller.Origin, now); err != nil {
		return nil, err
	}
	if err := uc.Guesses.Decide(ctx, tx, caller.Origin, guessed, shown.Right); err != nil {
		return nil, err
	}
	event := domain.AuditEvent{
		ID: domain.EventID(uc.NewID()), At: now, Name: domain.EventSteppedUp, Outcome: domain.OutcomeSuccess, Actor: caller.User.ID,
		ResourceType: "session", ResourceID: string(caller.Session.ID), Origin: caller.Origin,
		Details: map[string]string{"action": string(action), "amr": string(shown.AMR)},
	}
	if !shown.Right {
		outcome, event.Name, event.Outcome = domain.ErrInvalidCode, domain.EventStepUpRefused, domain.OutcomeFailure
		event.Details["reason"] = "wrong or used code"
	}
	return outcome, tx.Audit().Append(ctx, event)
}
