package account

import (
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/domain"
)

const securityPath = "/account/security"

// proofs is what a person proves their identity with, besides the password.
type proofs struct {
	mfa.StateResult

	passkeys []mfa.Passkey
	renaming domain.AuthenticatorID // whose new name was refused
	refused  *page.Errors
}

// fewCodes is how many recovery codes are left when the page warns.
const fewCodes = 3

func (p Pages) security(r *page.Request) error { return p.showSecurity(r, "", nil) }

func (p Pages) showSecurity(r *page.Request, renaming domain.AuthenticatorID, refused *page.Errors) error {
	shown := proofs{renaming: renaming, refused: refused}
	var err error
	if shown.StateResult, err = p.MFA.State.Execute(r.Context(), r.Caller); err != nil {
		return err
	}
	if r.Site().Passkeys {
		if shown.passkeys, err = p.MFA.Passkeys.Execute(r.Context(), r.Caller); err != nil {
			return err
		}
	}
	return r.Show(refused.Status(), security(r.Caller, shown))
}

// refuseSecurity shows the page with a failure, unless the failure has a page of its own.
func (p Pages) refuseSecurity(r *page.Request, err error) error {
	shown := r.Errors(err)
	if shown.Interrupts() {
		return err
	}
	return p.showSecurity(r, "", shown)
}

func (Pages) passwordPage(r *page.Request) error { return r.Show(200, passwordChange(r.Caller, nil)) }

// changePassword replaces the password. The session goes on with new tokens.
func (p Pages) changePassword(r *page.Request) error {
	err := page.RepeatedPassword(r)
	if err == nil {
		var tokens *auth.Tokens
		tokens, err = p.Auth.ChangeOwnPassword.Execute(r.Context(), r.Caller, auth.ChangeOwnPasswordInput{
			Current: r.Secret("current_password"), New: r.Secret("new_password"),
		})
		if err == nil {
			r.RenewSession(*tokens)
			return r.Done(securityPath, "password_changed")
		}
	}
	shown := r.Errors(err)
	if shown.Interrupts() {
		return err
	}
	return r.Show(shown.Status(), passwordChange(r.Caller, shown))
}

// ratePassword tells a script of the page how strong a new password is.
func (Pages) ratePassword(r *page.Request) error {
	return r.RatePassword(r.Caller.Visitor(), auth.PasswordStrengthInput{
		Password: r.Secret("password"), Email: string(r.Caller.User.Email), FullName: r.Caller.User.FullName,
	})
}

// disable removes every second factor. Without one there is nothing to do.
func (p Pages) disable(r *page.Request) error {
	if !r.Caller.Factors.Enrolled() {
		return r.Done(securityPath, "factors_removed")
	}
	if err := p.MFA.Disable.Execute(r.Context(), r.Caller); err != nil {
		return p.refuseSecurity(r, err)
	}
	return r.Done(securityPath, "factors_removed")
}

// newCodes replaces the recovery codes and shows them this once.
func (p Pages) newCodes(r *page.Request) error {
	codes, err := p.MFA.RegenerateRecoveryCodes.Execute(r.Context(), r.Caller)
	if err != nil {
		return p.refuseSecurity(r, err)
	}
	return r.Show(200, newCodes(codes, false))
}

// keptCodes leads on after the recovery codes, if the person has kept them.
func (p Pages) keptCodes(r *page.Request) error {
	if !r.Checked("kept") {
		return r.Show(422, codesNotKept())
	}
	return r.Done(securityPath, "codes_kept")
}
