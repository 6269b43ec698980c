package http

import (
	"io"

	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// SendFile answers with the content of a stored file, and closes it.
func SendFile(c *fiber.Ctx, file domain.File, content io.ReadCloser) {
	c.Set(fiber.HeaderContentType, file.Media)
	requestOf(c.UserContext()).sender.send(c, file, content)
}

// PageExports sends the exports of the API to browsers.
type PageExports struct {
	uc    UseCases
	clock port.Clock
}

// NewPageExports returns the exports of the use cases.
func NewPageExports(uc UseCases, clock port.Clock) PageExports {
	return PageExports{uc: uc, clock: clock}
}

// Account answers with everything that is stored about the caller's account.
func (e PageExports) Account(c *fiber.Ctx, caller domain.Caller) error {
	file, err := accountExportAPI{uc: e.uc.Account, clock: e.clock}.download(c.UserContext(), caller)
	return sendDownload(c, file, err)
}

// Members answers with the accounts that the filter matches and that have the role, as CSV.
func (e PageExports) Members(c *fiber.Ctx, caller domain.Caller, filter domain.MemberFilter, role string) error {
	file, err := memberExportAPI{uc: e.uc.Members}.download(c.UserContext(), caller, filter, role)
	return sendDownload(c, file, err)
}

// AuditEvents answers with the audit events that the filter matches, as ndjson or csv.
func (e PageExports) AuditEvents(c *fiber.Ctx, caller domain.Caller, filter domain.AuditFilter, format string) error {
	if _, known := exportFormats[format]; !known {
		return domain.Invalid("format", "must be ndjson or csv")
	}
	file, err := auditAPI{uc: e.uc.Audit}.download(c.UserContext(), caller, filter, format)
	return sendDownload(c, file, err)
}

func sendDownload(c *fiber.Ctx, file download, err error) error {
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, file.media)
	c.Set(fiber.HeaderContentDisposition, file.disposition())
	requestOf(c.UserContext()).sender.stream(c, file.body)
	return nil
}
