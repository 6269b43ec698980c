package signin

import (
	"cmp"
	"errors"

	"github.com/a-h/templ"

	"github.com/sole-platform/sole/adapters/web/page"
	accounts "github.com/sole-platform/sole/application/account"
	"github.com/sole-platform/sole/application/auth"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/domain"
)

// Pages are the pages for visitors.
type Pages struct {
	Auth    auth.UseCases
	Account accounts.UseCases

	Platform platform.UseCases
}

// Mount adds their routes.
func (p Pages) Mount(t *page.Table) {
	t.Open("GET /sign-in", p.start)
	t.Open("POST /sign-in", p.signIn)
	t.Open("POST /sign-in/passkey", p.signInWithPasskey)
	t.Open("POST /sign-in/passkey/options", p.passkeyOptions)
	t.Open("POST /sign-in/mfa", p.completeMFA)
	t.Open("POST /sign-in/mfa/passkey/options", p.mfaPasskeyOptions)
	t.Open("POST /sign-in/enroll", p.enroll)
	t.Open("POST /sign-in/enroll/confirm", p.confirmEnrollment)
	t.Open("POST /sign-in/password", p.replacePassword)
	t.Open("POST /sign-in/strength", p.strength)
	t.Open("GET /sign-in/done", p.done)
	t.Open("POST /sign-in/done", p.keptCodes)
	t.Open("GET /sign-in/*", p.startAgain)
	t.Open("GET "+firstRunPath, p.openFirstRun)
	t.Open("POST "+firstRunPath, p.completeFirstRun)

	t.Open("GET /org-discovery", p.askAddress)
	t.Open("POST /org-discovery", p.discoverOrgs)
	t.Open("GET /forgot-password", p.askForgotten)
	t.Open("POST /forgot-password", p.forgotPassword)
	for _, path := range []string{resetPath, invitationPath} {
		t.Open("GET "+path, p.openLink)
		t.Open("POST "+path, p.resetPassword)
	}
	t.Open("GET /confirm-email", p.askConfirmation)
	t.Open("POST /confirm-email", p.confirmEmail)
}

// locate finds the org of the visitor in multi mode: the one that the host, the form, the query or the browser names. It
// leaves the visitor without an org if nothing names one.
func (p Pages) locate(r *page.Request) error {
	if !r.Site().MultiTenant || r.Visitor.Org != "" {
		return nil
	}
	slug := cmp.Or(r.HostOrg(), r.Field("org"), r.Query("org"))
	remembered := slug == "" && r.Query("choose") == ""
	if remembered {
		slug = r.LastOrg()
	}
	if slug == "" {
		return nil
	}
	org, err := p.Auth.ResolveOrg.Execute(r.Context(), slug)
	if remembered && errors.Is(err, domain.ErrOrgNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r.At(org)
	return nil
}

// orgSlug returns how the visitor named the org; empty where the host or the deployment names it.
func orgSlug(r *page.Request) string {
	if !r.Site().MultiTenant || r.HostOrg() != "" {
		return ""
	}
	return cmp.Or(r.Field("org"), r.Query("org"), r.LastOrg())
}

// show answers with a view under the name of the visitor's org.
func (p Pages) show(r *page.Request, status int, view templ.Component) error {
	if r.OrgName == "" && r.Visitor.Org != "" {
		if org, err := p.Auth.ResolveOrg.Execute(r.Context(), string(r.Visitor.Org)); err == nil {
			r.OrgName = org.Name
		}
	}
	return r.Show(status, view)
}
