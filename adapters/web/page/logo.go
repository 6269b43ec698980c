package page

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

const logoCookie = "sole_logo"

// LogoPath returns the path of the logo of the page's org. It differs for each org, and after each LogoChanged.
func (r *Request) LogoPath() string {
	org := cmp.Or(r.Caller.Org.ID, r.Visitor.Org)
	if org == "" {
		return r.Asset("icon.svg")
	}
	query := url.Values{"of": {string(org)}}
	if version := r.cookie(logoCookie); version != "" {
		query.Set("v", version)
	}
	return "/logo?" + query.Encode()
}

// LogoChanged makes the browser load the logo anew.
func (r *Request) LogoChanged() {
	r.setCookie(logoCookie, strconv.FormatInt(r.site.Clock().UnixMilli(), 36), longest)
}

// logo answers with the logo of the org that the query names, or leads to the icon of the service.
func (s *Site) logo(r *Request) error {
	org, err := domain.ParseID[domain.OrgID](r.Query("of"))
	if err != nil {
		return err
	}
	picture, content, err := s.Files.GetLogo.Execute(r.Context(), org)
	if errors.Is(err, domain.ErrNotFound) {
		r.c.Set(fiber.HeaderCacheControl, pictureCaching)
		return r.c.Redirect(r.Asset("icon.svg"), fiber.StatusFound)
	}
	if err != nil {
		return err
	}
	return r.SendPicture(picture, content)
}
