package archive

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Create makes a new file, which only its owner reads, of what fill puts into a folder. Until
// it is whole and on the disk all of it is in the folder path.part. A file that is there
// already stays, which is an error, as is a .part of somebody else.
func Create(ctx context.Context, path string, key Key, fill func(folder string) (Manifest, error)) (m Manifest, err error) {
	if err := absent(path); err != nil {
		return m, err
	}
	part := path + ".part"
	err = os.Mkdir(part, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return m, fmt.Errorf("%s is there: another backup is being written; or one was killed, then remove the folder", part)
	}
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(part)) }()
	content, whole := filepath.Join(part, "content"), filepath.Join(part, "whole")
	if err := os.Mkdir(content, 0o700); err != nil {
		return m, err
	}
	if m, err = fill(content); err != nil {
		return m, err
	}
	if m, err = write(ctx, whole, content, m, key); err != nil {
		return m, err
	}
	if err := absent(path); err != nil {
		return m, err
	}
	if err := os.Rename(whole, path); err != nil {
		return m, err
	}
	SyncFolder(filepath.Dir(path))
	return m, nil
}

func write(ctx context.Context, path, folder string, m Manifest, key Key) (Manifest, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return m, err
	}
	m, err = pack(ctx, file, folder, m, key)
	return m, errors.Join(err, file.Sync(), file.Close())
}

func absent(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already, and no backup is ever overwritten: name another file", path)
	}
	return nil
}

// SyncFolder makes the names in a folder last, whatever happens to the machine, where the
// file system can.
func SyncFolder(folder string) {
	if opened, err := os.Open(folder); err == nil {
		_ = opened.Sync()
		_ = opened.Close()
	}
}

func pack(ctx context.Context, w io.Writer, folder string, m Manifest, key Key) (_ Manifest, err error) {
	m.Format = format
	if m.Files, err = list(ctx, folder); err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	if len(text) > maxManifest {
		return m, errors.New("there are too many files for one backup")
	}
	compressed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return m, err
	}
	writer := tar.NewWriter(compressed)
	if err := writeText(writer, m, manifestName, text); err != nil {
		return m, err
	}
	if err := writeText(writer, m, proofName, []byte(key.prove(text))); err != nil {
		return m, err
	}
	for _, file := range m.Files {
		if err := writeFile(ctx, writer, m, filepath.Join(folder, filepath.FromSlash(file.Name)), file); err != nil {
			return m, err
		}
	}
	return m, errors.Join(writer.Close(), compressed.Close())
}

// list finds every file below the folder, in the order of names.
func list(ctx context.Context, folder string) (files []File, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if !entry.Type().IsRegular() || !plain(name) {
			return fmt.Errorf("%q cannot be in a backup: only plain files in a folder can", name)
		}
		sum := sha256.New()
		size, err := copyFile(ctx, sum, path)
		files = append(files, File{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
		return err
	})
	return files, err
}

// Copy puts the plain files below a folder into a new one. What vanishes meanwhile is left
// out; links and the like in it are not followed. A folder that is not there is an empty one.
func Copy(ctx context.Context, from, to string) error {
	if followed, err := filepath.EvalSymlinks(from); err == nil { // the folder itself may be a link
		from = followed
	}
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		target := filepath.Join(to, name)
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return os.MkdirAll(target, 0o700)
		case !entry.Type().IsRegular():
			return nil
		}
		file, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = copyFile(ctx, file, path)
		err = errors.Join(err, file.Close())
		if errors.Is(err, fs.ErrNotExist) {
			return os.Remove(target)
		}
		return err
	})
}

func writeText(w *tar.Writer, m Manifest, name string, text []byte) error {
	if err := w.WriteHeader(header(m, name, int64(len(text)))); err != nil {
		return err
	}
	_, err := w.Write(text)
	return err
}

func writeFile(ctx context.Context, w *tar.Writer, m Manifest, path string, file File) error {
	if err := w.WriteHeader(header(m, file.Name, file.Size)); err != nil {
		return err
	}
	_, err := copyFile(ctx, w, path)
	return err
}

func header(m Manifest, name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: m.CreatedAt}
}

func copyFile(ctx context.Context, w io.Writer, path string) (int64, error) {
	file, err := openFile(path)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, interruptible{ctx, file})
	return n, errors.Join(err, file.Close())
}

// openFile opens a regular file and nothing else, because a pipe or a device can block for ever. It
// returns fs.ErrNotExist for a file that was replaced by something else after the folder was listed.
func openFile(path string) (*os.File, error) {
	entry, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !entry.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil && !os.SameFile(entry, opened) {
		err = &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// interruptible ends a long copy when ctx ends.
type interruptible struct {
	ctx    context.Context
	reader io.Reader
}

func (r interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.reader.Read(p)
}
