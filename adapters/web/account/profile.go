package account

import (
	"errors"
	"strconv"

	"github.com/sole-platform/sole/adapters/web/page"
	accounts "github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/domain"
)

// profileRefusals are the failures of the forms of the profile; nil where there is none.
type profileRefusals struct {
	name, picture, email *page.Errors
	changed              bool // the name was changed elsewhere since the form was loaded
}

func (e profileRefusals) status() int {
	for _, each := range []*page.Errors{e.name, e.picture, e.email} {
		if each != nil {
			return each.Status()
		}
	}
	return (*page.Errors)(nil).Status()
}

func (p Pages) profile(r *page.Request) error { return p.showProfile(r, profileRefusals{}) }

func (p Pages) showProfile(r *page.Request, refused profileRefusals) error {
	found, err := p.Account.Profile.Execute(r.Context(), r.Caller)
	if err != nil {
		return err
	}
	return r.Show(refused.status(), profile(r.Caller, found, refused))
}

// rename changes the name. The form has the version that it was loaded with.
func (p Pages) rename(r *page.Request) error {
	name := r.Field("full_name")
	version, err := strconv.ParseInt(r.Field("version"), 10, 64)
	if err != nil {
		return errNoVersion
	}
	_, err = p.Account.UpdateProfile.Execute(r.Context(), r.Caller, accounts.UpdateProfileInput{
		FullName: &name, IfMatch: domain.Versions{version},
	})
	if err == nil {
		return r.Done("/account", "name_changed")
	}
	shown := r.Errors(err)
	if shown.Interrupts() {
		return err
	}
	if name == r.Caller.User.FullName && shown.Is(domain.CodePreconditionFailed) {
		return r.Done("/account", "name_changed")
	}
	return p.showProfile(r, profileRefusals{name: shown, changed: shown.Is(domain.CodePreconditionFailed)})
}

var errNoVersion = domain.Invalid("version", "must be the version of the form")

// changeEmail requests another address.
func (p Pages) changeEmail(r *page.Request) error {
	err := p.Account.ChangeEmail.Execute(r.Context(), r.Caller, accounts.ChangeEmailInput{
		Email: r.Field("new_email"), Current: r.Secret("current_password"),
	})
	if err == nil {
		return r.Done("/account", "email_requested")
	}
	shown := r.Errors(err)
	if shown.Interrupts() || errors.Is(err, domain.ErrWrongPassword) {
		return err
	}
	return p.showProfile(r, profileRefusals{email: shown})
}

// export answers with a file of everything that is stored about the account.
func (Pages) export(r *page.Request) error { return r.ExportAccount() }
