package orgfile

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// maxLine is the size of a line in bytes, above which a file is refused.
const maxLine = 1 << 20

// line is a row in a file.
type line struct {
	Section port.OrgSection `json:"section"`
	Row     map[string]any  `json:"row"`
}

// writer implements port.OrgFileWriter. It writes a file beside the path, which Keep links there.
type writer struct {
	path      string
	file      *os.File // nil after Keep or Discard
	buffered  *bufio.Writer
	encrypted io.WriteCloser
	digest    hash.Hash
}

// Create implements port.OrgFiles.
func (f Files) Create(path, publicKey string) (port.OrgFileWriter, error) {
	recipient, err := parseRecipient(publicKey)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%s exists already: name another file", path)
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.part") // readable by its owner only
	if err != nil {
		return nil, err
	}
	w := &writer{path: path, file: file, buffered: bufio.NewWriterSize(file, 1<<16), digest: sha256.New()}
	if w.encrypted, err = age.Encrypt(w.buffered, recipient); err != nil {
		return nil, errors.Join(err, w.Discard())
	}
	return w, nil
}

// Write implements port.OrgFileWriter.
func (w *writer) Write(section port.OrgSection, row port.OrgRow) error {
	text, err := json.Marshal(line{section, encodable(row)})
	if err != nil {
		return fmt.Errorf("write %s: %w", section, err)
	}
	text = append(text, '\n')
	if len(text) > maxLine {
		return fmt.Errorf("a row of %s has %d bytes, and a file takes at most %d", section, len(text), maxLine)
	}
	w.digest.Write(text) // a hash never returns an error
	_, err = w.encrypted.Write(text)
	return err
}

func encodable(row port.OrgRow) map[string]any {
	values := make(map[string]any, len(row))
	for name, value := range row {
		if at, ok := value.(time.Time); ok {
			value = at.UTC().Format(time.RFC3339Nano)
		}
		values[name] = value
	}
	return values
}

// Digest implements port.OrgFileWriter.
func (w *writer) Digest() domain.Digest { return domain.Digest(w.digest.Sum(nil)) }

// Keep implements port.OrgFileWriter.
func (w *writer) Keep() error {
	err := errors.Join(w.encrypted.Close(), w.buffered.Flush(), w.file.Sync())
	if err == nil {
		err = os.Link(w.file.Name(), w.path) // fails if there is a file
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		err = fmt.Errorf("%s exists already: name another file", w.path)
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, fs.ErrPermission): // a file system without hard links
		err = os.Rename(w.file.Name(), w.path)
	}
	return errors.Join(err, w.Discard())
}

// Discard implements port.OrgFileWriter.
func (w *writer) Discard() error {
	if w.file == nil {
		return nil
	}
	file := w.file
	w.file = nil
	err := os.Remove(file.Name())
	if errors.Is(err, fs.ErrNotExist) { // it was renamed
		err = nil
	}
	return errors.Join(file.Close(), err)
}
