package signin

import (
	"errors"

	"github.com/sole-platform/sole/adapters/web/page"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

// firstRunPath is the page on which a person becomes the first owner.
const firstRunPath = "/first-run"

// openFirstRun shows the form of a link to become the first owner, or where that link is. Once there is an owner, it leads
// to the sign-in.
func (p Pages) openFirstRun(r *page.Request) error {
	r.HideReferrer()
	hasOwner, err := p.Platform.HasOwner.Execute(r.Context())
	if err != nil {
		return err
	}
	token := domain.NewSecret(r.Query("token"))
	if hasOwner {
		return p.leaveFirstRun(r, token)
	}
	r.Visitor.Org = r.Site().DefaultOrg
	if token.IsZero() {
		return p.show(r, 200, firstRunExplained(nil))
	}
	return p.show(r, 200, firstRunForm(token, p.minLength(r), nil))
}

// leaveFirstRun leads to the sign-in, and says why to the holder of a link.
func (p Pages) leaveFirstRun(r *page.Request, token domain.Secret) error {
	if token.IsZero() {
		return r.Redirect("/sign-in")
	}
	return r.Done("/sign-in", "has_owner")
}

// completeFirstRun makes the person the first owner and goes on with their sign-in, so that they type nothing again.
func (p Pages) completeFirstRun(r *page.Request) error {
	r.HideReferrer()
	r.Visitor.Org = r.Site().DefaultOrg
	token := r.Secret("token")
	err := page.RepeatedPassword(r)
	if err == nil {
		err = p.Platform.CompleteFirstRun.Execute(r.Context(), r.Visitor, platform.CompleteFirstRunInput{
			Token: token, Email: r.Field("email"), FullName: r.Field("full_name"), Password: r.Secret("new_password"),
		})
	}
	switch {
	case errors.Is(err, domain.ErrFirstRunDone):
		return p.leaveFirstRun(r, token)
	case errors.Is(err, domain.ErrFirstRunGone):
		failed := r.Errors(err)
		return p.show(r, failed.Status(), firstRunExplained(failed))
	case err != nil:
		failed := r.Errors(err)
		return p.show(r, failed.Status(), firstRunForm(token, p.minLength(r), failed))
	}
	result, err := p.Auth.Login.Execute(r.Context(), r.Visitor, auth.LoginInput{
		Email: r.Field("email"), Password: r.Secret("new_password"),
	})
	if err != nil {
		return p.showStart(r, r.Errors(err))
	}
	return p.proceed(r, result)
}

// firstRunOpen reports whether the service waits for its first owner, in the org of the visitor.
func (p Pages) firstRunOpen(r *page.Request) bool {
	if r.Visitor.Org != "" && r.Visitor.Org != r.Site().DefaultOrg {
		return false
	}
	hasOwner, err := p.Platform.HasOwner.Execute(r.Context())
	return err == nil && !hasOwner
}

// minLength is that of a new org.
func (p Pages) minLength(r *page.Request) int { return r.Site().Limits.PasswordMinLength }
