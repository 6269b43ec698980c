package signin

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

// replacePassword takes the password that replaces a temporary one.
func (p Pages) replacePassword(r *page.Request) error {
	if err := p.locate(r); err != nil {
		return p.showStart(r, r.Errors(err))
	}
	s := stepOf(r)
	view := func(errors *page.Errors) templ.Component { return passwordChangeStep(s, errors) }
	if err := repeated(r); err != nil {
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

// repeated refuses a new password that was not typed twice in the same way.
func repeated(r *page.Request) error {
	if r.Secret("new_password").Reveal() == r.Secret("new_password_again").Reveal() {
		return nil
	}
	return domain.Invalid("new_password_again", "is not the same as the password: type the same one twice")
}

// strength rates a password while it is typed. A script of the page asks for it.
func (p Pages) strength(r *page.Request) error {
	if err := p.locate(r); err != nil {
		return r.Refuse(err)
	}
	opinion, err := p.Auth.PasswordStrength.Execute(r.Context(), r.Visitor, auth.PasswordStrengthInput{
		Password: r.Secret("password"), Email: r.Field("email"),
	})
	if err != nil {
		return r.Refuse(err)
	}
	advice := make([]string, len(opinion.Faults))
	for i, fault := range opinion.Faults {
		advice[i] = r.Language.Message(fault)
	}
	return r.JSON(map[string]any{
		"score": opinion.Score, "text": r.Language.Text("signin.strength." + strconv.Itoa(opinion.Score)), "faults": advice,
	})
}
