package signin

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/domain"
)

// step is an unfinished sign-in, as its pages carry it along in hidden fields. Everything but the token only decides what
// the page shows.
type step struct {
	token     domain.Secret
	methods   []string
	days      int // for which a device can be remembered; 0: it cannot
	minLength int // of a new password
	email     string
}

// stepOf returns the step that a form carries.
func stepOf(r *page.Request) step {
	number := func(name string) int {
		value, _ := strconv.Atoi(r.Field(name)) // 0 for what is no number
		return value
	}
	return step{
		token: r.Secret("challenge_token"), methods: strings.Fields(r.Field("methods")), email: r.Field("email"),
		days: number("days"), minLength: number("min_length"),
	}
}

// offers reports whether the step can be completed by a method that this deployment has.
func (s step) offers(r *page.Request, method string) bool {
	return slices.Contains(s.methods, method) && (method != string(domain.FactorPasskey) || r.Site().Passkeys)
}

// kinds returns the kinds of second factor that can be enrolled.
func (s step) kinds(r *page.Request) (kinds []string) {
	for _, method := range s.methods {
		if s.offers(r, method) {
			kinds = append(kinds, method)
		}
	}
	return kinds
}

// proceed shows the next step of a sign-in, or completes it.
func (p Pages) proceed(r *page.Request, result auth.LoginResult) error {
	if result.Outcome == domain.SignInAuthenticated {
		p.complete(r, result)
		return r.Redirect(donePath(r))
	}
	s := step{
		token: result.Challenge.Token, methods: result.Challenge.Methods, days: result.Challenge.RememberDeviceDays,
		minLength: result.Challenge.PasswordMinLength, email: r.Field("email"),
	}
	switch result.Outcome {
	case domain.SignInCodeRequired:
		return p.show(r, 200, codeStep(s, nil))
	case domain.SignInPasswordChange:
		return p.show(r, 200, passwordChangeStep(s, nil))
	default:
		return p.offerFactors(r, s)
	}
}

// complete stores the session and the device of a completed sign-in.
func (p Pages) complete(r *page.Request, result auth.LoginResult) {
	r.SignIn(*result.Tokens)
	r.RememberDevice(result.Tokens.Org, result.DeviceToken)
	if slug := orgSlug(r); slug != "" {
		r.RememberOrg(slug)
	}
}

// refuse shows what is wrong with a step: the view of it, or the start of a new sign-in if this one is over.
func (p Pages) refuse(r *page.Request, err error, view func(*page.Errors) templ.Component) error {
	shown := r.Errors(err)
	switch {
	case errors.Is(err, domain.ErrChallengeGone) && r.SignedIn():
		return r.Show(200, signedIn(true))
	case errors.Is(err, domain.ErrChallengeGone), shown.Is(domain.CodeStartAgain), shown.Is(domain.CodeOrgMismatch):
		return p.showStart(r, shown)
	}
	return p.show(r, shown.Status(), view(shown))
}
