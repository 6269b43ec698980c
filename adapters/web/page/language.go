package page

import (
	"cmp"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/domain"
)

// matchLanguage chooses the language of the page: the person's choice, what the browser asks for, or that of the org.
func (r *Request) matchLanguage(fallback string) {
	r.Language = locale.Match(r.c.Cookies(languageCookie), r.c.Get(fiber.HeaderAcceptLanguage), fallback)
	r.c.Set("Content-Language", r.Language.Tag())
}

// At makes the org that of the visitor.
func (r *Request) At(org domain.Org) {
	r.Visitor.Org, r.OrgName = org.ID, org.Name
	r.matchOrg()
}

// matchOrg chooses the language of the visitor's org where the person and the browser ask for none that the pages have.
// If it cannot be read, the page is in English.
func (r *Request) matchOrg() {
	if r.Visitor.Org == "" || locale.Known(r.c.Cookies(languageCookie)) || locale.Known(r.c.Get(fiber.HeaderAcceptLanguage)) {
		return
	}
	if tag, err := r.site.Auth.OrgLocale.Execute(r.c.UserContext(), r.Visitor.Org); err == nil {
		r.matchLanguage(tag)
	}
}

// chooseLanguage stores the language that a person chose, and leads back to the page of the choice.
func (s *Site) chooseLanguage(r *Request) error {
	r.c.Cookie(&fiber.Cookie{
		Name: languageCookie, Value: locale.Match(r.Field("language"), "", "").Tag(), Path: "/", MaxAge: int(longest.Seconds()),
		HTTPOnly: true, Secure: s.Secure, SameSite: fiber.CookieSameSiteLaxMode,
	})
	if path := cmp.Or(localPath(r.Field("return_to")), visitorPath(r.Field("return_to"))); path != "" {
		return r.Redirect(path)
	}
	return r.Redirect("/sign-in")
}
