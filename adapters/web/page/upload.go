package page

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/unicode/norm"

	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/domain"
)

const uploadMedia = "multipart/form-data"

// maxUploadFields bounds what a form has besides its file, in bytes.
const maxUploadFields = 64 << 10

var (
	errNoFile   = domain.Invalid("file", "must be chosen")
	errOneFile  = domain.Invalid("file", "must be the only file and the last field of the form")
	errNoUpload = domain.Invalid("file", "was not sent again: choose it once more")
)

// Upload returns the file of a posted form, which is the form's last field and is named "file". Its content is read while
// it arrives. The other fields are read into the request, and a step-up of the form is taken. A text in the place of the
// file is a file without a name. Without a chosen file, it returns an error for the field "file".
func (r *Request) Upload() (files.UploadInput, error) {
	media, params, err := mime.ParseMediaType(r.c.Get(fiber.HeaderContentType))
	switch {
	case err == nil && media == formMedia:
		return files.UploadInput{}, errNoUpload
	case err != nil || media != uploadMedia || params["boundary"] == "":
		return files.UploadInput{}, domain.ErrUploadBroken
	}
	stream := r.c.Context().RequestBodyStream()
	if stream == nil {
		return files.UploadInput{}, domain.ErrUploadBroken
	}
	if int64(r.c.Request().Header.ContentLength()) > r.site.MaxUpload+maxUploadFields {
		return files.UploadInput{}, domain.ErrFileTooLarge
	}
	body := &bounded{content: stream, left: maxUploadFields}
	form := multipart.NewReader(body, params["boundary"])
	part, err := r.readPartsBeforeFile(form)
	if err != nil {
		return files.UploadInput{}, brokenForm(err)
	}
	body.unlimited = true
	content := &bounded{content: part, left: r.site.MaxUpload}
	if part.FileName() == "" {
		if content.content, err = r.readText(part); err != nil {
			return files.UploadInput{}, brokenForm(err)
		}
	}
	if err := r.takeStepUp(); err != nil {
		return files.UploadInput{}, err
	}
	return files.UploadInput{Name: norm.NFC.String(part.FileName()), Content: &formFile{body: body, form: form, part: content}}, nil
}

// maxUploadText bounds a text that is sent in the place of a file, in bytes.
const maxUploadText = 1 << 20

// readText reads a text that is sent in the place of a file: pasted, or kept by KeepFile. It keeps it once more.
func (r *Request) readText(part io.Reader) (io.Reader, error) {
	text, err := io.ReadAll(&bounded{content: part, left: maxUploadText})
	if err == nil && len(text) == 0 {
		err = errNoFile
	}
	r.KeepFile(string(text))
	return strings.NewReader(string(text)), err
}

// KeepFile lets the form of a step-up send the text of an uploaded file again.
func (r *Request) KeepFile(text string) { r.file = text }

// readPartsBeforeFile reads the fields before the file and returns the part that is the file.
func (r *Request) readPartsBeforeFile(form *multipart.Reader) (*multipart.Part, error) {
	r.fields = url.Values{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errNoFile
		}
		if err != nil || part.FormName() == "file" {
			return part, err
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		if !storable(part.FormName()) || !storable(string(value)) {
			return nil, domain.ErrUploadBroken
		}
		r.fields.Add(part.FormName(), string(value))
	}
}

// bounded is content of limited size.
type bounded struct {
	content   io.Reader
	left      int64 // bytes that may still follow
	unlimited bool
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.content.Read(p)
	if b.left -= int64(n); b.left < 0 && !b.unlimited {
		return 0, domain.ErrFileTooLarge
	}
	return n, err
}

// formFile is the file of a form. Reading it fails when the form does not end after it.
type formFile struct {
	body *bounded
	form *multipart.Reader
	part io.Reader
	end  error // the result of Read after the end
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
	f.body.left, f.body.unlimited = maxUploadFields, false
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
