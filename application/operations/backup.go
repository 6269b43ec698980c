package operations

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// Errors of a backup that cannot be written or restored.
var (
	// ErrNotRestorable means that a backup would be useless, because the secret keys do not open the data in it.
	ErrNotRestorable = errors.New("the secret key is not the one that the data was written with, so nobody could restore this backup")
	// ErrOtherSecretKey means that a backup was written under a key that is not configured.
	ErrOtherSecretKey = errors.New("written under another secret key")
	// ErrOtherData means that no configured secret key opens the data in a backup.
	ErrOtherData = errors.New("no configured secret key opens the data in it")
	// ErrOccupied means that something exists where a restore would put a part of the backup.
	ErrOccupied = errors.New("exists already")
)

// backupDatabase is the database in a backup.
const backupDatabase = "database/sole.db"

// Place is something on this machine that a backup holds. Name is the first part of its files' names in the backup.
type Place struct{ Name, Path string }

// FileDeployment is a deployment whose database is a file, with what its backups need.
type FileDeployment struct {
	Database string  // path of the database file
	Folders  []Place // what a backup holds besides the database
	Driver   port.FileDriver
	Files    port.BackupFiles
	Copy     port.CopyFolder
	Keys     port.KeyRing
	Clock    port.Clock

	SigningKey domain.KeyID // the configured key that signs tokens; empty if there is none
	Version    string       // of this program
	Schema     int64        // number of the newest migration that this program knows
}

// places are all parts of a backup. The database is the last one: putting it in place completes a restore.
func (d FileDeployment) places() []Place {
	return append(slices.Clone(d.Folders), Place{Name: path.Dir(backupDatabase), Path: d.Database})
}

// CreateBackup writes a backup, also while the service runs.
type CreateBackup struct{ FileDeployment }

// Execute writes the file, or a dated file if it names a folder or is empty, and returns its name. It returns an error
// if the keys do not open the data, because nobody could restore such a backup.
func (uc CreateBackup) Execute(ctx context.Context, file string) (string, port.Backup, error) {
	file = uc.Files.Name(file, uc.Clock())
	backup, err := uc.Files.Create(ctx, file, func(folder string) (port.Backup, error) { return uc.Stage(ctx, folder) })
	return file, backup, err
}

// Stage puts the parts of a backup into the folder: the database first, so that every file in its rows is there.
func (uc CreateBackup) Stage(ctx context.Context, folder string) (port.Backup, error) {
	into, err := uc.Files.Subfolder(folder, path.Dir(backupDatabase))
	if err != nil {
		return port.Backup{}, err
	}
	now, snapshot := uc.Clock(), filepath.Join(into, path.Base(backupDatabase))
	if err := uc.Driver.Snapshot(ctx, uc.Database, snapshot); err != nil {
		return port.Backup{}, err
	}
	contents, canary, err := uc.inspect(ctx, snapshot)
	if err != nil {
		return port.Backup{}, err
	}
	if canary == CanaryUnreadable {
		return port.Backup{}, ErrNotRestorable
	}
	for _, place := range uc.Folders {
		if err := uc.Copy(ctx, place.Path, filepath.Join(folder, place.Name)); err != nil {
			return port.Backup{}, err
		}
	}
	return port.Backup{
		Version:    uc.Version,
		CreatedAt:  now,
		Schema:     contents.Schema,
		SecretKey:  uc.Keys.KeyIDs()[0],
		SigningKey: uc.SigningKey,
		Rows:       contents.Rows,
	}, nil
}

// VerifyBackup checks that a backup is complete and that the keys open it.
type VerifyBackup struct{ FileDeployment }

// Execute unpacks the backup into a folder of its own, which it removes again.
func (uc VerifyBackup) Execute(ctx context.Context, file string) (backup port.Backup, err error) {
	scratch, discard, err := uc.Files.Scratch()
	if err != nil {
		return backup, err
	}
	defer func() { err = errors.Join(err, discard()) }()
	return uc.unpack(ctx, file, func(first string) (string, error) { return uc.Files.Subfolder(scratch, filepath.Base(first)) })
}

// unpack unpacks a backup and checks everything in it that can be wrong.
func (d FileDeployment) unpack(ctx context.Context, file string, into func(string) (string, error)) (port.Backup, error) {
	database := ""
	backup, err := d.Files.Unpack(ctx, file, func(first string) (string, error) {
		folder, err := into(first)
		if first == path.Dir(backupDatabase) {
			database = filepath.Join(folder, path.Base(backupDatabase))
		}
		return folder, err
	})
	switch {
	case errors.Is(err, port.ErrBackupUnproven) && !slices.Contains(d.Keys.KeyIDs(), backup.SecretKey):
		return backup, fmt.Errorf("%s was %w (id %.8q; configured is %s)", file, ErrOtherSecretKey, backup.SecretKey, d.Keys.KeyIDs()[0])
	case errors.Is(err, port.ErrBackupUnproven):
		return backup, fmt.Errorf("%s was changed after it was written: the secret key does not authenticate its manifest", file)
	case err != nil:
		return backup, fmt.Errorf("%s: %w", file, err)
	case database == "":
		return backup, fmt.Errorf("%s: %w: it holds no database", file, port.ErrBackupForeign)
	}
	if err := d.usable(ctx, database, backup); err != nil {
		return backup, fmt.Errorf("%s: %w", file, err)
	}
	return backup, nil
}

// usable returns why this program with its keys cannot use the database of a backup.
func (d FileDeployment) usable(ctx context.Context, database string, backup port.Backup) error {
	contents, canary, err := d.inspect(ctx, database)
	switch {
	case err != nil:
		return err
	case contents.Schema > d.Schema:
		return fmt.Errorf("its schema is %d, this build knows %d: use the version of sole that wrote it, %s, or a newer one",
			contents.Schema, d.Schema, backup.Version)
	case canary == CanaryUnreadable:
		return ErrOtherData
	}
	return nil
}

// inspect reads a database file that no process writes, and tries the keys on its canary.
func (d FileDeployment) inspect(ctx context.Context, file string) (port.DatabaseContents, CanaryState, error) {
	contents, err := d.Driver.Inspect(ctx, file)
	return contents, ReadCanary(d.Keys, contents.Canaries[CanaryName]), err
}
