package operations

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"

	"github.com/sole-platform/sole/application/port"
)

// RestoreBackup replaces the data of a deployment by a backup.
type RestoreBackup struct {
	FileDeployment
	// Open opens the database at a path, with the emails that wait in it. AfterRestore is executed on it.
	Open  func(path string) (port.Database, port.WaitingJobs, error)
	NewID port.NewID
}

// Restoration is the backup that was restored, what was ended in it, and where existing files were kept.
type Restoration struct {
	Backup port.Backup
	Ended  Ended
	Kept   []string
}

// ErrServiceRuns means that a process serves the database that a restore would replace.
var ErrServiceRuns = errors.New("the service runs on this database: stop it first, then restore")

// Execute verifies the backup, migrates its database, ends its sessions, devices and links, and puts it in place. With
// replace, existing files are renamed with a dated suffix; without, they are an error. Kept is also set after an error.
func (uc RestoreBackup) Execute(ctx context.Context, file string, replace bool) (r Restoration, err error) {
	for _, place := range uc.places() {
		if err := uc.Files.Prepare(place.Path); err != nil {
			return r, err
		}
	}
	unlock, err := uc.Driver.Lock(uc.Database)
	if errors.Is(err, port.ErrDatabaseServed) {
		return r, ErrServiceRuns
	}
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	suffix := ".replaced-" + uc.Clock().Format("20060102T150405Z")
	err = uc.restore(ctx, file, suffix, replace, &r)
	for _, place := range uc.places() {
		if uc.Files.Occupied(place.Path + suffix) {
			r.Kept = append(r.Kept, place.Path+suffix)
		}
	}
	return r, err
}

func (uc RestoreBackup) restore(ctx context.Context, file, suffix string, replace bool, r *Restoration) (err error) {
	staged := map[string]string{}
	for _, place := range uc.places() {
		if !replace && uc.Files.Occupied(place.Path) {
			return fmt.Errorf("%s %w", place.Path, ErrOccupied)
		}
		folder, discard, err := uc.Files.Stage(place.Path)
		if err != nil {
			return err
		}
		defer func() { _ = discard() }()
		staged[place.Name] = folder
	}
	r.Backup, err = uc.unpack(ctx, file, func(first string) (string, error) {
		if folder, known := staged[first]; known {
			return folder, nil
		}
		return "", fmt.Errorf("the backup holds %s, and the configuration names no folder for them: add it first", first)
	})
	if err != nil {
		return err
	}
	database := filepath.Join(staged[path.Dir(backupDatabase)], path.Base(backupDatabase))
	if r.Ended, err = uc.endAccess(ctx, database, r.Backup); err != nil {
		return fmt.Errorf("%s: its sessions could not be ended: %w", file, err)
	}
	return uc.place(ctx, staged, database, suffix)
}

// endAccess migrates the database file of a backup and ends its sessions, devices and links. Afterwards the file alone
// is the whole database.
func (uc RestoreBackup) endAccess(ctx context.Context, file string, backup port.Backup) (ended Ended, err error) {
	database, waiting, err := uc.Open(file)
	if err != nil {
		return ended, err
	}
	defer func() {
		if err = errors.Join(err, database.Close()); err == nil {
			err = uc.Driver.Settle(ctx, file)
		}
	}()
	if _, err := database.Migrate(ctx); err != nil {
		return ended, err
	}
	return AfterRestore{Store: database, Waiting: waiting, Clock: uc.Clock, NewID: uc.NewID}.Execute(ctx, backup.CreatedAt)
}

// place puts the staged folders and then the database in place.
func (uc RestoreBackup) place(ctx context.Context, staged map[string]string, database, suffix string) error {
	if err := uc.Driver.KeepCopy(ctx, uc.Database, suffix); err != nil {
		return err
	}
	for _, place := range uc.Folders {
		if err := uc.Files.Place(staged[place.Name], place.Path, suffix); err != nil {
			return notPlaced(place.Path, suffix, err)
		}
	}
	if err := uc.Files.Place(database, uc.Database, ""); err != nil {
		return notPlaced(uc.Database, suffix, err)
	}
	return nil
}

func notPlaced(place, suffix string, err error) error {
	return fmt.Errorf("%s could not be put in place; nothing is lost, see the files that end in %s: %w", place, suffix, err)
}
