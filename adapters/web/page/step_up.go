package page

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/domain"
)

// The fields of a step-up in place. They come with the fields of the form whose action needs the step-up.
const (
	stepUpPrefix = "step_up_"
	stepUpAction = "step_up_action"
	stepUpToken  = "step_up_token"
)

// takeStepUp gives the caller the step-up token of the posted form, or makes one from the answer of the form.
func (r *Request) takeStepUp() error {
	if token := r.Secret(stepUpToken); token.Reveal() != "" {
		r.Caller.StepUp = token
		return nil
	}
	action := domain.Action(r.Field(stepUpAction))
	answer := r.Answer(stepUpPrefix)
	if action == "" || answer.Text.Reveal() == "" && answer.RecoveryCode.Reveal() == "" {
		return nil
	}
	result, err := r.site.Auth.StepUp.Execute(r.Context(), r.Caller, auth.StepUpInput{Answer: answer, Action: action})
	if failure, ok := errors.AsType[*domain.Error](err); ok {
		return &stepUpRefused{action: action, failure: failure}
	}
	r.Caller.StepUp = result.Token
	return err
}

// stepUpRefused is a step-up whose answer was not accepted.
type stepUpRefused struct {
	action  domain.Action
	failure *domain.Error
}

// Error implements error.
func (e *stepUpRefused) Error() string { return e.failure.Error() }

// Unwrap lets errors.Is find the failure.
func (e *stepUpRefused) Unwrap() error { return e.failure }

// stepUpOptions starts the use of a passkey for an action. A script of the form asks for it.
func (s *Site) stepUpOptions(r *Request) error {
	prompt, err := s.Auth.ChallengeStepUp.Execute(r.Context(), r.Caller, auth.ChallengeStepUpInput{
		Action: domain.Action(r.Field(stepUpAction)), Kind: domain.FactorPasskey,
	})
	if err != nil {
		return r.Refuse(err)
	}
	return r.JSON(map[string]json.RawMessage{"public_key": json.RawMessage(prompt[factor.PasskeyOptions].Reveal())})
}

// Refuse answers a script with the text of a failure.
func (r *Request) Refuse(err error) error {
	shown := r.Errors(err)
	r.c.Status(statusOf(shown.failure.Code))
	return r.JSON(map[string]string{"message": shown.Message})
}

// secretFields are not repeated in a page.
var secretFields = []string{
	"password", "new_password", "new_password_again", "current_password", "code", "recovery_code", "credential", "token",
	"challenge_token",
}

// hidden is a field of a form that is posted again.
type hidden struct{ name, value string }

// kept returns the fields of the posted form that may be repeated in a page, so that the form can be posted again.
func (r *Request) kept() (fields []hidden) {
	names := make([]string, 0, len(r.fields))
	for name := range r.fields {
		if !slices.Contains(secretFields, name) && !strings.HasPrefix(name, stepUpPrefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range r.fields[name] {
			fields = append(fields, hidden{name: name, value: value})
		}
	}
	return fields
}

// offersPasskey reports whether the caller can step up with a passkey.
func (r *Request) offersPasskey() bool { return r.Caller.Factors.Has(domain.FactorPasskey) }

// offersCode reports whether the caller can step up with a one-time code or a recovery code.
func (r *Request) offersCode() bool { return !r.Caller.WantsPasskey() }
