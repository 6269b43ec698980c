package archive

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Backups implements port.BackupFiles. The first key authenticates new backups; existing ones are verified with all keys.
type Backups struct{ keys []Key }

var _ port.BackupFiles = Backups{}

// New returns Backups with these keys. It returns an error if there is none.
func New(keys []Key) (Backups, error) {
	if len(keys) == 0 {
		return Backups{}, errors.New("archive: no key is given")
	}
	return Backups{keys: keys}, nil
}

// Name implements port.BackupFiles.
func (Backups) Name(path string, now time.Time) string {
	folder := path
	if folder == "" {
		folder = "."
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return path
	}
	return filepath.Join(folder, "sole-"+now.Format("20060102T150405Z")+".tar.gz")
}

// Create implements port.BackupFiles.
func (b Backups) Create(ctx context.Context, path string, fill func(folder string) (port.Backup, error)) (port.Backup, error) {
	m, err := Create(ctx, path, b.keys[0], func(folder string) (Manifest, error) {
		backup, err := fill(folder)
		return newManifest(backup), err
	})
	return m.backup(), err
}

// Unpack implements port.BackupFiles.
func (b Backups) Unpack(ctx context.Context, path string, into func(first string) (string, error)) (port.Backup, error) {
	m, err := Unpack(ctx, path, b.keys, into)
	return m.backup(), err
}

// Scratch implements port.BackupFiles.
func (Backups) Scratch() (folder string, discard func() error, err error) {
	folder, err = os.MkdirTemp("", "sole-verify-*")
	return folder, func() error { return os.RemoveAll(folder) }, err
}

// Subfolder implements port.BackupFiles.
func (Backups) Subfolder(folder, name string) (string, error) {
	path := filepath.Join(folder, name)
	return path, os.MkdirAll(path, 0o700)
}

// Prepare implements port.BackupFiles.
func (Backups) Prepare(path string) error { return os.MkdirAll(filepath.Dir(path), 0o700) }

// Occupied implements port.BackupFiles. An empty folder does not count.
func (Backups) Occupied(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.IsDir() {
		return err == nil
	}
	entries, err := os.ReadDir(path)
	return err != nil || len(entries) > 0
}

// Stage implements port.BackupFiles.
func (Backups) Stage(path string) (folder string, discard func() error, err error) {
	folder = filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".restore")
	discard = func() error { return os.RemoveAll(folder) }
	return folder, discard, errors.Join(discard(), os.Mkdir(folder, 0o700))
}

// Place implements port.BackupFiles.
func (Backups) Place(from, path, keep string) error {
	if keep != "" {
		if err := os.Rename(path, path+keep); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(from, path); err != nil {
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

func newManifest(b port.Backup) Manifest {
	return Manifest{
		Version: b.Version, CreatedAt: b.CreatedAt, Schema: b.Schema,
		SecretKey: b.SecretKey, SignedBy: string(b.SigningKey), Rows: b.Rows,
	}
}

func (m Manifest) backup() port.Backup {
	return port.Backup{
		Version: m.Version, CreatedAt: m.CreatedAt, Schema: m.Schema,
		SecretKey: m.SecretKey, SigningKey: domain.KeyID(m.SignedBy), Rows: m.Rows,
		Files: len(m.Files), Bytes: m.Size(),
	}
}
