package http

import (
	"bytes"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// readBody reads the body as it arrives, up to its limit. Memory is used only for what has arrived,
// whatever Content-Length announces. If the body is too large, readLimit bytes of it are read and discarded, so
// that the client can read the response. The connection of a client that sends more is closed.
func (s *Server) readBody(c *fiber.Ctx) error {
	stream, announced := c.Request().BodyStream(), c.Request().Header.ContentLength()
	if stream == nil {
		stream = nethttp.NoBody
	}
	want := s.wanted(c)
	if want.streamed {
		return s.passBody(c, stream, announced, want)
	}
	var body bytes.Buffer
	if announced <= want.limit && stream != nethttp.NoBody {
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
	if len(c.Request().Header.PeekTrailerKeys()) > 0 { // the parser adds them to the headers, which wellFormed has already checked
		return brokenBody(c, nil)
	}
	requestOf(c.UserContext()).began = s.Clock() // the time that the client took to send does not count
	if ofOAuth(c.Path()) {
		requestOf(c.UserContext()).body = body.Bytes()
	}
	c.Request().SetBodyStream(bytes.NewReader(body.Bytes()), body.Len())
	return guardBody(c, body.Len(), want)
}

// brokenBody closes the connection, because the start of the next request is unknown.
func brokenBody(c *fiber.Ctx, err error) error {
	c.Context().SetConnectionClose()
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fiber.ErrRequestTimeout
	}
	return fiber.ErrBadRequest
}

// bodyKind is the kind of body that a route accepts.
type bodyKind struct {
	media    string
	limit    int      // in bytes; of the file, if the body is streamed
	streamed bool     // the handler reads the body, after the caller is authenticated
	images   bool     // an image without a form is accepted, too
	also     []string // further media types that are accepted
}

// accepts reports whether the route accepts a body of this media type.
func (k bodyKind) accepts(media string) bool {
	also := slices.ContainsFunc(k.also, func(other string) bool { return strings.EqualFold(media, other) })
	return strings.EqualFold(media, k.media) || also || k.images && isImage(media)
}

// mediaTypes lists the accepted media types for an error message.
func (k bodyKind) mediaTypes() string {
	if k.images {
		return k.media + ", or an image by itself as image/png, image/jpeg, image/gif or image/webp"
	}
	return strings.Join(append([]string{k.media}, k.also...), " or ")
}

// wanted returns the kind of body that the route of the request accepts: JSON, unless the route declares another
// or is a page.
func (s *Server) wanted(c *fiber.Ctx) bodyKind {
	if kind, found := s.bodies[c.Method()+" "+c.Path()]; found {
		return kind
	}
	if s.ofPage(c.Path()) {
		return s.pageBody(c)
	}
	return bodyKind{media: "application/json", limit: s.BodyLimit}
}

// guardBody refuses bodies of another type than the route accepts, and compressed ones: a small
// compressed body can expand to gigabytes.
func guardBody(c *fiber.Ctx, size int, want bodyKind) error {
	if len(c.Request().Header.Peek("Content-Encoding")) > 0 {
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "Send the body without Content-Encoding.")
	}
	if len(c.Request().Header.Peek("Transfer-Encoding")) > 0 && len(c.Request().Header.Peek("Content-Length")) > 0 {
		return fiber.NewError(fiber.StatusBadRequest, "Send either Content-Length or Transfer-Encoding.")
	}
	mediaType, _, _ := strings.Cut(c.Get("Content-Type"), ";")
	if size > 0 && !want.accepts(strings.TrimSpace(mediaType)) && routed(c) {
		return fiber.NewError(fiber.StatusUnsupportedMediaType, "Send the body as "+want.mediaTypes()+".")
	}
	return c.Next()
}

// routed reports whether a route exists for the method and the path of a request. Without one the router
// answers 404 or 405, and the type of the body does not matter.
func routed(c *fiber.Ctx) bool {
	return slices.ContainsFunc(c.App().GetRoutes(true), func(route fiber.Route) bool {
		return route.Method == c.Method() && fiber.RoutePatternMatch(c.Path(), route.Path, c.App().Config())
	})
}
