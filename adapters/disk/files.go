package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Files implements port.FileStore. Processes may share the folder.
type Files struct {
	path string

	mu   sync.Mutex
	root *os.Root // nil until it is first needed
}

var _ port.FileStore = (*Files)(nil)

const (
	part      = ".part" // the suffix of a file that is still being written
	batchSize = 1000    // names that are read from a folder at a time
)

// New returns Files that are stored in the folder at path. The folder is created when it is first needed.
func New(path string) *Files { return &Files{path: path} }

// Close closes the folder.
func (f *Files) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.root == nil {
		return nil
	}
	err := f.root.Close()
	f.root = nil
	return err
}

func (f *Files) open() (*os.Root, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.root != nil {
		return f.root, nil
	}
	err := os.MkdirAll(f.path, 0o700)
	if err == nil {
		f.root, err = os.OpenRoot(f.path)
	}
	return f.root, failed(err)
}

// Check returns an error if no file can be written.
func (f *Files) Check(context.Context) error {
	root, err := f.open()
	if err != nil {
		return err
	}
	const name = "check" + part
	file, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return failed(err)
	}
	_, err = file.WriteString(name)
	return failed(errors.Join(err, file.Close(), root.Remove(name)))
}

// Put implements port.FileStore. A file exists once it has been renamed, and survives a power failure.
func (f *Files) Put(_ context.Context, org domain.OrgID, id domain.FileID, content io.Reader) (size int64, err error) {
	name, err := nameOf(org, id)
	if err != nil {
		return 0, err
	}
	root, err := f.open()
	if err != nil {
		return 0, err
	}
	if err := makeFolder(root, string(org)); err != nil {
		return 0, failed(err)
	}
	file, err := root.OpenFile(name+part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, failed(err)
	}
	size, err = io.Copy(file, content)
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = root.Rename(name+part, name)
	}
	if err == nil {
		err = syncFolder(root, string(org))
	}
	if err != nil {
		return 0, errors.Join(failed(err), f.remove(root, name))
	}
	return size, nil
}

// makeFolder creates the folder of an org so that it survives a power failure.
func makeFolder(root *os.Root, name string) error {
	err := root.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncFolder(root, ".")
}

// syncFolder writes the entries of a folder to the disk.
func syncFolder(root *os.Root, folder string) error {
	opened, err := openFolder(root, folder)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}

// Open implements port.FileStore.
func (f *Files) Open(_ context.Context, org domain.OrgID, id domain.FileID) (io.ReadCloser, error) {
	name, err := nameOf(org, id)
	if err != nil {
		return nil, err
	}
	root, err := f.open()
	if err != nil {
		return nil, err
	}
	file, err := openFile(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, domain.ErrNotFound
	}
	if err != nil {
		return nil, failed(err)
	}
	return file, nil
}

// Remove implements port.FileStore.
func (f *Files) Remove(_ context.Context, org domain.OrgID, id domain.FileID) error {
	name, err := nameOf(org, id)
	if err != nil {
		return err
	}
	root, err := f.open()
	if err != nil {
		return err
	}
	return f.remove(root, name)
}

func (*Files) remove(root *os.Root, name string) error {
	for _, name := range []string{name, name + part} {
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return failed(err)
		}
	}
	return nil
}

// Orgs implements port.FileStore.
func (f *Files) Orgs(context.Context) (orgs []domain.OrgID, err error) {
	err = f.each(".", func(entries []fs.DirEntry) error {
		for _, entry := range entries {
			if entry.IsDir() && domain.IsID(entry.Name()) {
				orgs = append(orgs, domain.OrgID(entry.Name()))
			}
		}
		return nil
	})
	return orgs, err
}

// Stored implements port.FileStore.
func (f *Files) Stored(ctx context.Context, org domain.OrgID, before time.Time, visit func([]domain.FileID) error) error {
	if !domain.IsID(string(org)) {
		return domain.ErrNotFound
	}
	return f.each(string(org), func(entries []fs.DirEntry) error {
		var ids []domain.FileID
		for _, entry := range entries {
			info, err := entry.Info()
			if err != nil || !info.ModTime().Before(before) {
				continue // removed after the folder was read, or too new
			}
			if id := strings.TrimSuffix(entry.Name(), part); domain.IsID(id) && info.Mode().IsRegular() {
				ids = append(ids, domain.FileID(id))
			}
		}
		return errors.Join(ctx.Err(), visit(ids))
	})
}

// each calls visit with the entries of a folder, batchSize at a time. A missing folder counts as empty.
func (f *Files) each(folder string, visit func([]fs.DirEntry) error) error {
	root, err := f.open()
	if err != nil {
		return err
	}
	opened, err := openFolder(root, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return failed(err)
	}
	defer func() { _ = opened.Close() }()
	for {
		entries, err := opened.ReadDir(batchSize)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return failed(err)
		}
		if err := visit(entries); err != nil {
			return err
		}
	}
}

// nameOf returns the name of a file in the folder. If org or id is not an id it returns domain.ErrNotFound.
func nameOf(org domain.OrgID, id domain.FileID) (string, error) {
	if !domain.IsID(string(org)) || !domain.IsID(string(id)) {
		return "", domain.ErrNotFound
	}
	return string(org) + "/" + string(id), nil
}

// failed converts an error of the disk to a domain error.
func failed(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w (%w)", domain.ErrStorageFull, err)
	}
	return fmt.Errorf("disk: %w", err)
}
