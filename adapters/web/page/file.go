package page

import (
	"io"
	"mime"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// Exports answers with files that are produced while they are sent.
type Exports interface {
	Account(c *fiber.Ctx, caller domain.Caller) error
	Members(c *fiber.Ctx, caller domain.Caller, filter domain.MemberFilter, role string) error
	AuditEvents(c *fiber.Ctx, caller domain.Caller, filter domain.AuditFilter, format string) error
}

// ExportAccount answers with everything that is stored about the caller's account.
func (r *Request) ExportAccount() error {
	return r.sandboxed(r.site.Exports.Account(r.c, r.Caller))
}

// ExportMembers answers with the accounts that the filter matches and that have the role.
func (r *Request) ExportMembers(filter domain.MemberFilter, role string) error {
	return r.sandboxed(r.site.Exports.Members(r.c, r.Caller, filter, role))
}

// ExportAuditEvents answers with the audit events that the filter matches, in the format ndjson or csv.
func (r *Request) ExportAuditEvents(filter domain.AuditFilter, format string) error {
	return r.sandboxed(r.site.Exports.AuditEvents(r.c, r.Caller, filter, format))
}

// Send answers with the content of a stored file, which browsers save, and closes it.
func (r *Request) Send(file domain.File, content io.ReadCloser) error {
	r.c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	r.site.SendFile(r.c, file, content)
	return r.sandboxed(nil)
}

// sandboxed lets nothing in a file run or load anything, wherever a browser opens it. A failure becomes a page instead.
func (r *Request) sandboxed(err error) error {
	if err == nil {
		r.c.Set(fiber.HeaderContentSecurityPolicy, "sandbox; default-src 'none'; frame-ancestors 'none'")
	}
	return err
}
