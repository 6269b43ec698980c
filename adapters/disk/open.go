package disk

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

var (
	errNotRegular = errors.New("not a regular file: remove it from the upload folder")
	errNotFolder  = errors.New("not a folder: remove it from the upload folder")
)

// openFile opens a regular file for reading. It does not follow links, and does not open a pipe, a
// socket or a device, because that can block for ever.
func openFile(root *os.Root, name string) (*os.File, error) {
	entry, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !entry.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
	}
	return openAs(root, name, errNotRegular, func(opened fs.FileInfo) bool { return os.SameFile(entry, opened) })
}

// openFolder opens a folder and nothing else.
func openFolder(root *os.Root, name string) (*os.File, error) {
	return openAs(root, name, errNotFolder, fs.FileInfo.IsDir)
}

// openAs opens a file without blocking. It checks the opened file, because the name can be replaced
// at any time, and fails with mismatch if expected rejects it.
func openAs(root *os.Root, name string, mismatch error, expected func(fs.FileInfo) bool) (*os.File, error) {
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil && !expected(opened) {
		err = &fs.PathError{Op: "open", Path: name, Err: mismatch}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
