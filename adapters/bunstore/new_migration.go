package bunstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sole-platform/sole/migrations"
)

// CreateMigration adds empty migration files for both databases to the folder of the migrations in the source tree, and
// returns their paths.
func CreateMigration(folder, name string) (paths []string, err error) {
	for _, dialect := range []string{"postgres", "sqlite"} {
		path := filepath.Join(folder, dialect, fmt.Sprintf("%05d_%s.sql", migrations.Newest()+1, name))
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // a source file in the working tree
		if err != nil {
			return paths, fmt.Errorf("run this in the root of the source tree: %w", err)
		}
		_, err = file.WriteString("-- +goose Up\n\n-- +goose Down\n")
		if err := errors.Join(err, file.Close()); err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}
