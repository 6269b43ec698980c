package signin

import (
	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

// Pages are the pages for visitors.
type Pages struct {
	Auth auth.UseCases
}

// Mount adds their routes.
func (p Pages) Mount(t *page.Table) {
	t.Open("GET /sign-in", p.start)
	t.Open("POST /sign-in", p.signIn)
}

// start shows the first step of a sign-in, or leads a signed-in person on.
func (p Pages) start(r *page.Request) error {
	if r.SignedIn() {
		return r.Redirect(r.ReturnTo())
	}
	return p.showStart(r, nil)
}

func (p Pages) showStart(r *page.Request, errors *page.Errors) error {
	return r.Show(errors.Status(), passwordStep(errors))
}

func (p Pages) signIn(r *page.Request) error {
	result, err := p.Auth.Login.Execute(r.Context(), r.Visitor, auth.LoginInput{
		Email: r.Field("email"), Password: r.Secret("password"), DeviceToken: r.DeviceToken(r.Visitor.Org),
	})
	if err != nil {
		return p.showStart(r, r.Errors(err))
	}
	return p.proceed(r, result)
}

// proceed shows the next step of a sign-in, or completes it.
func (p Pages) proceed(r *page.Request, result auth.LoginResult) error {
	if result.Outcome == domain.SignInAuthenticated {
		r.SignIn(*result.Tokens)
		return r.Redirect(r.ReturnTo())
	}
	return p.showStart(r, nil)
}
