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
	if len(start) == 0 {
		return nil, domain.Invalid("", "is empty")
	}
	if fault := domain.FileEncodingFault(start); fault != "" {
		return nil, domain.Invalid("", fault)
	}
	if bytes.HasPrefix(start, []byte("\xef\xbb\xbf")) {
		_, err = t.file.Discard(3)
		return t, err
	}
	return t, nil
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

// readText opens a file and yields the accounts that read returns.
func readText(file io.Reader, read func(*text) accounts) accounts {
	return func(yield func(domain.ImportedAccount, error) bool) {
		t, err := openText(file)
		if err != nil {
			yield(domain.ImportedAccount{}, err)
			return
		}
		read(t)(yield)
	}
}

// readEither reads a file that is either a table or JSON, which its first character tells.
func readEither(file io.Reader, table, json func(*text) accounts) accounts {
	return readText(file, func(t *text) accounts {
		if start, err := firstCharacter(t); err == nil && start != '{' && start != '[' {
			return table(t)
		}
		return json(t)
	})
}

// firstCharacter returns the first character that is no white space, among the first thousand.
func firstCharacter(t *text) (byte, error) {
	start, err := t.file.Peek(1000)
	for _, c := range start {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, nil
		}
	}
	return 0, err
}
