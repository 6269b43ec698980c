package page

import (
	"context"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/sole-platform/sole/adapters/web/locale"
	"github.com/sole-platform/sole/domain"
)

// Request is a request for a page.
type Request struct {
	Visitor  domain.Visitor // whose org is the one that the host names, or the only one; empty: none yet
	Caller   domain.Caller  // zero unless SignedIn
	Language *locale.Language
	OrgName  string // of the visitor's org, where it is known

	site   *Site
	c      *fiber.Ctx
	route  string
	fields url.Values
	file   string        // see KeepFile
	action domain.Action // that the route is guarded by; empty: none
}

type requestKey struct{}

// From returns the request that a view is rendered for.
func From(ctx context.Context) *Request { return ctx.Value(requestKey{}).(*Request) }

// begin returns the request of a Fiber context and sets the headers of all pages.
func (s *Site) begin(c *fiber.Ctx, route string) *Request {
	r := &Request{
		site: s, c: c, route: route,
		Visitor: domain.Visitor{Origin: s.Origin(c.UserContext())},
	}
	if !s.MultiTenant {
		r.Visitor.Org = s.DefaultOrg
	}
	r.Language = locale.Match(c.Cookies(languageCookie), c.Get(fiber.HeaderAcceptLanguage), "")
	s.Note(c.UserContext(), route, domain.Caller{})
	r.setHeaders()
	return r
}

// Site returns what all pages share.
func (r *Request) Site() *Site { return r.site }

// Context returns the context of the request, which views and use cases take.
func (r *Request) Context() context.Context {
	return context.WithValue(locale.With(r.c.UserContext(), r.Language), requestKey{}, r)
}

// SignedIn reports whether the request has a Caller.
func (r *Request) SignedIn() bool { return r.Caller.User.ID != "" }

// Path returns the path of the request without its query.
func (r *Request) Path() string { return r.c.Path() }

// Param returns a part of the path, such as that of ":id".
func (r *Request) Param(name string) string { return r.c.Params(name) }

// Query returns a value of the query in normal form (NFC).
func (r *Request) Query(name string) string { return norm.NFC.String(r.c.Query(name)) }

// Queries returns the whole query.
func (r *Request) Queries() url.Values {
	values, _ := url.ParseQuery(string(r.c.Request().URI().QueryString())) // what can be read of it
	return values
}

// Field returns a value of the posted form in normal form (NFC), without blanks around it.
func (r *Request) Field(name string) string {
	return norm.NFC.String(strings.TrimSpace(r.fields.Get(name)))
}

// Secret returns a value of the posted form, byte for byte.
func (r *Request) Secret(name string) domain.Secret { return domain.NewSecret(r.fields.Get(name)) }

// List returns all values of the posted form that have a name, such as those of checkboxes.
func (r *Request) List(name string) []string { return slices.Clone(r.fields[name]) }

// Checked reports whether a checkbox of the posted form is ticked.
func (r *Request) Checked(name string) bool { return r.fields.Get(name) != "" }

// Posted reports whether the posted form has a field.
func (r *Request) Posted(name string) bool { return r.fields.Has(name) }

func (r *Request) posted() bool { return r.c.Method() != fiber.MethodGet }

const formMedia = "application/x-www-form-urlencoded"

// readFields reads the posted form. A form with a file is read by Upload, after the caller is known.
func (r *Request) readFields() error {
	media, _, _ := mime.ParseMediaType(r.c.Get(fiber.HeaderContentType))
	if media != formMedia {
		r.fields = url.Values{}
		return nil
	}
	fields, err := url.ParseQuery(string(r.c.Request().Body()))
	if err != nil {
		return fiber.ErrBadRequest
	}
	r.fields = fields
	for name, values := range fields {
		for _, value := range values {
			if !storable(name) || !storable(value) {
				return fiber.ErrBadRequest
			}
		}
	}
	return nil
}

// checkQuery refuses a query that no page of the service leads to.
func (r *Request) checkQuery() error {
	for name, value := range r.c.Request().URI().QueryArgs().All() {
		if !storable(string(name)) || !storable(string(value)) {
			return fiber.ErrBadRequest
		}
	}
	return nil
}

// storable reports whether every database can store and compare a text. Browsers send no other.
func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// Show answers with a view.
func (r *Request) Show(status int, view templ.Component) error {
	r.c.Status(status).Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	return view.Render(r.Context(), r.c.Response().BodyWriter())
}

// RefreshAfter lets the browser load the page again after a time.
func (r *Request) RefreshAfter(d time.Duration) {
	r.c.Set("Refresh", strconv.Itoa(int(d.Seconds())))
}

// Redirect leads the browser to a path of the service.
func (r *Request) Redirect(path string) error { return r.c.Redirect(path, fiber.StatusSeeOther) }

// Done leads the browser to a path after a change, where the text of the key "done."+name is shown.
func (r *Request) Done(path, name string) error {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return r.Redirect(path + separator + "done=" + url.QueryEscape(name))
}

// Notice returns the text that Done has asked for, or "".
func (r *Request) Notice() string {
	key := "done." + r.c.Query("done")
	if r.c.Query("done") == "" || !r.Language.Has(key) {
		return ""
	}
	return r.Language.Text(key)
}

// JSON answers a script of a page.
func (r *Request) JSON(value any) error { return r.c.JSON(value) }
