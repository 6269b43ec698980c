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

// Unpack writes the files of an archive into folders: into returns the folder for the first part of a file's name. Every
// file is new, readable by its owner only, and has the SHA-256 of a manifest that one of the keys authenticates. After an
// error the folders contain the files that were unpacked before it. With ErrUnproven the manifest is returned too.
func Unpack(ctx context.Context, name string, keys []Key, into func(first string) (folder string, err error)) (Manifest, error) {
	file, err := os.Open(name)
	if failure, ok := errors.AsType[*os.PathError](err); ok {
		return Manifest{}, failure.Err // the caller knows the path
	}
	if err != nil {
		return Manifest{}, err
	}
	defer func() { _ = file.Close() }()
	return unpack(ctx, file, keys, into)
}

func unpack(ctx context.Context, r io.Reader, keys []Key, into func(string) (string, error)) (m Manifest, err error) {
	decompressed, err := gzip.NewReader(interruptible{ctx, r})
	if err != nil {
		return m, broken(ctx, ErrForeign)
	}
	reader := tar.NewReader(decompressed)
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
		return m, fmt.Errorf("%w: it contains %q, which its manifest does not list", ErrForeign, entry.Name)
	} else if !errors.Is(err, io.EOF) {
		return m, broken(ctx, ErrIncomplete)
	}
	if n, err := decompressed.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		return m, broken(ctx, fmt.Errorf("%w: something was appended to it, or its end is damaged", ErrForeign))
	}
	return m, nil
}

// broken returns the verdict on a file that could not be read, or the error of ctx if that has ended.
func broken(ctx context.Context, verdict error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return verdict
}

// next advances to the next file. It returns an error unless the file has this name and at most this size.
func next(ctx context.Context, reader *tar.Reader, name string, size int64) error {
	entry, err := reader.Next()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: %s is missing", ErrForeign, name)
	case err != nil:
		return broken(ctx, ErrIncomplete)
	case entry.Name != name || entry.Typeflag != tar.TypeReg:
		return fmt.Errorf("%w: it contains %q instead of %s", ErrForeign, entry.Name, name)
	case entry.Size > size:
		return fmt.Errorf("%w: %s has %d bytes, more than the allowed %d", ErrForeign, name, entry.Size, size)
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
		return fmt.Errorf("%s differs from the manifest: %w", file.Name, ErrIncomplete)
	}
	return nil
}

// watched records whether reading failed, as opposed to writing.
type watched struct {
	io.Reader
	failed bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.failed = err != nil && !errors.Is(err, io.EOF)
	return n, err
}
