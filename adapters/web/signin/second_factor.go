package signin

import (
	"encoding/json"

	"github.com/a-h/templ"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/domain"
)

// completeMFA takes the answer to a second factor.
func (p Pages) completeMFA(r *page.Request) error {
	if err := p.locate(r); err != nil {
		return p.showStart(r, r.Errors(err))
	}
	s := stepOf(r)
	result, err := p.Auth.CompleteMFA.Execute(r.Context(), r.Visitor, auth.CompleteMFAInput{
		ChallengeToken: s.token, RememberDevice: r.Checked("remember_device"), Answer: r.Answer(""),
	})
	if err != nil {
		return p.refuse(r, err, func(errors *page.Errors) templ.Component { return codeStep(s, errors) })
	}
	return p.proceed(r, result)
}

// mfaPasskeyOptions starts the use of a passkey as second factor. A script of the page asks for it.
func (p Pages) mfaPasskeyOptions(r *page.Request) error {
	prompt, err := p.Auth.ChallengeFactor.Execute(r.Context(), r.Visitor, auth.ChallengeFactorInput{
		ChallengeToken: r.Secret("challenge_token"), Kind: domain.FactorPasskey,
	})
	if err != nil {
		return r.Refuse(err)
	}
	return r.JSON(map[string]json.RawMessage{"public_key": json.RawMessage(prompt[factor.PasskeyOptions].Reveal())})
}

// offerFactors asks which kind of second factor to set up; of one kind, it shows how.
func (p Pages) offerFactors(r *page.Request, s step) error {
	if kinds := s.kinds(r); len(kinds) == 1 {
		return p.showEnrollment(r, s, kinds[0], nil)
	}
	return p.show(r, 200, factorStep(s))
}

// enroll shows how to set up the chosen kind of second factor; without a choice, it asks again.
func (p Pages) enroll(r *page.Request) error {
	if err := p.locate(r); err != nil {
		return p.showStart(r, r.Errors(err))
	}
	s, kind := stepOf(r), r.Field("kind")
	if !s.offers(r, kind) {
		return p.offerFactors(r, s)
	}
	return p.showEnrollment(r, s, kind, nil)
}

// showEnrollment shows how to set up a second factor. It begins the setup, or goes on with that of an authenticator app.
func (p Pages) showEnrollment(r *page.Request, s step, kind string, errors *page.Errors) error {
	prompt, err := p.Auth.StartEnrollment.Execute(r.Context(), r.Visitor, auth.StartEnrollmentInput{
		ChallengeToken: s.token, Kind: domain.FactorKind(kind),
	})
	if err != nil {
		return p.refuse(r, err, func(errors *page.Errors) templ.Component { return enrollmentRefused(s, errors) })
	}
	if kind == string(domain.FactorPasskey) {
		return p.show(r, errors.Status(), passkeyEnrollment(s, prompt[factor.PasskeyOptions].Reveal(), errors))
	}
	return p.show(r, errors.Status(), appEnrollment(s, prompt, errors))
}

// confirmEnrollment takes the first answer of a new second factor. The tokens of the session go into its cookie before
// the recovery codes are shown, because the sign-in is complete.
func (p Pages) confirmEnrollment(r *page.Request) error {
	if err := p.locate(r); err != nil {
		return p.showStart(r, r.Errors(err))
	}
	s, answer := stepOf(r), r.Answer("")
	result, err := p.Auth.ConfirmEnrollment.Execute(r.Context(), r.Visitor, auth.ConfirmEnrollmentInput{
		ChallengeToken: s.token, Kind: answer.Kind, Answer: answer.Text, RememberDevice: r.Checked("remember_device"),
	})
	if err != nil {
		return p.refuseEnrollment(r, s, answer.Kind, err)
	}
	if len(result.RecoveryCodes) == 0 || result.Tokens == nil {
		return p.proceed(r, result)
	}
	p.complete(r, result)
	return p.show(r, 200, recoveryCodes(result.RecoveryCodes))
}

// refuseEnrollment shows the setup again. A wrong code does not end it; a passkey that was refused needs a new one.
func (p Pages) refuseEnrollment(r *page.Request, s step, kind domain.FactorKind, err error) error {
	shown := r.Errors(err)
	if shown.Is(domain.CodeInvalidCode) || shown.Is(domain.CodeInvalid) || shown.Is(domain.CodeConflict) {
		return p.showEnrollment(r, s, string(kind), shown)
	}
	return p.refuse(r, err, func(errors *page.Errors) templ.Component { return enrollmentRefused(s, errors) })
}

// keptCodes leads on after the recovery codes, if the person has kept them.
func (p Pages) keptCodes(r *page.Request) error {
	if r.SignedIn() && !r.Checked("kept") {
		return p.show(r, 422, codesNotKept())
	}
	return r.Redirect(donePath(r))
}
