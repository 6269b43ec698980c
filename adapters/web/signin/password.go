package signin

import (
	"github.com/a-h/templ"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/auth"
)

// replacePassword takes the password that replaces a temporary one.
func (p Pages) replacePassword(r *page.Request) error {
	if err := p.locate(r); err != nil {
		return p.showStart(r, r.Errors(err))
	}
	s := stepOf(r)
	view := func(errors *page.Errors) templ.Component { return passwordChangeStep(s, errors) }
	if err := page.RepeatedPassword(r); err != nil {
		return p.refuse(r, err, view)
	}
	result, err := p.Auth.ReplaceTemporaryPassword.Execute(r.Context(), r.Visitor, auth.ReplaceTemporaryPasswordInput{
		ChallengeToken: s.token, NewPassword: r.Secret("new_password"),
	})
	if err != nil {
		return p.refuse(r, err, view)
	}
	return p.proceed(r, result)
}

// strength rates a password while it is typed. A script of the page asks for it.
func (p Pages) strength(r *page.Request) error {
	if err := p.locate(r); err != nil {
		return r.Refuse(err)
	}
	return r.RatePassword(r.Visitor, auth.PasswordStrengthInput{Password: r.Secret("password"), Email: r.Field("email")})
}
