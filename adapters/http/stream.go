package http

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/sole-platform/sole/domain"
)

// sender sends bodies that are produced or read while they are sent.
type sender struct {
	pageTime  time.Duration // for reading a page of an export
	writeTime time.Duration // for a client to take a page of an export, or a part of a file
	logger    *slog.Logger
}

func (s *Server) sender() sender {
	return sender{pageTime: s.RequestTimeout, writeTime: s.Patience.Write, logger: s.Logger}
}

// download is a file that is produced while it is sent.
type download struct {
	media, name string
	body        *export
}

func (d download) disposition() string { return `attachment; filename="` + d.name + `"` }

// exportResponse is a download as the API answers with it.
type exportResponse struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        func(huma.Context)
}

// export returns the response that sends a download.
func (s sender) export(d download) *exportResponse {
	return &exportResponse{
		ContentType: d.media, Disposition: d.disposition(),
		Body: func(to huma.Context) { s.stream(humafiber.Unwrap(to), d.body) },
	}
}

// stream sends the export in chunks after the handlers have returned. When it fails, the last chunk is
// missing, which tells the client that the file is incomplete (RFC 9112 §8).
func (s sender) stream(c *fiber.Ctx, body *export) {
	ctx := context.WithoutCancel(c.UserContext())
	body.ctx, body.pageTime, body.writeTime = ctx, s.pageTime, s.writeTime
	body.failed = func(err error) { s.logger.ErrorContext(ctx, "an export was cut off", slog.Any("error", err)) }
	body.conn = c.Context().Conn()
	c.Context().SetBodyStream(body, -1)
}

// export produces a body page by page. It reads a page when the connection has room for it, so only
// one page is in memory, and nothing more is read when the client has disconnected.
type export struct {
	next func(context.Context, io.Writer) error // writes the next page; io.EOF after the last one

	ctx       context.Context // of the request, without its deadline
	conn      net.Conn
	pageTime  time.Duration
	writeTime time.Duration
	failed    func(error)
	text      bytes.Buffer // produced and not sent yet
}

// newExport writes head and then page after page until a page is empty.
func newExport[T any](head string, pages func(context.Context) ([]T, error), write func(io.Writer, []T) error) *export {
	e := &export{next: func(ctx context.Context, w io.Writer) error {
		page, err := pages(ctx)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return io.EOF
		}
		return write(w, page)
	}}
	e.text.WriteString(head)
	return e
}

// Read implements io.Reader.
func (e *export) Read(p []byte) (int, error) {
	if e.text.Len() == 0 {
		if err := e.fill(); err != nil {
			if !errors.Is(err, io.EOF) {
				e.failed(err)
			}
			return 0, err
		}
	}
	return e.text.Read(p)
}

// fill produces the next page. The client then has writeTime to take it.
func (e *export) fill() error {
	ctx, cancel := context.WithTimeout(e.ctx, e.pageTime)
	defer cancel()
	e.text.Reset()
	if err := e.next(ctx, &e.text); err != nil {
		return err
	}
	return e.conn.SetWriteDeadline(time.Now().Add(e.writeTime)) //nolint:forbidigo // deadlines of connections are real time
}

// contentResponse is the content of a stored file. Browsers save it and run nothing in it.
type contentResponse struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Policy      string `header:"Content-Security-Policy"`
	Body        func(huma.Context)
}

const contentPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'"

// file returns the content of a stored file as an attachment.
func (s sender) file(file domain.File, content io.ReadCloser) *contentResponse {
	return &contentResponse{
		ContentType: file.Media,
		Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}),
		Policy:      contentPolicy,
		Body:        func(to huma.Context) { s.send(humafiber.Unwrap(to), file, content) },
	}
}

// send sends the content of a stored file.
func (s sender) send(c *fiber.Ctx, file domain.File, content io.ReadCloser) {
	body := &outgoing{ReadCloser: content, conn: c.Context().Conn(), writeTime: s.writeTime}
	c.Context().SetBodyStream(body, int(file.Size))
}

// outgoing is the content of a file that is being sent. The client has writeTime to take each part.
type outgoing struct {
	io.ReadCloser
	conn      net.Conn
	writeTime time.Duration
}

// Read implements io.Reader.
func (o *outgoing) Read(p []byte) (int, error) {
	if err := o.conn.SetWriteDeadline(time.Now().Add(o.writeTime)); err != nil { //nolint:forbidigo // deadlines of connections are real time
		return 0, err
	}
	return o.ReadCloser.Read(p)
}
