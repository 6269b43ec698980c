package bootstrap

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/archive"
	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/migrations"
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
	lines = append(lines, "DATA_DIR="+d.folder+"/data", "DATABASE_URL=sqlite://"+d.folder+"/data/sole.db", "SEED_ADMIN_EMAIL=owner@example.org")
	require.NoError(t, os.WriteFile(d.o.EnvFile, []byte(strings.Join(lines, "\n")), 0o600))
	return d
}

// seeded has an owner and a canary, as after a first start.
func seeded(t *testing.T) deployment {
	t.Helper()
	d := deploy(t)
	require.NoError(t, commands{io.Discard, io.Discard}.Seed(t.Context(), d.o))
	d.withStore(func(app *App) {
		_, err := platform.CheckCanary{Store: app.Store, Keys: app.SecretKeys}.Execute(t.Context())
		require.NoError(t, err)
	})
	require.NoError(t, os.MkdirAll(d.uploads()+"/a", 0o700))
	require.NoError(t, os.WriteFile(d.uploads()+"/a/portrait", []byte("PNG"), 0o600))
	return d
}

func (d deployment) withStore(do func(*App)) {
	d.t.Helper()
	app, err := commands{io.Discard, io.Discard}.create(d.t.Context(), d.o, io.Discard, nil)
	require.NoError(d.t, err)
	defer func() { require.NoError(d.t, app.Close()) }()
	do(app)
}

func (d deployment) database() string { return filepath.Join(d.folder, "data", "sole.db") }
func (d deployment) uploads() string  { return filepath.Join(d.folder, "data", "uploads") }

func (d deployment) open() embedded {
	d.t.Helper()
	e, err := openEmbedded(d.o, "")
	require.NoError(d.t, err)
	return e
}

// backup writes a backup and gives its path.
func (d deployment) backup() string {
	d.t.Helper()
	e, file := d.open(), filepath.Join(d.t.TempDir(), "b.tar.gz")
	_, err := archive.Create(d.t.Context(), file, e.keys[0], func(folder string) (archive.Manifest, error) {
		return e.stage(d.t.Context(), folder, wallClock())
	})
	require.NoError(d.t, err)
	return file
}

// alike gives another deployment the keys of this one.
func (d deployment) alike(lines ...string) deployment {
	d.t.Helper()
	return deploy(d.t, append(lines, "SECRET_KEY="+d.open().SecretKey)...)
}

func (d deployment) owners() (n int) {
	d.t.Helper()
	d.withStore(func(app *App) {
		require.NoError(d.t, app.Store.SQL().QueryRow("SELECT count(*) FROM users").Scan(&n))
	})
	return n
}

func TestARestorePutsEverythingInPlace(t *testing.T) {
	from := seeded(t)
	file, to := from.backup(), from.alike()
	require.NoError(t, os.Mkdir(filepath.Dir(to.database()), 0o700))
	leftover := filepath.Join(to.folder, "data", ".sole.db.restore") // of one that was killed
	require.NoError(t, os.Mkdir(leftover, 0o700))
	require.NoError(t, os.WriteFile(leftover+"/sole.db", []byte("half"), 0o600))
	restored, err := to.open().restore(t.Context(), file, false, ".then")
	require.NoError(t, err)
	require.Len(t, restored.manifest.Files, 2)
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

func TestWhatIsThereIsReplacedOnlyByForceAndKept(t *testing.T) {
	d := seeded(t)
	file := d.backup()
	require.NoError(t, os.WriteFile(d.uploads()+"/later", nil, 0o600))
	d.withStore(func(app *App) { // leaves a -wal while it is open, and is settled when closed
		_, err := app.Store.SQL().Exec("PRAGMA foreign_keys = 0; DELETE FROM users")
		require.NoError(t, err)
		_, err = d.open().restore(t.Context(), file, true, ".then")
		require.ErrorIs(t, err, bunstore.ErrInUse)
		require.FileExists(t, d.uploads()+"/later", "nothing was begun")
	})
	_, err := d.open().restore(t.Context(), file, false, ".then")
	require.ErrorContains(t, err, "--force")
	require.Zero(t, d.owners())
	require.FileExists(t, d.uploads()+"/later")

	_, err = d.open().restore(t.Context(), file, true, ".then")
	require.NoError(t, err)
	require.Equal(t, 1, d.owners())
	require.NoFileExists(t, d.uploads()+"/later")
	require.FileExists(t, d.uploads()+".then/later")
	d.o.EnvFile = filepath.Join(d.folder, "kept")
	require.NoError(t, os.WriteFile(d.o.EnvFile, []byte("DATA_DIR="+d.folder+"/data\nDATABASE_URL=sqlite://"+d.database()+".then"), 0o600))
	require.Zero(t, d.owners())
}

// TestADamagedDatabaseIsPutAsideWithWhatWaitsBesideIt: it is why one restores.
func TestADamagedDatabaseIsPutAsideWithWhatWaitsBesideIt(t *testing.T) {
	d := seeded(t)
	file := d.backup()
	require.NoError(t, os.WriteFile(d.database(), []byte("torn"), 0o600))
	require.NoError(t, os.WriteFile(d.database()+"-wal", []byte("stale"), 0o600))
	_, err := d.open().restore(t.Context(), file, true, ".then")
	require.NoError(t, err)
	require.NoFileExists(t, d.database()+"-wal")
	require.Equal(t, 1, d.owners())
	for name, want := range map[string]string{".then": "torn", ".then-wal": "stale"} {
		text, err := os.ReadFile(d.database() + name)
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
}

func TestAStaleLogIsNotReadIntoTheRestoredDatabase(t *testing.T) {
	d := seeded(t)
	file := d.backup()
	d.withStore(func(app *App) { // a log that is valid, of a database that is gone
		_, err := app.Store.SQL().Exec("UPDATE users SET full_name = 'Stale'")
		require.NoError(t, err)
		text, err := os.ReadFile(d.database() + "-wal")
		require.NoError(t, err)
		require.NotEmpty(t, text)
		require.NoError(t, os.WriteFile(filepath.Join(d.folder, "log"), text, 0o600))
	})
	require.NoError(t, os.Remove(d.database()))
	require.NoError(t, os.RemoveAll(d.uploads()))
	require.NoError(t, os.Rename(filepath.Join(d.folder, "log"), d.database()+"-wal"))
	_, err := d.open().restore(t.Context(), file, false, ".then")
	require.NoError(t, err)
	require.FileExists(t, d.database()+".then-wal")
	d.withStore(func(app *App) {
		var name string
		require.NoError(t, app.Store.SQL().QueryRow("SELECT full_name FROM users").Scan(&name))
		require.Equal(t, "Owner", name)
	})
}

func TestABackupThatIsNotProvenChangesNothing(t *testing.T) {
	from := seeded(t)
	file := from.backup()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	damaged := filepath.Join(t.TempDir(), "damaged")
	require.NoError(t, os.WriteFile(damaged, text[:len(text)/2], 0o600))

	// written by who holds the key, and yet not what it seems
	made := func(alter func(e embedded, folder string, m *archive.Manifest)) string {
		e, file := from.open(), filepath.Join(t.TempDir(), "made")
		_, err := archive.Create(t.Context(), file, e.keys[0], func(folder string) (archive.Manifest, error) {
			m, err := e.stage(t.Context(), folder, wallClock())
			alter(e, folder, &m)
			return m, err
		})
		require.NoError(t, err)
		return file
	}
	execute := func(statement string) func(embedded, string, *archive.Manifest) {
		return func(_ embedded, folder string, _ *archive.Manifest) {
			store, err := bunstore.OpenSQLite(filepath.Join(folder, databaseName))
			require.NoError(t, err)
			_, err = store.SQL().Exec("PRAGMA foreign_keys = 0; " + statement)
			require.NoError(t, err)
			require.NoError(t, store.Close())
		}
	}
	to := from.alike()
	for name, c := range map[string]struct {
		file string
		into deployment
		says string
	}{
		"half":             {damaged, to, "damaged"},
		"no backup":        {from.o.EnvFile, to, "no backup of this service"},
		"nothing":          {filepath.Join(t.TempDir(), "nowhere"), to, "no such file"},
		"another key":      {file, deploy(t, "SECRET_KEY=another"), "was written under another SECRET_KEY (id"},
		"a newer schema":   {made(execute("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")), to, "its schema is 99, this build knows"},
		"another canary":   {made(execute("UPDATE canaries SET sealed = 'ffffffff.x'")), to, "SECRET_KEY does not open the data in it"},
		"a missing row":    {made(execute("DELETE FROM orgs")), to, "foreign_key_check"},
		"a broken index":   {made(execute("PRAGMA writable_schema = 1; DELETE FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")), to, "integrity_check"},
		"another database": {made(execute("DROP TABLE goose_db_version")), to, "no database of this service"},
		"no database": {made(func(_ embedded, folder string, _ *archive.Manifest) {
			require.NoError(t, os.RemoveAll(folder+"/database"))
		}), to, "holds no database"},
		"an unknown folder": {made(func(_ embedded, folder string, _ *archive.Manifest) {
			require.NoError(t, os.Rename(folder+"/uploads", folder+"/what"))
		}), to, "names no folder"},
		"changed afterwards": {forged(t, from), to, "was changed after it was written"},
	} {
		e := c.into.open()
		require.NoError(t, os.MkdirAll(filepath.Dir(c.into.database()), 0o700))
		_, err := e.restore(t.Context(), c.file, true, ".then")
		require.ErrorContains(t, err, c.says, name)
		entries, err := os.ReadDir(filepath.Dir(c.into.database()))
		require.NoError(t, err)
		require.Empty(t, entries, name)
	}
}

// forged is a backup that names the right key and is proven by another.
func forged(t *testing.T, from deployment) string {
	t.Helper()
	e, file := from.open(), filepath.Join(t.TempDir(), "forged")
	_, err := archive.Create(t.Context(), file, archive.Key{}, func(folder string) (archive.Manifest, error) {
		return e.stage(t.Context(), folder, wallClock())
	})
	require.NoError(t, err)
	return file
}

func TestAnEarlierKeyOpensAnEarlierBackup(t *testing.T) {
	from := seeded(t)
	to := deploy(t, "SECRET_KEY=the key of this year, which is ours", "SECRET_KEY_FALLBACKS='"+from.open().SecretKey+"'")
	require.NoError(t, os.Mkdir(filepath.Dir(to.database()), 0o700))
	_, err := to.open().restore(t.Context(), from.backup(), false, ".then")
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
	restored, err := to.open().restore(t.Context(), file, false, ".then")
	require.NoError(t, err)
	require.Less(t, restored.manifest.Schema, migrations.Newest())
	to.withStore(func(app *App) { require.NoError(t, app.Store.Ready(t.Context())) })
	require.Equal(t, 1, to.owners())
}

func TestWithAnotherKeyNoBackupIsWritten(t *testing.T) {
	d := seeded(t)
	require.NoError(t, os.WriteFile(filepath.Join(d.folder, "data", "secret_key"), []byte("another\n"), 0o600))
	folder := t.TempDir()
	err := commands{io.Discard, io.Discard}.BackupCreate(t.Context(), d.o, folder)
	require.ErrorContains(t, err, "SECRET_KEY is not the one that the data was written with")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestTheCommandsSayWhatTheyDid(t *testing.T) {
	from, out := seeded(t), &bytes.Buffer{}
	c, folder := commands{out, io.Discard}, t.TempDir()
	require.NoError(t, c.BackupCreate(t.Context(), from.o, folder))
	files, err := filepath.Glob(filepath.Join(folder, "sole-*.tar.gz"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Contains(t, out.String(), "1 orgs, 1 accounts")
	require.Contains(t, out.String(), "It holds neither SECRET_KEY")
	require.False(t, strings.Contains(out.String(), from.open().SecretKey))

	out.Reset()
	require.NoError(t, c.BackupVerify(t.Context(), from.o, files[0]))
	require.Contains(t, out.String(), "holds: 2 files")
	require.NotContains(t, out.String(), "note")

	out.Reset()
	to := from.alike()
	require.NoError(t, c.BackupRestore(t.Context(), to.o, files[0], false))
	require.Contains(t, out.String(), "restored "+to.database())
	require.Contains(t, out.String(), "note  the private key that signs tokens is not the one of then")
	require.ErrorContains(t, c.BackupRestore(t.Context(), to.o, files[0], false), "exists already")

	to.withStore(func(app *App) {
		require.NoError(t, app.lockData(to.database()))
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
