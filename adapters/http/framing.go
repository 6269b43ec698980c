package http

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// wellFormed refuses requests that fasthttp's parser accepts but a proxy in front may read
// differently: folded header lines, spaces in header names, bare line feeds (RFC 9112 §2.2, §5.1,
// §5.2) and repeated singletons get 400, HTTP versions other than 1.x get 505 (RFC 9110 §15.6.6).
// It closes the connection, because the proxy and the service may disagree on where the next request
// begins. Trailers are refused by readBody.
func (s *Server) wellFormed(c *fiber.Ctx) error {
	header := &c.Request().Header
	switch version := header.Protocol(); {
	case header.IsHTTP11():
	case !bytes.HasPrefix(version, []byte("HTTP/1.")):
		c.Context().SetConnectionClose()
		return fiber.ErrHTTPVersionNotSupported
	case string(version) != "HTTP/1.0" && len(header.Host()) == 0: // RFC 9112 §3.2
		c.Context().SetConnectionClose()
		return fiber.ErrBadRequest
	}
	if !wellFormedFields(header.RawHeaders()) {
		c.Context().SetConnectionClose()
		return fiber.ErrBadRequest
	}
	return c.Next()
}

// singletons are the headers that a request may contain only once. If there were two, a proxy in front
// could check one and the service use the other. The parser refuses a second Host or Content-Length.
var singletons = [][]byte{
	[]byte("Authorization"), []byte("Content-Type"), []byte("X-Org-Id"), []byte("X-Tenant-ID"), []byte("X-Step-Up-Token"),
}

// wellFormedFields reports whether each line of a header section ends in CRLF and starts with a
// name without white space, and no singleton occurs twice. The parser has checked everything else.
func wellFormedFields(section []byte) bool {
	var seen singletonSet
	for len(section) > 0 {
		end := bytes.IndexByte(section, '\n')
		if end < 1 || section[end-1] != '\r' {
			return false
		}
		if end > 1 {
			name, _, found := bytes.Cut(section[:end], []byte(":"))
			if !found || bytes.ContainsAny(name, " \t") || seen.add(name) {
				return false
			}
		}
		section = section[end+1:]
	}
	return true
}

// singletonSet has a bit for each singleton that occurred.
type singletonSet uint

// add records a header and reports whether it is a singleton that occurred before.
func (s *singletonSet) add(name []byte) (repeated bool) {
	for i, singleton := range singletons {
		if len(name) == len(singleton) && bytes.EqualFold(name, singleton) {
			repeated = *s&(1<<i) != 0
			*s |= 1 << i
		}
	}
	return repeated
}

// closeDelimited sends a streamed body of unknown length to an HTTP/1.0 client, which does not
// understand chunks (RFC 9112 §6.1). It closes the connection at the end of the body. If the stream fails,
// it resets the connection, so that the client does not take a part of the body for the whole.
func (s *Server) closeDelimited(ctx *fasthttp.RequestCtx) {
	response := &ctx.Response
	if ctx.Request.Header.IsHTTP11() || !response.IsBodyStream() || response.Header.ContentLength() >= 0 {
		return
	}
	response.Header.SetContentLength(-2) // in fasthttp: neither a length nor chunks
	response.Header.Del(fiber.HeaderTransferEncoding)
	if response.SkipBody { // HEAD
		response.ResetBody()
		return
	}
	head, body, conn := bytes.Clone(response.Header.Header()), response.BodyStream(), ctx.Conn()
	s.streams.Add(1)
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(net.Conn) {
		defer s.streams.Done()
		_ = conn.SetWriteDeadline(time.Now().Add(s.Patience.Write)) //nolint:forbidigo // deadlines of connections are real time
		if err := copyStream(conn, io.MultiReader(bytes.NewReader(head), body)); err != nil {
			s.Logger.Warn("a streamed response was cut off", slog.Any("error", err))
			reset(conn)
		}
	})
}

func copyStream(to io.Writer, from io.Reader) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	_, err = io.Copy(to, from)
	return err
}

// reset makes the client see an error instead of the end of the body when the connection is closed.
func reset(conn net.Conn) {
	if inner, ok := conn.(*counted); ok {
		conn = inner.Conn
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}
