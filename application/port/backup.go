package port

import (
	"context"
	"errors"
	"time"

	"github.com/sole-platform/sole/domain"
)

// Backup describes a backup file.
type Backup struct {
	Version    string // of the program that wrote it
	CreatedAt  time.Time
	Schema     int64            // number of the newest migration of its database
	SecretKey  string           // id of the SECRET_KEY that it was written under, not the key
	SigningKey domain.KeyID     // id of the configured key that signed tokens; empty if unknown
	Rows       map[string]int64 // by table
	Files      int
	Bytes      int64 // the size of the files together
}

// Errors of a backup file that cannot be used.
var (
	// ErrBackupForeign is wrapped in the error for a file that is no backup of this service.
	ErrBackupForeign = errors.New("it is no backup of this service")
	// ErrBackupUnproven means that no configured key authenticates the backup's manifest.
	ErrBackupUnproven = errors.New("no configured key authenticates its manifest")
)

// BackupFiles writes and reads backup files, and moves restored files to their paths on this machine.
type BackupFiles interface {
	// Name returns path, or a dated name in the folder that path names; the empty path names the current folder.
	Name(path string, now time.Time) string
	// Create writes a new file from what fill puts into an empty folder. It never replaces an existing file, and leaves
	// nothing behind after an error.
	Create(ctx context.Context, path string, fill func(folder string) (Backup, error)) (Backup, error)
	// Unpack writes the files of a backup into the folders that into returns for the first part of a name. With
	// ErrBackupUnproven it also returns the backup, as the unproven manifest describes it.
	Unpack(ctx context.Context, path string, into func(first string) (folder string, err error)) (Backup, error)
	// Scratch creates an empty folder. discard removes it.
	Scratch() (folder string, discard func() error, err error)
	// Subfolder creates a folder in another and returns its path.
	Subfolder(folder, name string) (string, error)
	// Prepare creates the folder that contains path, if it does not exist.
	Prepare(path string) error
	// Occupied reports whether there is something at path that a restore would replace.
	Occupied(path string) bool
	// Stage creates an empty folder beside path, on the same file system. discard removes it. It replaces one that an
	// interrupted restore has left.
	Stage(path string) (folder string, discard func() error, err error)
	// Place renames the file or folder from to path. If keep is not empty, an existing one at path is first renamed to
	// path with the suffix keep; otherwise a file at path is replaced.
	Place(from, path, keep string) error
}

// CopyFolder copies the plain files below a folder into a new folder, without following links. A folder that does not
// exist counts as empty, and files that are removed during the copy are left out.
type CopyFolder func(ctx context.Context, from, to string) error
