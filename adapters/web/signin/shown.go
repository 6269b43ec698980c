package signin

import (
	"cmp"
	"context"
	"net/url"

	"github.com/a-h/templ"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/adapters/web/page"
)

// typedEmail returns the address that the person has typed, or that a link of ours names.
func typedEmail(r *page.Request) string { return cmp.Or(r.Field("email"), r.Query("email")) }

// withOrg returns the path with the org that the visitor has chosen.
func withOrg(r *page.Request, path string) string {
	if slug := orgSlug(r); slug != "" {
		return path + "?org=" + url.QueryEscape(slug)
	}
	return path
}

func focusIf(here bool) templ.Attributes {
	if here {
		return focus
	}
	return nil
}

// codeHint returns the key of the text about the second factors that the step offers.
func codeHint(r *page.Request, s step) string {
	switch app, passkey := s.offers(r, "totp"), s.offers(r, "passkey"); {
	case app && passkey:
		return "signin.with_either"
	case app:
		return "signin.with_app"
	case passkey:
		return "signin.with_passkey_second"
	}
	return "signin.with_recovery_code"
}

func linkTitle(ctx context.Context, shown link) string {
	switch {
	case shown.path == invitationPath && shown.Org.Name != "":
		return locale.T(ctx, "signin.welcome_to", "org", shown.Org.Name)
	case shown.path == invitationPath:
		return locale.T(ctx, "signin.welcome")
	}
	return locale.T(ctx, "signin.reset_title")
}
