package bootstrap

import (
	"bytes"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/archive"
	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/migrations"
	"github.com/sole-platform/sole/test/harness"
)

// deployment is an embedded deployment in a folder of its own, seeded, with an upload.
type deployment struct {
	t      *testing.T
	folder string
	o      cli.Options
}

func deploy(t *testing.T, lines ...string) deployment {
	t.Helper()
	d := deployment{t: t, folder: t.TempDir()}
	d.o.EnvFile = filepath.Join(d.folder, "settings")
	lines = append(lines,
		"DATA_DIR="+d.folder+"/data", "DATABASE_URL=sqlite://"+d.folder+"/data/sole.db", "SEED_ADMIN_EMAIL=owner@example.org")
	require.NoError(t, os.WriteFile(d.o.EnvFile, []byte(strings.Join(lines, "\n")), 0o600))
	return d
}

// seeded returns a deployment with an owner and a canary, as after a first start.
func seeded(t *testing.T) deployment {
	t.Helper()
	d := deploy(t)
	require.NoError(t, actions(io.Discard, io.Discard).Seed(t.Context(), d.o))
	d.withStore(func(app *App) {
		_, err := operations.CheckCanary{Store: app.Store, Keys: app.SecretKeys}.Execute(t.Context())
		require.NoError(t, err)
	})
	require.NoError(t, os.MkdirAll(d.uploads()+"/a", 0o700))
	require.NoError(t, os.WriteFile(d.uploads()+"/a/portrait", []byte("PNG"), 0o600))
	return d
}

func (d deployment) withStore(do func(*App)) {
	d.t.Helper()
	app, err := create(d.t.Context(), d.o, io.Discard, nil)
	require.NoError(d.t, err)
	defer func() { require.NoError(d.t, app.Close()) }()
	do(app)
}

// sqlOf is the database of the service.
func sqlOf(app *App) *sql.DB { return app.Store.Connection().(*sql.DB) }

// actions returns the commands, which print to out and log to log.
func actions(out, log io.Writer) cli.Actions {
	return cli.New(program{out: out, err: log}, strings.NewReader(""), out, log)
}

func (d deployment) database() string { return filepath.Join(d.folder, "data", "sole.db") }
func (d deployment) uploads() string  { return filepath.Join(d.folder, "data", "uploads") }

// backups opens what the backup commands use.
func (d deployment) backups() cli.Backups {
	d.t.Helper()
	backups, err := program{out: io.Discard, err: io.Discard}.Backups(d.o, "")
	require.NoError(d.t, err)
	return backups
}

// config is the deployment's configuration.
func (d deployment) config() Config {
	d.t.Helper()
	config, err := Load(Source{EnvFile: d.o.EnvFile, ReadOnly: true})
	require.NoError(d.t, err)
	return config
}

// backup writes a backup and returns its path.
func (d deployment) backup() string {
	d.t.Helper()
	file, _, err := d.backups().Create.Execute(d.t.Context(), filepath.Join(d.t.TempDir(), "b.tar.gz"))
	require.NoError(d.t, err)
	return file
}

// written writes a backup with keys. alter changes it before it is packed.
func (d deployment) written(keys []archive.Key, alter func(folder string, b *port.Backup)) string {
	d.t.Helper()
	files, err := archive.New(keys)
	require.NoError(d.t, err)
	file, create := filepath.Join(d.t.TempDir(), "written"), d.backups().Create
	_, err = files.Create(d.t.Context(), file, func(folder string) (port.Backup, error) {
		b, err := create.Stage(d.t.Context(), folder)
		alter(folder, &b)
		return b, err
	})
	require.NoError(d.t, err)
	return file
}

// then is the time of restores; existing files get the suffix.
var then = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const suffix = ".replaced-20260301T120000Z"

// restore restores a backup at that time.
func (d deployment) restore(file string, replace bool) (operations.Restoration, error) {
	d.t.Helper()
	restore := d.backups().Restore
	restore.Clock = func() time.Time { return then }
	return restore.Execute(d.t.Context(), file, replace)
}

// alike returns another deployment with the keys of this one.
func (d deployment) alike(lines ...string) deployment {
	d.t.Helper()
	return deploy(d.t, append(lines, "SECRET_KEY="+d.config().SecretKey)...)
}

func (d deployment) owners() (n int) {
	d.t.Helper()
	d.withStore(func(app *App) {
		require.NoError(d.t, sqlOf(app).QueryRow("SELECT count(*) FROM users").Scan(&n))
	})
	return n
}

func TestARestoreRestoresDatabaseAndFiles(t *testing.T) {
	from := seeded(t)
	file, to := from.backup(), from.alike()
	require.NoError(t, os.Mkdir(filepath.Dir(to.database()), 0o700))
	leftover := filepath.Join(to.folder, "data", ".sole.db.restore") // of one that was killed
	require.NoError(t, os.Mkdir(leftover, 0o700))
	require.NoError(t, os.WriteFile(leftover+"/sole.db", []byte("half"), 0o600))
	restored, err := to.restore(file, false)
	require.NoError(t, err)
	require.Equal(t, 2, restored.Backup.Files)
	require.Equal(t, 1, to.owners())
	text, err := os.ReadFile(to.uploads() + "/a/portrait")
	require.NoError(t, err)
	require.Equal(t, "PNG", string(text))
	info, err := os.Stat(to.database())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoDirExists(t, leftover)
	require.NoDirExists(t, filepath.Join(to.folder, "data", ".uploads.restore"))
}

func TestARestoreReplacesExistingFilesOnlyByForceAndKeepsThem(t *testing.T) {
	d := seeded(t)
	file := d.backup()
	require.NoError(t, os.WriteFile(d.uploads()+"/later", nil, 0o600))
	d.withStore(func(app *App) { // it has a -wal file while it is open
		_, err := sqlOf(app).Exec("PRAGMA foreign_keys = 0; DELETE FROM users")
		require.NoError(t, err)
		_, err = d.restore(file, true)
		require.ErrorIs(t, err, port.ErrDatabaseInUse)
		require.FileExists(t, d.uploads()+"/later", "nothing was begun")
	})
	_, err := d.restore(file, false)
	require.ErrorIs(t, err, operations.ErrOccupied)
	require.Zero(t, d.owners())
	require.FileExists(t, d.uploads()+"/later")

	_, err = d.restore(file, true)
	require.NoError(t, err)
	require.Equal(t, 1, d.owners())
	require.NoFileExists(t, d.uploads()+"/later")
	require.FileExists(t, d.uploads()+suffix+"/later")
	d.o.EnvFile = filepath.Join(d.folder, "kept")
	require.NoError(t, os.WriteFile(d.o.EnvFile, []byte("DATA_DIR="+d.folder+"/data\nDATABASE_URL=sqlite://"+d.database()+suffix), 0o600))
	require.Zero(t, d.owners())
}

func TestARestoreRenamesADamagedDatabaseAndItsLog(t *testing.T) {
	d := seeded(t)
	file := d.backup()
	require.NoError(t, os.WriteFile(d.database(), []byte("torn"), 0o600))
	require.NoError(t, os.WriteFile(d.database()+"-wal", []byte("stale"), 0o600))
	_, err := d.restore(file, true)
	require.NoError(t, err)
	require.NoFileExists(t, d.database()+"-wal")
	require.Equal(t, 1, d.owners())
	for name, want := range map[string]string{suffix: "torn", suffix + "-wal": "stale"} {
		text, err := os.ReadFile(d.database() + name)
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
}

func TestAStaleLogIsNotAppliedToTheRestoredDatabase(t *testing.T) {
	d := seeded(t)
	file := d.backup()
	d.withStore(func(app *App) { // a valid log of a database that is removed
		_, err := sqlOf(app).Exec("UPDATE users SET full_name = 'Stale'")
		require.NoError(t, err)
		text, err := os.ReadFile(d.database() + "-wal")
		require.NoError(t, err)
		require.NotEmpty(t, text)
		require.NoError(t, os.WriteFile(filepath.Join(d.folder, "log"), text, 0o600))
	})
	require.NoError(t, os.Remove(d.database()))
	require.NoError(t, os.RemoveAll(d.uploads()))
	require.NoError(t, os.Rename(filepath.Join(d.folder, "log"), d.database()+"-wal"))
	_, err := d.restore(file, false)
	require.NoError(t, err)
	require.FileExists(t, d.database()+suffix+"-wal")
	d.withStore(func(app *App) {
		var name string
		require.NoError(t, sqlOf(app).QueryRow("SELECT full_name FROM users").Scan(&name))
		require.Equal(t, "Owner", name)
	})
}

func TestAnInvalidBackupChangesNothing(t *testing.T) {
	from := seeded(t)
	file := from.backup()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	damaged := filepath.Join(t.TempDir(), "damaged")
	require.NoError(t, os.WriteFile(damaged, text[:len(text)/2], 0o600))

	keys, err := backupKeys(from.config())
	require.NoError(t, err)
	made := func(alter func(folder string)) string { // with the right key and wrong content
		return from.written(keys, func(folder string, _ *port.Backup) { alter(folder) })
	}
	execute := func(statement string) func(string) {
		return func(folder string) {
			store, err := bunstore.OpenSQLite(filepath.Join(folder, "database", "sole.db"), harness.Hooks())
			require.NoError(t, err)
			_, err = store.SQL().Exec("PRAGMA foreign_keys = 0; " + statement)
			require.NoError(t, err)
			require.NoError(t, store.Close())
		}
	}
	to := from.alike()
	for name, c := range map[string]struct {
		file   string
		into   deployment
		reason string
	}{
		"half":        {damaged, to, "damaged"},
		"no backup":   {from.o.EnvFile, to, "no backup of this service"},
		"nothing":     {filepath.Join(t.TempDir(), "nowhere"), to, "no such file"},
		"another key": {file, deploy(t, "SECRET_KEY=another"), "was written under another secret key (id"},
		"a newer schema": {
			made(execute("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")), to, "its schema is 99, this build knows",
		},
		"another canary": {made(execute("UPDATE canaries SET sealed = 'ffffffff.x'")), to, "no configured secret key opens the data in it"},
		"a missing row":  {made(execute("DELETE FROM orgs")), to, "foreign_key_check"},
		"a broken index": {
			made(execute("PRAGMA writable_schema = 1; DELETE FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")), to, "integrity_check",
		},
		"another database": {made(execute("DROP TABLE goose_db_version")), to, "no database of this service"},
		"no database": {made(func(folder string) {
			require.NoError(t, os.RemoveAll(folder+"/database"))
		}), to, "holds no database"},
		"an unknown folder": {made(func(folder string) {
			require.NoError(t, os.Rename(folder+"/uploads", folder+"/what"))
		}), to, "names no folder"},
		"changed afterwards": {from.written([]archive.Key{{}}, func(string, *port.Backup) {}), to, "was changed after it was written"},
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(c.into.database()), 0o700))
		_, err := c.into.restore(c.file, true)
		require.ErrorContains(t, err, c.reason, name)
		require.NoError(t, os.Remove(c.into.database()+".serve.lock"), "of the restore that failed")
		entries, err := os.ReadDir(filepath.Dir(c.into.database()))
		require.NoError(t, err)
		require.Empty(t, entries, name)
	}
}

func TestAnEarlierKeyOpensAnEarlierBackup(t *testing.T) {
	from := seeded(t)
	to := deploy(t, "SECRET_KEY=the key of this year, which is ours", "SECRET_KEY_FALLBACKS='"+from.config().SecretKey+"'")
	require.NoError(t, os.Mkdir(filepath.Dir(to.database()), 0o700))
	_, err := to.restore(from.backup(), false)
	require.NoError(t, err)
	require.Equal(t, 1, to.owners())
}

func TestAnOlderSchemaIsMigratedByTheRestore(t *testing.T) {
	from := seeded(t)
	from.withStore(func(app *App) {
		_, err := app.Store.Rollback(t.Context())
		require.NoError(t, err)
	})
	file, to := from.backup(), from.alike()
	require.NoError(t, os.Mkdir(filepath.Dir(to.database()), 0o700))
	restored, err := to.restore(file, false)
	require.NoError(t, err)
	require.Less(t, restored.Backup.Schema, migrations.Newest())
	to.withStore(func(app *App) { require.NoError(t, app.Store.Ready(t.Context())) })
	require.Equal(t, 1, to.owners())
}

func TestNoBackupIsWrittenUnderAnotherKey(t *testing.T) {
	d := seeded(t)
	require.NoError(t, os.WriteFile(filepath.Join(d.folder, "data", "secret_key"), []byte("another\n"), 0o600))
	folder := t.TempDir()
	err := actions(io.Discard, io.Discard).BackupCreate(t.Context(), d.o, folder)
	require.ErrorIs(t, err, operations.ErrNotRestorable)
	require.ErrorContains(t, err, "set SECRET_KEY to the one that the service runs with")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestBackupCommandsPrintTheirResults(t *testing.T) {
	from, out := seeded(t), &bytes.Buffer{}
	c, folder := actions(out, io.Discard), t.TempDir()
	require.NoError(t, c.BackupCreate(t.Context(), from.o, folder))
	files, err := filepath.Glob(filepath.Join(folder, "sole-*.tar.gz"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Contains(t, out.String(), "1 orgs, 1 accounts")
	require.Contains(t, out.String(), "It contains neither SECRET_KEY")
	require.False(t, strings.Contains(out.String(), from.config().SecretKey))

	out.Reset()
	require.NoError(t, c.BackupVerify(t.Context(), from.o, files[0]))
	require.Contains(t, out.String(), "holds: 2 files")
	require.NotContains(t, out.String(), "note")

	out.Reset()
	to := from.alike()
	require.NoError(t, c.BackupRestore(t.Context(), to.o, files[0], false))
	require.Contains(t, out.String(), "restored "+to.database())
	require.Contains(t, out.String(), "note  the private key that signs tokens differs from the one at the time of the backup")
	require.ErrorContains(t, c.BackupRestore(t.Context(), to.o, files[0], false), "exists already")

	to.withStore(func(app *App) {
		require.NoError(t, app.lockFile())
		require.ErrorContains(t, c.BackupRestore(t.Context(), to.o, files[0], true), "stop it first")
	})
	require.NoError(t, os.Remove(filepath.Join(from.folder, "data", "secret_key")))
	require.ErrorContains(t, c.BackupVerify(t.Context(), from.o, files[0]), "SECRET_KEY is not set")
	require.NoFileExists(t, filepath.Join(from.folder, "data", "secret_key"), "none is made")

	postgres := deploy(t, "DATABASE_URL=postgres://u:p@h/d", "SECRET_KEY=x")
	require.NoError(t, os.WriteFile(postgres.o.EnvFile, []byte("DATABASE_URL=postgres://u:p@h/d\n"), 0o600))
	for tool, err := range map[string]error{
		"pg_dump":    c.BackupCreate(t.Context(), postgres.o, ""),
		"--list":     c.BackupVerify(t.Context(), postgres.o, files[0]),
		"pg_restore": c.BackupRestore(t.Context(), postgres.o, files[0], true),
	} {
		require.ErrorContains(t, err, tool)
	}
}
