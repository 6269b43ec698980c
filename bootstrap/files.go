package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/sole-platform/sole/adapters/http"
	"github.com/sole-platform/sole/application/files"
)

// sweepFiles removes files that no row knows.
func (app *App) sweepFiles(ctx context.Context) error {
	removed, strangers, err := files.Sweep{Store: app.Store, Files: app.files, Clock: app.clock}.Execute(ctx)
	if strangers > 0 {
		app.Logger.WarnContext(ctx, "LOCAL_UPLOAD_DIR has files of orgs that this database does not know; they are left alone", slog.Int("orgs", strangers))
	}
	app.Logger.DebugContext(ctx, "files that nobody knows were removed", slog.Int("files", removed))
	return err
}

// fileChecks are what doctor asks of the folder of uploads.
func (app *App) fileChecks() []http.Check {
	return []http.Check{{Name: "uploads", Ask: func(ctx context.Context) error {
		check := app.files.Check
		if !exists(app.Config.UploadDir) {
			check = app.uploadsCanBeMade
		}
		if err := check(ctx); err != nil {
			return fmt.Errorf("%w: let LOCAL_UPLOAD_DIR name a folder in which the service may write", err)
		}
		return nil
	}}}
}

// uploadsCanBeMade checks that the upload folder can be created, without creating it: it writes a
// temporary file into the nearest existing folder above.
func (app *App) uploadsCanBeMade(context.Context) error {
	folder := filepath.Dir(filepath.Clean(app.Config.UploadDir))
	for !exists(folder) && folder != filepath.Dir(folder) {
		folder = filepath.Dir(folder)
	}
	file, err := os.CreateTemp(folder, ".sole-check-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}
