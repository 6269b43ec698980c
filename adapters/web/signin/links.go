package signin

import (
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

const (
	resetPath      = "/reset-password"
	invitationPath = "/accept-invitation"
)

// link is what the page of a link shows. Nothing is known about a link whose token follows a # in its address: only a
// script of the page reads it.
type link struct {
	auth.LinkDescription
	token domain.Secret
	path  string
}

// askForgotten asks for the address to which a link is sent.
func (p Pages) askForgotten(r *page.Request) error {
	err := p.locate(r)
	return p.showForgotten(r, r.Errors(err))
}

func (p Pages) showForgotten(r *page.Request, errors *page.Errors) error {
	if r.Visitor.Org == "" {
		return p.show(r, errors.Status(), orgStep(false, errors))
	}
	return p.show(r, errors.Status(), forgotten(errors))
}

// forgotPassword answers the same whether or not an account has the address.
func (p Pages) forgotPassword(r *page.Request) error {
	if err := p.locate(r); err != nil || r.Visitor.Org == "" {
		return p.showForgotten(r, r.Errors(err))
	}
	if err := p.Auth.ForgotPassword.Execute(r.Context(), r.Visitor, r.Field("email")); err != nil {
		return p.showForgotten(r, r.Errors(err))
	}
	return p.show(r, 200, emailSent("signin.forgotten_sent"))
}

// openLink shows the form of a link that sets a password. It changes nothing: mail scanners open links, too.
func (p Pages) openLink(r *page.Request) error {
	r.HideReferrer()
	shown := link{token: domain.NewSecret(r.Query("token")), path: r.Path()}
	if shown.token.IsZero() {
		return p.show(r, 200, newPasswordForm(shown, nil))
	}
	if err := p.describe(r, &shown); err != nil {
		return p.refuseLink(r, shown, err)
	}
	return p.show(r, 200, newPasswordForm(shown, nil))
}

// describe finds out what the link is for.
func (p Pages) describe(r *page.Request, shown *link) (err error) {
	if shown.LinkDescription, err = p.Auth.DescribeLink.Execute(r.Context(), r.Visitor, shown.token); err != nil {
		return err
	}
	r.Visitor.Org, r.OrgName = shown.Org.ID, shown.Org.Name
	if shown.Invitation {
		shown.path = invitationPath
	}
	return nil
}

// resetPassword sets the password and shows the sign-in with the address of the account.
func (p Pages) resetPassword(r *page.Request) error {
	r.HideReferrer()
	shown := link{token: r.Secret("token"), path: r.Path()}
	if err := p.describe(r, &shown); err != nil {
		return p.refuseLink(r, shown, err)
	}
	err := page.RepeatedPassword(r)
	if err == nil {
		err = p.Auth.ResetPassword.Execute(r.Context(), r.Visitor, auth.ResetPasswordInput{
			Token: shown.token, NewPassword: r.Secret("new_password"),
		})
	}
	if failed := r.Errors(err); failed.Is(domain.CodeInvalid) {
		return p.show(r, failed.Status(), newPasswordForm(shown, failed))
	}
	if err != nil {
		return p.refuseLink(r, shown, err)
	}
	return p.show(r, 200, passwordSet(shown))
}

// refuseLink says why a link does not work and what to do.
func (p Pages) refuseLink(r *page.Request, shown link, err error) error {
	failed := r.Errors(err)
	return p.show(r, failed.Status(), linkRefused(shown, failed))
}

// askConfirmation shows a button, because mail scanners open links.
func (p Pages) askConfirmation(r *page.Request) error {
	r.HideReferrer()
	return p.show(r, 200, confirmation(domain.NewSecret(r.Query("token")), nil))
}

// confirmEmail changes the address to the one that the link was sent to.
func (p Pages) confirmEmail(r *page.Request) error {
	r.HideReferrer()
	if err := p.Account.ConfirmEmail.Execute(r.Context(), r.Visitor, r.Secret("token")); err != nil {
		failed := r.Errors(err)
		return p.show(r, failed.Status(), confirmation(domain.Secret{}, failed))
	}
	if r.SignedIn() {
		return r.Done("/account", "email_confirmed")
	}
	return r.Done("/sign-in", "email_confirmed")
}
