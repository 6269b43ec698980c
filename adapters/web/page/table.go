package page

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/application/proof"
	"github.com/sole-platform/sole/domain"
)

var ownAccount = proof.OwnAccount

// Handler answers a request with a view or a redirect. An error that it returns becomes a page: the form of a
// step-up, the sign-in, or a page that says what happened.
type Handler func(*Request) error

// Table is the route table of the pages.
type Table struct {
	site   *Site
	router fiber.Router
}

// NewTable returns a table whose routes are added to the router.
func NewTable(site *Site, router fiber.Router) *Table { return &Table{site: site, router: router} }

// Open adds a route for anyone, such as "GET /sign-in". If the visitor is signed in, the request has a Caller.
func (t *Table) Open(at string, handle Handler) {
	t.add(at, func(r *Request) error {
		if err := r.site.admit(r); err != nil && r.Errors(err).endsSession() {
			r.forgetSession()
		}
		return handle(r)
	})
}

// Signed adds a route for callers: a live session that has what the use case needs. The use case checks its needs
// itself. Without a session, the visitor is led to the sign-in and back.
func (t *Table) Signed(at string, needs proof.Needs, handle Handler) {
	t.add(at, func(r *Request) error {
		if err := r.site.admit(r); err != nil {
			return err
		}
		if !r.SignedIn() {
			return domain.ErrUnauthenticated
		}
		r.action = needs.Action
		if err := needs.Check(r.Caller); err != nil {
			return err
		}
		if err := r.takeStepUp(); err != nil {
			return err
		}
		return handle(r)
	})
}

func (t *Table) add(at string, handle Handler) {
	method, path, _ := strings.Cut(at, " ")
	t.router.Add(method, path, func(c *fiber.Ctx) error {
		r := t.site.begin(c, path)
		if err := t.site.answer(r, handle); err != nil {
			return r.fail(err)
		}
		return nil
	})
}

// answer refuses posts from other sites, and what is no text, before it calls the handler.
func (s *Site) answer(r *Request, handle Handler) error {
	if err := r.checkQuery(); err != nil {
		return err
	}
	if r.posted() {
		if err := s.sameOrigin(r); err != nil {
			return err
		}
		if err := r.readFields(); err != nil {
			return err
		}
	}
	return handle(r)
}
