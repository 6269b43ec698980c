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
)

// Create packs what fill stores in a folder into a new file that only its owner can read. Until the file is complete and
// on the disk, everything is in the folder path.part. An existing file or .part folder is an error and is not changed.
func Create(ctx context.Context, path string, key Key, fill func(folder string) (Manifest, error)) (m Manifest, err error) {
	if err := absent(path); err != nil {
		return m, err
	}
	part := path + ".part"
	err = os.Mkdir(part, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return m, fmt.Errorf("%s exists: another backup is being written, or one was killed: in that case remove the folder", part)
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
	syncFolder(filepath.Dir(path))
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
		return fmt.Errorf("%s exists already, and no backup is ever overwritten: name another file", path)
	}
	return nil
}

// syncFolder writes the entries of a folder to the disk, if the file system supports that, so that they survive a power
// failure.
func syncFolder(folder string) {
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

// list returns every file below the folder, sorted by name.
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

// copyFile copies a file of the folder that is packed. No other process writes to that folder.
func copyFile(ctx context.Context, w io.Writer, path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, interruptible{ctx, file})
	return n, errors.Join(err, file.Close())
}

// interruptible is a reader that returns an error once ctx has ended.
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
