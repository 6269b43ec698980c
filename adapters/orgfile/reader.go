package orgfile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"filippo.io/age"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// reader implements port.OrgFileReader.
type reader struct {
	close   func() error
	lines   *bufio.Reader
	digest  hash.Hash
	last    []byte // the line that the digest does not contain yet
	section port.OrgSection
	number  int // of the row, in its section
}

// Open implements port.OrgFiles.
func (f Files) Open(path string) (port.OrgFileReader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := f.read(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	r.close = file.Close
	return r, nil
}

// read returns a reader of encrypted content.
func (f Files) read(content io.Reader) (*reader, error) {
	buffered := bufio.NewReaderSize(content, 1<<16)
	if err := checkForm(buffered); err != nil {
		return nil, err
	}
	identities := make([]age.Identity, len(f.identities))
	for i, identity := range f.identities {
		identities[i] = identity
	}
	plain, err := age.Decrypt(buffered, identities...)
	if _, foreign := errors.AsType[*age.NoIdentityMatchError](err); foreign {
		return nil, port.ErrNotForUs
	}
	if err != nil {
		return nil, errors.New("the beginning of the file was changed or is incomplete: copy it again from where it was exported")
	}
	return &reader{close: func() error { return nil }, lines: bufio.NewReaderSize(plain, maxLine), digest: sha256.New()}, nil
}

// forms are the beginnings of files that hold an export in another form, and what to do about them.
var forms = []struct{ beginning, advice string }{
	{"age-encryption.org/v1\r\n", "its line ends were changed: transfer it as binary data"},
	{"-----BEGIN AGE ENCRYPTED FILE", "it was converted to text: convert it back, or transfer it as binary data"},
	{"YWdlLWVuY3J5cHRpb24ub3Jn", "it is in base64: decode it first, for example with `base64 -d`"},
	{"\x1f\x8b", "it is compressed: decompress it first, for example with `gunzip`"},
	{"PK\x03\x04", "it is a zip file: unpack it first"},
}

const intro = "age-encryption.org/v1\n"

func checkForm(content *bufio.Reader) error {
	head, _ := content.Peek(len(intro) + 8) // a shorter file is refused below
	for _, form := range forms {
		if bytes.HasPrefix(head, []byte(form.beginning)) {
			return errors.New(form.advice)
		}
	}
	if !bytes.HasPrefix(head, []byte(intro)) {
		return errors.New("it is no export of an org: give the file that `sole org export` wrote")
	}
	return nil
}

// Next implements port.OrgFileReader.
func (r *reader) Next() (port.OrgFileRow, error) {
	r.digest.Write(r.last) // a hash never returns an error
	r.last = nil
	text, err := r.lines.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF) && len(text) == 0:
		return port.OrgFileRow{}, io.EOF
	case errors.Is(err, bufio.ErrBufferFull):
		return port.OrgFileRow{}, r.fault("it is longer than %d bytes", maxLine)
	case errors.Is(err, io.EOF):
		return port.OrgFileRow{}, r.fault("it is incomplete")
	case err != nil:
		return port.OrgFileRow{}, r.fault("from here on the file was changed or cut off: copy it again from where it was exported")
	}
	var parsed struct {
		Section port.OrgSection           `json:"section"`
		Row     map[string]jsontext.Value `json:"row"`
	}
	if err := json.Unmarshal(text, &parsed, json.RejectUnknownMembers(true)); err != nil || parsed.Row == nil {
		return port.OrgFileRow{}, r.fault("it is not a JSON object with a section and a row")
	}
	if parsed.Section != r.section {
		r.section, r.number = parsed.Section, 0
	}
	r.number++
	row := port.OrgFileRow{Section: r.section, Number: r.number, Values: make(map[string]any, len(parsed.Row))}
	for name, value := range parsed.Row {
		if row.Values[name], err = decode(value); err != nil {
			return port.OrgFileRow{}, fmt.Errorf("section %.40q, row %d, field %.40q: %w", r.section, r.number, name, err)
		}
	}
	r.last = append(r.last, text...)
	return row, nil
}

// decode returns the Go value of a JSON value.
func decode(value jsontext.Value) (any, error) {
	switch value.Kind() {
	case '"':
		var text string
		err := json.Unmarshal(value, &text)
		return text, err
	case '0':
		var number int64
		if err := json.Unmarshal(value, &number); err != nil {
			return nil, errors.New("must be a whole number")
		}
		return number, nil
	case 't', 'f':
		return value.Kind() == 't', nil
	case 'n':
		return nil, nil //nolint:nilnil // null
	default:
	}
	var tree any
	err := json.Unmarshal(value, &tree)
	return tree, err
}

// fault returns an error about the row after the last one that was read.
func (r *reader) fault(format string, args ...any) error {
	if r.section == "" {
		return fmt.Errorf("row 1: "+format, args...)
	}
	return fmt.Errorf("section %.40q, row %d: "+format, append([]any{r.section, r.number + 1}, args...)...)
}

// Digest implements port.OrgFileReader.
func (r *reader) Digest() domain.Digest { return domain.Digest(r.digest.Sum(nil)) }

// Close implements port.OrgFileReader.
func (r *reader) Close() error { return r.close() }
