package http

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// readBody takes the body in as it arrives, at most its limit: what a client announces
// and does not send costs nothing. Of what is too much some is read and forgotten, so that
// the client gets to read why; a client who has more to send finds the connection closed.
func (s *Server) readBody(c *fiber.Ctx) error {
	stream, announced := c.Request().BodyStream(), c.Request().Header.ContentLength()
	if stream == nil {
		stream = bytes.NewReader(nil)
	}
	want := s.wanted(c)
	if want.streamed {
		return s.passBody(c, stream, announced, want)
	}
	var body bytes.Buffer
	if announced <= want.limit {
		if _, err := body.ReadFrom(io.LimitReader(stream, int64(want.limit)+1)); err != nil {
			return brokenBody(c, err)
		}
	}
	if announced > want.limit || body.Len() > want.limit {
		_, _ = io.CopyN(io.Discard, stream, readLimit)
		return fiber.ErrRequestEntityTooLarge
	}
	if announced > body.Len() {
		return brokenBody(c, io.ErrUnexpectedEOF)
	}
	if len(c.Request().Header.PeekTrailerKeys()) > 0 { // the parser returns them like headers, after wellFormed checked those
		return brokenBody(c, nil)
	}
	requestOf(c.UserContext()).began = s.Clock() // the client's own slowness is not ours
	c.Request().SetBodyStream(bytes.NewReader(body.Bytes()), body.Len())
	return guardBody(c, body.Len(), want)
}

// brokenBody ends the connection: nobody knows where the next request would begin.
func brokenBody(c *fiber.Ctx, err error) error {
	c.Context().SetConnectionClose()
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fiber.ErrRequestTimeout
	}
	return fiber.ErrBadRequest
}

// bodyKind is what a route takes in.
type bodyKind struct {
	media    string
	limit    int  // bytes; of the file, where it is streamed
	streamed bool // the route reads it itself, once the caller is known
	images   bool // an image by itself is taken, too
}

// takes tells whether a body of a type is what the route takes in.
func (k bodyKind) takes(media string) bool {
	return strings.EqualFold(media, k.media) || k.images && isImage(media)
}

// mediaTypes names the types for an error message.
func (k bodyKind) mediaTypes() string {
	if k.images {
		return k.media + ", or an image by itself as image/png, image/jpeg, image/gif or image/webp"
	}
	return k.media
}

// wanted is what the route at the request's address takes in: JSON, if it says nothing else.
func (s *Server) wanted(c *fiber.Ctx) bodyKind {
	if kind, found := s.bodies[c.Method()+" "+c.Path()]; found {
		return kind
	}
	return bodyKind{media: "application/json", limit: s.BodyLimit}
}

// guardBody takes what the route wants only, and uncompressed: a small compressed body can unpack to gigabytes.
func guardBody(c *fiber.Ctx, size int, want bodyKind) error {
	if len(c.Request().Header.Peek("Content-Encoding")) > 0 {
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "Send the body without Content-Encoding.")
	}
	if len(c.Request().Header.Peek("Transfer-Encoding")) > 0 && len(c.Request().Header.Peek("Content-Length")) > 0 {
		return fiber.NewError(fiber.StatusBadRequest, "Send either Content-Length or Transfer-Encoding.")
	}
	mediaType, _, _ := strings.Cut(c.Get("Content-Type"), ";")
	if size > 0 && !want.takes(strings.TrimSpace(mediaType)) && routed(c) {
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "Send the body as "+want.mediaTypes()+".")
	}
	return c.Next()
}

// routed tells whether the method and the address of a request have a route. If not, the router answers
// 404 or 405, and the type of the body does not matter.
func routed(c *fiber.Ctx) bool {
	return slices.ContainsFunc(c.App().GetRoutes(true), func(route fiber.Route) bool {
		return route.Method == c.Method() && fiber.RoutePatternMatch(c.Path(), route.Path, c.App().Config())
	})
}
