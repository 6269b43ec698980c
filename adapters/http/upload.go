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
	formLimit = 64 << 10 // bytes of a form besides its file: boundaries and headers
	slowest   = 64 << 10 // bytes per second; a slower upload is cut off
)

// form is the body of a route that accepts one file.
func (s *Server) form() bodyKind {
	return bodyKind{media: formMedia, limit: s.UploadLimit, streamed: true}
}

// image is the body of a route that accepts a picture, in a form or without one.
func (s *Server) image() bodyKind {
	kind := s.form()
	kind.images = true
	return kind
}

func isImage(media string) bool { return strings.HasPrefix(strings.ToLower(media), "image/") }

// streamedBody describes a body that is streamed in the OpenAPI document.
func streamedBody(kind bodyKind) *huma.RequestBody {
	if kind.media == formMedia {
		return formBody(kind)
	}
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "The file."}
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{kind.media: {Schema: file}}}
}

// formBody describes a form with a file in the OpenAPI document.
func formBody(kind bodyKind) *huma.RequestBody {
	file := &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "The file. Its content determines its type."}
	content := map[string]*huma.MediaType{kind.media: {Schema: &huma.Schema{
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": file}, Required: []string{"file"}, AdditionalProperties: false,
	}}}
	if kind.images {
		content["image/*"] = &huma.MediaType{Schema: file}
	}
	return &huma.RequestBody{Required: true, Content: content}
}

// uploadTime returns how long an upload may take.
func (s *Server) uploadTime(kind bodyKind) time.Duration {
	return s.Patience.Read + time.Duration(kind.limit/slowest)*time.Second
}

// passBody lets the handler read the body after the caller is authenticated. It discards what the handler
// has not read, up to readLimit more than the handler accepts, so that the client can read the response.
func (s *Server) passBody(c *fiber.Ctx, stream io.Reader, announced int, want bodyKind) error {
	most := want.limit + formLimit
	defer func() { _, _ = io.CopyN(io.Discard, stream, int64(most+readLimit)) }()
	if announced > most && !s.ofPage(c.Path()) { // a page says so beside its form
		return domain.ErrFileTooLarge
	}
	until := time.Now().Add(s.uploadTime(want)) //nolint:forbidigo // deadlines of connections are real time
	c.Request().SetBodyStream(&arriving{
		stream: stream, request: c.Context(), left: int64(most), patience: s.Patience.Read, until: until,
	}, announced)
	return guardBody(c, max(announced, -announced), want)
}

// arriving is a body that is being received. Each part of it must arrive within patience.
type arriving struct {
	stream   io.Reader
	request  *fasthttp.RequestCtx
	left     int64 // bytes that may still arrive
	patience time.Duration
	until    time.Time
}

// Read implements io.Reader. Its errors are those that the client gets.
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

// uploadRequest is a form with one file (RFC 7578), or an image without a form.
type uploadRequest struct {
	media string
	body  io.Reader
	limit int64
}

// Resolve implements huma.Resolver. It does not read the body.
func (r *uploadRequest) Resolve(ctx huma.Context) []error {
	r.media, r.body, r.limit = ctx.Header("Content-Type"), ctx.BodyReader(), ctx.Operation().MaxBodyBytes
	return nil
}

// open returns the file, which must be the only part of the form.
func (r *uploadRequest) open() (files.UploadInput, error) {
	media, params, err := mime.ParseMediaType(r.media)
	if isImage(media) {
		return files.UploadInput{Content: &capped{r.body, r.limit}}, nil
	}
	if err != nil || params["boundary"] == "" {
		return files.UploadInput{}, domain.ErrUploadBroken
	}
	body := &capped{r.body, formLimit}
	form := multipart.NewReader(body, params["boundary"])
	part, err := form.NextPart()
	if err != nil {
		return files.UploadInput{}, brokenForm(err)
	}
	if part.FormName() != "file" {
		return files.UploadInput{}, errOneFile
	}
	body.left = r.limit + formLimit
	content := &formFile{body: body, form: form, part: capped{part, r.limit}}
	return files.UploadInput{Name: norm.NFC.String(part.FileName()), Content: content}, nil
}

var errOneFile = domain.Invalid("file", "must be present, and the only part of the form")

// capped is content of limited size.
type capped struct {
	content io.Reader
	left    int64 // bytes that may still follow
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.content.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return 0, domain.ErrFileTooLarge
	}
	return n, err
}

// formFile is the file of a form. Reading it fails when the form does not end after it, or when the
// rest of the form exceeds formLimit, because that is held in memory.
type formFile struct {
	body *capped
	form *multipart.Reader
	part capped
	end  error // the result of Read after the end; what follows the form is ignored (RFC 2046 §5.1.1)
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

// finish reads the rest of the form after its file.
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

// brokenForm returns the domain error behind err, or ErrUploadBroken.
func brokenForm(err error) error {
	if failure, ok := errors.AsType[*domain.Error](err); ok {
		return failure
	}
	return domain.ErrUploadBroken
}
