package http

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
	"golang.org/x/text/unicode/norm"

	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/domain"
)

const (
	formMedia = "multipart/form-data"
	formLimit = 64 << 10 // bytes around the file in a form: its boundaries and headers
	slowest   = 64 << 10 // bytes a second; a slower upload is broken off
)

// form is the body of a route that takes one file in.
func (s *Server) form() bodyKind {
	return bodyKind{media: formMedia, limit: s.UploadLimit, streamed: true}
}

// image is the body of a route that takes a picture in: in a form, or by itself.
func (s *Server) image() bodyKind {
	kind := s.form()
	kind.images = true
	return kind
}

func isImage(media string) bool { return strings.HasPrefix(strings.ToLower(media), "image/") }

// formBody describes it.
func formBody(kind bodyKind) *huma.RequestBody {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "The file; its type is told by its content."}
	content := map[string]*huma.MediaType{kind.media: {Schema: &huma.Schema{
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": file}, Required: []string{"file"}, AdditionalProperties: false,
	}}}
	if kind.images {
		content["image/*"] = &huma.MediaType{Schema: file}
	}
	return &huma.RequestBody{Required: true, Content: content}
}

// uploadTime is how long an upload may take.
func (s *Server) uploadTime(kind bodyKind) time.Duration {
	return s.Patience.Read + time.Duration(kind.limit/slowest)*time.Second
}

// passBody lets a body through that the route itself reads, after it knows who sends it. What
// the route leaves unread is read and forgotten, up to somewhat more than it takes, so that the
// client gets to read the answer.
func (s *Server) passBody(c *fiber.Ctx, stream io.Reader, announced int, want bodyKind) error {
	most := want.limit + formLimit
	defer func() { _, _ = io.CopyN(io.Discard, stream, int64(most+readLimit)) }()
	if announced > most {
		return domain.ErrFileTooLarge
	}
	//nolint:forbidigo // deadlines of connections are real time
	c.Request().SetBodyStream(&arriving{stream, c.Context(), int64(most), s.Patience.Read, time.Now().Add(s.uploadTime(want))}, announced)
	return guardBody(c, max(announced, -announced), want)
}

// arriving is a body on its way in, of which every piece has some time to come.
type arriving struct {
	stream   io.Reader
	request  *fasthttp.RequestCtx
	left     int64 // bytes that may still come
	patience time.Duration
	until    time.Time
}

// Read implements io.Reader. Failures are told as the client may know them.
func (a *arriving) Read(p []byte) (int, error) {
	next := time.Now().Add(a.patience) //nolint:forbidigo // deadlines of connections are real time
	if next.After(a.until) {
		next = a.until
	}
	if err := a.request.SetReadDeadline(next); err != nil {
		return 0, domain.ErrUploadBroken
	}
	n, err := a.stream.Read(p)
	if a.left -= int64(n); a.left < 0 {
		return 0, domain.ErrFileTooLarge
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, domain.ErrUploadBroken
	}
	return n, err
}

// uploadRequest is a form with one file (RFC 7578), or an image by itself.
type uploadRequest struct {
	media string
	body  io.Reader
	limit int64
}

// Resolve implements huma.Resolver. Nothing is read yet.
func (r *uploadRequest) Resolve(ctx huma.Context) []error {
	r.media, r.body, r.limit = ctx.Header("Content-Type"), ctx.BodyReader(), ctx.Operation().MaxBodyBytes
	return nil
}

// open finds the file, which must be all that the form has.
func (r *uploadRequest) open() (files.Upload, error) {
	media, params, err := mime.ParseMediaType(r.media)
	if isImage(media) {
		return files.Upload{Content: &capped{r.body, r.limit}}, nil
	}
	if err != nil || params["boundary"] == "" {
		return files.Upload{}, domain.ErrUploadBroken
	}
	body := &capped{r.body, formLimit}
	form := multipart.NewReader(body, params["boundary"])
	part, err := form.NextPart()
	if err != nil {
		return files.Upload{}, brokenForm(err)
	}
	if part.FormName() != "file" {
		return files.Upload{}, errOneFile
	}
	body.left = r.limit + formLimit
	content := &formFile{body: body, form: form, part: capped{part, r.limit}}
	return files.Upload{Name: norm.NFC.String(part.FileName()), Content: content}, nil
}

var errOneFile = domain.Invalid("body.file", "must be there, as the only part of the form")

// capped is content of a bounded size.
type capped struct {
	content io.Reader
	left    int64 // bytes that it may still have
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.content.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, domain.ErrFileTooLarge
	}
	return n, err
}

// formFile is the file of a form; it ends well only where the form does. Around it the form
// may have little, all of which would be held in memory.
type formFile struct {
	body *capped
	form *multipart.Reader
	part capped
	end  error // once it is reached; what follows the form is not looked at (RFC 2046 §5.1.1)
}

// Read implements io.Reader.
func (f *formFile) Read(p []byte) (n int, err error) {
	if f.end != nil {
		return 0, f.end
	}
	n, err = f.part.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		f.end = f.finish()
	case err != nil:
		f.end = brokenForm(err)
	}
	return n, f.end
}

// finish reads what is left of the form after its file.
func (f *formFile) finish() error {
	f.body.left = min(f.body.left, formLimit)
	switch _, err := f.form.NextPart(); {
	case err == nil:
		return errOneFile
	case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return io.EOF
	default:
		return brokenForm(err)
	}
}

// brokenForm keeps what the connection had to say.
func brokenForm(err error) error {
	if failure, ok := errors.AsType[*domain.Error](err); ok {
		return failure
	}
	return domain.ErrUploadBroken
}
