package accountfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/sole-platform/sole/domain"
)

// maxRecord is how many bytes a record, and everything between two records, may have.
const maxRecord = 1 << 20

var errLongRecord = errors.New("a record is longer than 1 MiB")

// text reads a file in UTF-8. It limits how much of the file is read for a record, because its readers buffer what they read.
type text struct {
	file  *bufio.Reader
	left  int
	given int64 // how many bytes were read
	last  byte

	failed error // of the reader; nil at the end of the file
}

// openText checks how the file is encoded.
func openText(file io.Reader) (*text, error) {
	t := &text{file: bufio.NewReaderSize(file, 64<<10)}
	start, err := t.file.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case len(start) == 0:
		return nil, domain.Invalid("", "is empty")
	case isUTF16(start):
		return nil, domain.Invalid("", "is in UTF-16: save the file in UTF-8")
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("\x1f\x8b")):
		return nil, domain.Invalid("", "is an archive: unpack it and import the file in it")
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, err = t.file.Discard(3)
		return t, err
	}
	return t, nil
}

// isUTF16 finds a byte order mark, or the zero bytes of ASCII characters in UTF-16.
func isUTF16(start []byte) bool {
	return bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")) ||
		len(start) > 1 && (start[0] == 0) != (start[1] == 0)
}

// nextRecord lets the readers of the text read another record.
func (t *text) nextRecord() { t.left = maxRecord }

// Read fails with errLongRecord after maxRecord bytes of one record.
func (t *text) Read(p []byte) (int, error) {
	if t.left == 0 {
		return 0, errLongRecord
	}
	n, err := t.file.Read(p[:min(len(p), t.left)])
	t.left -= n
	if t.given += int64(n); n > 0 {
		t.last = p[n-1]
	}
	if err != nil && !errors.Is(err, io.EOF) {
		t.failed = err
	}
	return n, err
}
