package signin

import (
	"encoding/json"
	"net/url"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/factor"
	"github.com/sole-platform/sole/domain"
)

// start shows the first step of a sign-in, or leads a signed-in person on. With the query other, or another org than
// theirs, the person may sign out first.
func (p Pages) start(r *page.Request) error {
	if r.SignedIn() {
		asked := r.Query("org")
		if r.Query("other") != "" || asked != "" && asked != string(r.Caller.Org.Slug) && asked != string(r.Caller.Org.ID) {
			return r.Show(200, signedIn(false))
		}
		return r.Redirect(r.ReturnTo())
	}
	err := p.locate(r)
	return p.showStart(r, r.Errors(err))
}

// startAgain leads from a page that a form has opened to the start: such a page cannot be opened again.
func (p Pages) startAgain(r *page.Request) error { return r.Redirect(startPath(r)) }

// showStart asks for the password, or for the org where it is unknown.
func (p Pages) showStart(r *page.Request, errors *page.Errors) error {
	open := p.firstRunOpen(r)
	if r.Visitor.Org == "" {
		return p.show(r, errors.Status(), orgStep(open, errors))
	}
	return p.show(r, errors.Status(), passwordStep(open, errors))
}

func (p Pages) signIn(r *page.Request) error {
	if err := p.locate(r); err != nil || r.Visitor.Org == "" {
		return p.showStart(r, r.Errors(err))
	}
	result, err := p.Auth.Login.Execute(r.Context(), r.Visitor, auth.LoginInput{
		Email: r.Field("email"), Password: r.Secret("password"), DeviceToken: r.DeviceToken(r.Visitor.Org),
	})
	if err != nil {
		return p.showStart(r, r.Errors(err))
	}
	return p.proceed(r, result)
}

// passkeyOptions starts a sign-in by a passkey alone. A script of the page asks for it.
func (p Pages) passkeyOptions(r *page.Request) error {
	err := p.locate(r)
	if err == nil && r.Visitor.Org == "" {
		err = domain.ErrOrgRequired
	}
	if err != nil {
		return r.Refuse(err)
	}
	started, err := p.Auth.StartPasskeySignIn.Execute(r.Context(), r.Visitor)
	if err != nil {
		return r.Refuse(err)
	}
	return r.JSON(map[string]any{
		"challenge_token": started.ChallengeToken.Reveal(), "expires_in": int(started.ExpiresIn.Seconds()),
		"public_key": json.RawMessage(started.Prompt[factor.PasskeyOptions].Reveal()),
	})
}

func (p Pages) signInWithPasskey(r *page.Request) error {
	if err := p.locate(r); err != nil {
		return p.showStart(r, r.Errors(err))
	}
	result, err := p.Auth.SignInWithPasskey.Execute(r.Context(), r.Visitor, auth.SignInWithPasskeyInput{
		ChallengeToken: r.Secret("challenge_token"), Credential: r.Secret("credential"),
	})
	if err != nil {
		return p.showStart(r, r.Errors(err))
	}
	return p.proceed(r, result)
}

// done leads on after a sign-in. If the browser has not kept the cookie of the session, the page says so: otherwise the
// sign-in would begin again without a word.
func (p Pages) done(r *page.Request) error {
	if r.SignedIn() {
		return r.Redirect(r.ReturnTo())
	}
	return p.show(r, 200, cookieRefused())
}

// donePath returns the path of done, from where the browser is led to where the sign-in was begun.
func donePath(r *page.Request) string {
	return "/sign-in/done?" + url.Values{"return_to": {r.ReturnTo()}}.Encode()
}

// startPath returns the path of the first step of the same sign-in.
func startPath(r *page.Request) string {
	query := url.Values{}
	if to := r.ReturnTo(); to != "/account" {
		query.Set("return_to", to)
	}
	if slug := orgSlug(r); slug != "" {
		query.Set("org", slug)
	}
	if len(query) == 0 {
		return "/sign-in"
	}
	return "/sign-in?" + query.Encode()
}
