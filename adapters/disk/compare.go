package disk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// CompareFolders implements port.CompareFolders.
func CompareFolders(ctx context.Context, one, other string) (files int, err error) {
	ones, err := sums(ctx, one)
	if err != nil {
		return 0, err
	}
	others, err := sums(ctx, other)
	if err != nil {
		return 0, err
	}
	for name, sum := range ones {
		switch found, both := others[name]; {
		case !both:
			return 0, fmt.Errorf("%s is missing in %s", name, other)
		case !bytes.Equal(sum, found):
			return 0, fmt.Errorf("%s differs from the one in %s", name, one)
		}
	}
	for name := range others {
		if _, both := ones[name]; !both {
			return 0, fmt.Errorf("%s is not in %s", name, one)
		}
	}
	return len(ones), nil
}

// sums returns the SHA-256 of every plain file below a folder, by its name in it.
func sums(ctx context.Context, folder string) (map[string][]byte, error) {
	all := map[string][]byte{}
	root, err := os.OpenRoot(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err := errors.Join(err, ctx.Err()); err != nil || !entry.Type().IsRegular() {
			return err
		}
		file, err := openFile(root, name)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		sum := sha256.New()
		_, err = io.Copy(sum, file)
		all[name] = sum.Sum(nil)
		return err
	})
	return all, err
}
