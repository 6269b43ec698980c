package operations

import (
	"context"
	"errors"
	"fmt"

	"github.com/sole-platform/sole/application/port"
)

// ErrMoveFilesOccupied means that the folder for the files holds others.
var ErrMoveFilesOccupied = errors.New("it holds other files")

// MoveFiles are the uploaded files of a move. If To is empty, the folder From goes on being used.
type MoveFiles struct {
	From, To string
	Copy     port.CopyFolder
	Compare  port.CompareFolders

	staged *stagedFiles
}

// stagedFiles are the copied files beside the folder that they are for.
type stagedFiles struct {
	folder  string // empty: the files are where they belong
	discard func() error
}

// prepare copies the files beside their new folder and compares them. It returns how many there are. A folder that holds exactly the same
// files, which an interrupted move may have left, is used as it is.
func (f *MoveFiles) prepare(ctx context.Context, disk port.BackupFiles) (int, error) {
	if f.To == "" {
		return 0, nil
	}
	f.staged = &stagedFiles{discard: func() error { return nil }}
	if disk.Occupied(f.To) {
		n, err := f.Compare(ctx, f.From, f.To)
		if err != nil {
			return 0, fmt.Errorf("%s: %w: %w", f.To, ErrMoveFilesOccupied, err)
		}
		return n, nil
	}
	if err := disk.Prepare(f.To); err != nil {
		return 0, err
	}
	folder, discard, err := disk.Stage(f.To)
	if err != nil {
		return 0, err
	}
	f.staged = &stagedFiles{folder: folder, discard: discard}
	err = f.Copy(ctx, f.From, folder)
	n := 0
	if err == nil {
		n, err = f.Compare(ctx, f.From, folder)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("copy the files: %w", err), f.discard())
	}
	return n, nil
}

// place renames the copied files to their folder.
func (f *MoveFiles) place(disk port.BackupFiles) error {
	if f.staged == nil || f.staged.folder == "" {
		return nil
	}
	err := disk.Place(f.staged.folder, f.To, "")
	if err == nil {
		f.staged.discard = func() error { return nil }
	}
	return err
}

func (f *MoveFiles) discard() error {
	if f.staged == nil {
		return nil
	}
	return f.staged.discard()
}
