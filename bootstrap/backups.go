package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/sole-platform/sole/adapters/archive"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/disk"
	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/migrations"
)

// Backups implements cli.Program. It changes nothing. If the database is on a server, it returns an error that contains the
// alternative, even if the configuration has other faults.
func (program) Backups(o cli.Options, instead string) (backups cli.Backups, err error) {
	source := Source{EnvFile: o.EnvFile, ReadOnly: true}
	v, _, err := read(source)
	if err != nil {
		return backups, err
	}
	if s, known := storeOf(v.GetString("DATABASE_URL")); known {
		if _, file := s.DatabaseDriver.(port.FileDriver); !file {
			return backups, fmt.Errorf("this command is for the embedded database, but DATABASE_URL names a database on a server: %s", instead)
		}
	}
	config, err := Load(source)
	if err != nil {
		return backups, err
	}
	if config.SecretKey == "" {
		return backups, fmt.Errorf("SECRET_KEY is not set and %s cannot be read: set the SECRET_KEY that the data was encrypted with%s",
			filepath.Join(config.DataDir, "secret_key"), cli.OtherEnvFiles(o))
	}
	deployment, err := config.fileDeployment()
	if err != nil {
		return backups, err
	}
	return cli.Backups{
		Missing: config.present(o),
		Create:  operations.CreateBackup{FileDeployment: deployment},
		Verify:  operations.VerifyBackup{FileDeployment: deployment},
		Restore: operations.RestoreBackup{FileDeployment: deployment, Open: config.openFile, NewID: newID},
	}, nil
}

// fileDeployment describes this deployment, whose database is a file, for its backups.
func (c Config) fileDeployment() (d operations.FileDeployment, err error) {
	ring, err := fernet.New(c.SecretKey, c.SecretKeyFallbacks)
	if err != nil {
		return d, err
	}
	keys, err := backupKeys(c)
	if err != nil {
		return d, err
	}
	files, err := archive.New(keys)
	if err != nil {
		return d, err
	}
	driver, path, _ := c.file()
	d = operations.FileDeployment{
		Database: filepath.Clean(path), Folders: []operations.Place{{Name: "uploads", Path: filepath.Clean(c.UploadDir)}},
		Driver: driver, Files: files, Copy: disk.Copy, Keys: ring, Clock: wallClock,
		Version: built().Version, Schema: migrations.Newest(),
	}
	if signing, _, err := configuredKey(c); err == nil {
		d.SigningKey = signing.ID
	}
	return d, nil
}

// openFile opens the database file of a restore. It serves no requests and runs no jobs.
func (c Config) openFile(path string) (port.Database, port.WaitingJobs, error) {
	kind, _ := storeOf(c.DatabaseURL)
	driver, _, file := c.file()
	if !file {
		return nil, nil, errors.New("the database is not a file")
	}
	c.DatabaseURL, c.MigrationDatabaseURL = driver.URL(path), ""
	database, _, waiting, err := openStore(kind, c, nil, port.DatabaseHooks{
		Committed: func(context.Context, domain.OrgID, domain.AuditEvent) {},
		Reachable: func(error) {}, // the calls fail with the reason
	})
	return database, waiting, err
}
