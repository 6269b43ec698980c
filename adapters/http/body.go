package http

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// readBody takes the body in as it arrives, at most BodyLimit of it: what a client announces
// and does not send costs nothing. Of what is too much some is read and forgotten, so that
// the client gets to read why; a client who has more to send finds the connection closed.
func (s *Server) readBody(c *fiber.Ctx) error {
	stream, announced := c.Request().BodyStream(), c.Request().Header.ContentLength()
	if stream == nil {
		stream = bytes.NewReader(nil)
	}
	var body bytes.Buffer
	if announced <= s.BodyLimit {
		if _, err := body.ReadFrom(io.LimitReader(stream, int64(s.BodyLimit)+1)); err != nil {
			return brokenBody(c, err)
		}
	}
	if announced > s.BodyLimit || body.Len() > s.BodyLimit {
		_, _ = io.CopyN(io.Discard, stream, readLimit)
		return fiber.ErrRequestEntityTooLarge
	}
	if announced > body.Len() {
		return brokenBody(c, io.ErrUnexpectedEOF)
	}
	requestOf(c.UserContext()).began = s.Clock() // the client's own slowness is not ours
	c.Request().SetBodyStream(bytes.NewReader(body.Bytes()), body.Len())
	return s.guardBody(c, body.Len())
}

// brokenBody ends the connection: nobody knows where the next request would begin.
func brokenBody(c *fiber.Ctx, err error) error {
	c.Context().SetConnectionClose()
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fiber.ErrRequestTimeout
	}
	return fiber.ErrBadRequest
}

// guardBody takes JSON only, and uncompressed: a small compressed body can unpack to gigabytes.
func (s *Server) guardBody(c *fiber.Ctx, size int) error {
	if len(c.Request().Header.Peek("Content-Encoding")) > 0 {
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "Send the body without Content-Encoding.")
	}
	if len(c.Request().Header.Peek("Transfer-Encoding")) > 0 && len(c.Request().Header.Peek("Content-Length")) > 0 {
		return fiber.NewError(fiber.StatusBadRequest, "Send either Content-Length or Transfer-Encoding.")
	}
	mediaType, _, _ := strings.Cut(c.Get("Content-Type"), ";")
	if size > 0 && !strings.EqualFold(strings.TrimSpace(mediaType), "application/json") {
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "Send the body as application/json.")
	}
	return c.Next()
}
