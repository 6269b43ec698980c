package account

import (
	"errors"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/application/mfa"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// beginApp shows how to set up an authenticator app.
func (p Pages) beginApp(r *page.Request) error {
	prompt, err := p.begin(r, domain.FactorTOTP)
	if err != nil {
		return p.refuseSecurity(r, err)
	}
	return r.Show(200, appSetup(prompt, nil))
}

func (p Pages) begin(r *page.Request, kind domain.FactorKind) (port.Prompt, error) {
	return p.MFA.Begin.Execute(r.Context(), r.Caller, mfa.BeginInput{Kind: kind, CurrentPassword: r.Secret("current_password")})
}

// confirmApp takes the first code of an authenticator app. After a wrong one, the QR code is shown again only while the
// sign-in is fresh; the code can be entered in any case.
func (p Pages) confirmApp(r *page.Request) error {
	added, err := p.MFA.Confirm.Execute(r.Context(), r.Caller, mfa.ConfirmInput{Kind: domain.FactorTOTP, Answer: r.Secret("code")})
	if err == nil {
		return p.added(r, added, "app_added")
	}
	shown := r.Errors(err)
	if !shown.Is(domain.CodeInvalid) && !shown.Is(domain.CodeInvalidCode) {
		return p.refuseSecurity(r, err)
	}
	prompt, err := p.begin(r, domain.FactorTOTP)
	if err != nil {
		prompt = nil
	}
	return r.Show(shown.Status(), appSetup(prompt, shown))
}

// beginPasskey shows the button that creates a passkey.
func (p Pages) beginPasskey(r *page.Request) error {
	prompt, err := p.begin(r, domain.FactorPasskey)
	if err != nil {
		return p.refuseSecurity(r, err)
	}
	return r.Show(200, passkeySetup(r.Field("name"), prompt[factor.PasskeyOptions].Reveal()))
}

func (p Pages) addPasskey(r *page.Request) error {
	added, err := p.MFA.Confirm.Execute(r.Context(), r.Caller, mfa.ConfirmInput{
		Kind: domain.FactorPasskey, Answer: r.Secret("credential"), Name: r.Field("name"),
	})
	if err != nil {
		return p.refuseSecurity(r, err)
	}
	return p.added(r, added, "passkey_added")
}

// added shows the recovery codes that come with the first factor.
func (Pages) added(r *page.Request, added mfa.Confirmed, done string) error {
	if len(added.RecoveryCodes) > 0 {
		return r.Show(200, newCodes(added.RecoveryCodes, true))
	}
	return r.Done(securityPath, done)
}

func (p Pages) renamePasskey(r *page.Request) error {
	id, err := domain.ParseID[domain.AuthenticatorID](r.Param("id"))
	if err != nil {
		return err
	}
	_, err = p.MFA.RenamePasskey.Execute(r.Context(), r.Caller, id, r.Field("name"))
	if err == nil {
		return r.Done(securityPath, "passkey_renamed")
	}
	if shown := r.Errors(err); shown.Is(domain.CodeInvalid) {
		return p.showSecurity(r, id, shown)
	}
	return p.refuseSecurity(r, err)
}

// removePasskey removes a passkey. One that is removed already is as the person wanted it.
func (p Pages) removePasskey(r *page.Request) error {
	id := domain.AuthenticatorID(r.Param("id"))
	if !hasFactor(r.Caller.Factors, id) {
		return r.Done(securityPath, "passkey_removed")
	}
	if err := p.MFA.RemovePasskey.Execute(r.Context(), r.Caller, id); err != nil && !errors.Is(err, domain.ErrNotFound) {
		return p.refuseSecurity(r, err)
	}
	return r.Done(securityPath, "passkey_removed")
}

func hasFactor(factors domain.Factors, id domain.AuthenticatorID) bool {
	for _, each := range factors {
		if each.ID == id {
			return true
		}
	}
	return false
}

// removal returns why a passkey cannot be removed; nil if it can.
func removal(r *page.Request, id domain.AuthenticatorID) *page.Errors {
	policy := r.Caller.Settings.Policy(r.Site().Limits)
	return r.Errors(domain.DecideFactorRemoval(policy, r.Caller.Factors, id, domain.AnyAdmin(r.Caller.Roles)))
}
