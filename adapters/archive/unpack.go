package archive

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// Unpack writes the files of an archive into folders: into names one for the first part of a
// file's name, or says why there is none. Every file is new, only its owner reads it, and its
// SHA-256 is that of a manifest which one of the keys proves. After an error the folders hold
// what came before it. What the manifest says is given also with ErrUnproven, unproven as it is.
func Unpack(ctx context.Context, name string, keys []Key, into func(first string) (folder string, err error)) (Manifest, error) {
	file, err := os.Open(name)
	if failure, ok := errors.AsType[*os.PathError](err); ok {
		return Manifest{}, failure.Err // who called knows the path
	}
	if err != nil {
		return Manifest{}, err
	}
	defer func() { _ = file.Close() }()
	return unpack(ctx, file, keys, into)
}

func unpack(ctx context.Context, r io.Reader, keys []Key, into func(string) (string, error)) (m Manifest, err error) {
	plainText, err := gzip.NewReader(interruptible{ctx, r})
	if err != nil {
		return m, broken(ctx, ErrForeign)
	}
	reader := tar.NewReader(plainText)
	text, err := readText(ctx, reader, manifestName, maxManifest)
	if err != nil {
		return m, err
	}
	proof, err := readText(ctx, reader, proofName, 2*sha256.Size)
	if err != nil {
		return m, err
	}
	if m, err = parse(text, string(proof), keys); err != nil {
		return m, err
	}
	for _, file := range m.Files {
		if err := unpackFile(ctx, reader, file, into); err != nil {
			return m, err
		}
	}
	if entry, err := reader.Next(); err == nil {
		return m, fmt.Errorf("%w: it holds %q, which its manifest does not list", ErrForeign, entry.Name)
	} else if !errors.Is(err, io.EOF) {
		return m, broken(ctx, ErrIncomplete)
	}
	if n, err := plainText.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		return m, broken(ctx, fmt.Errorf("%w: something was appended to it, or its end is damaged", ErrForeign))
	}
	return m, nil
}

// broken is the verdict on what could not be read, unless the reading was given up.
func broken(ctx context.Context, verdict error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return verdict
}

// next goes on to a file that must be the one named, of at most a size.
func next(ctx context.Context, reader *tar.Reader, name string, size int64) error {
	entry, err := reader.Next()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: %s is missing", ErrForeign, name)
	case err != nil:
		return broken(ctx, ErrIncomplete)
	case entry.Name != name || entry.Typeflag != tar.TypeReg:
		return fmt.Errorf("%w: it holds %q where the file %s belongs", ErrForeign, entry.Name, name)
	case entry.Size > size:
		return fmt.Errorf("%w: %s has %d bytes where %d are the most", ErrForeign, name, entry.Size, size)
	}
	return nil
}

func readText(ctx context.Context, reader *tar.Reader, name string, size int64) ([]byte, error) {
	if err := next(ctx, reader, name, size); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		return nil, broken(ctx, ErrIncomplete)
	}
	return text, nil
}

func unpackFile(ctx context.Context, reader *tar.Reader, file File, into func(string) (string, error)) (err error) {
	if err := next(ctx, reader, file.Name, file.Size); err != nil {
		return err
	}
	first, rest, _ := strings.Cut(file.Name, "/")
	folder, err := into(first)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	if err := root.MkdirAll(path.Dir(rest), 0o700); err != nil {
		return err
	}
	target, err := root.OpenFile(rest, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	source := &watched{Reader: reader}
	size, err := io.Copy(io.MultiWriter(target, sum), source)
	err = errors.Join(err, target.Sync(), target.Close())
	switch {
	case source.failed:
		return broken(ctx, fmt.Errorf("%s: %w", file.Name, ErrIncomplete))
	case err != nil:
		return fmt.Errorf("%s cannot be unpacked: %w", file.Name, err)
	case size != file.Size || hex.EncodeToString(sum.Sum(nil)) != file.SHA256:
		return fmt.Errorf("%s is not what the manifest says: %w", file.Name, ErrIncomplete)
	}
	return nil
}

// watched tells a failure to read from one to write.
type watched struct {
	io.Reader
	failed bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.failed = err != nil && !errors.Is(err, io.EOF)
	return n, err
}
