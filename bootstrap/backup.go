package bootstrap

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sole-platform/sole/adapters/archive"
	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/fernet"
	"github.com/sole-platform/sole/application/platform"
	"github.com/sole-platform/sole/migrations"
)

// databaseName is the database in a backup; its first part is the name of its place.
const databaseName = "database/sole.db"

// place is something on this machine that a backup holds, and the first part of its files' names.
type place struct{ name, path string }

// folders are what a backup holds besides the database, their paths clean.
func (c Config) folders() []place { return []place{{"uploads", filepath.Clean(c.UploadDir)}} }

// embedded is a deployment whose database is a file.
type embedded struct {
	Config
	database string
	folders  []place
	ring     *fernet.Box
	keys     []archive.Key // the first one proves new backups
}

// dated is how times stand in the names of files.
const dated = "20060102T150405Z"

// BackupCreate implements cli.Actions.
func (c commands) BackupCreate(ctx context.Context, o cli.Options, file string) error {
	e, err := openEmbedded(o, "run `pg_dump` as the README's section Backups says")
	if err != nil {
		return err
	}
	if err := e.present(o.EnvFile); err != nil {
		return err
	}
	now := wallClock()
	if info, err := os.Stat(orElse(file, ".")); err == nil && info.IsDir() {
		file = filepath.Join(file, "sole-"+now.Format(dated)+".tar.gz")
	}
	m, err := archive.Create(ctx, file, e.keys[0], func(folder string) (archive.Manifest, error) {
		return e.stage(ctx, folder, now)
	})
	if err != nil {
		return err
	}
	c.say("wrote %s: %s", file, describeBackup(m))
	c.say("It holds neither SECRET_KEY (id %s) nor the private key that signs tokens (id %s).", m.SecretKey, orElse(m.SignedBy, "unknown"))
	c.say("Keep both, apart from it: without that SECRET_KEY it cannot be restored.")
	return nil
}

// stage puts into the folder what a backup holds: the database first, so that no file that
// it knows of is missing.
func (e embedded) stage(ctx context.Context, folder string, now time.Time) (archive.Manifest, error) {
	snapshot := filepath.Join(folder, filepath.FromSlash(databaseName))
	if err := os.Mkdir(filepath.Dir(snapshot), 0o700); err != nil {
		return archive.Manifest{}, err
	}
	if err := bunstore.SnapshotSQLite(ctx, e.database, snapshot); err != nil {
		return archive.Manifest{}, err
	}
	contents, canary, err := e.inspect(ctx, snapshot)
	if err != nil {
		return archive.Manifest{}, err
	}
	if canary == platform.CanaryUnreadable {
		return archive.Manifest{}, errors.New("SECRET_KEY is not the one that the data was written with, so nobody could restore this backup: " +
			"give the SECRET_KEY that the service runs with; where the earlier one is lost, run `sole secrets reencrypt` first")
	}
	for _, f := range e.folders {
		if err := archive.Copy(ctx, f.path, filepath.Join(folder, f.name)); err != nil {
			return archive.Manifest{}, err
		}
	}
	m := archive.Manifest{Version: Version, CreatedAt: now, Schema: contents.Schema, SecretKey: e.ring.KeyIDs()[0], Rows: contents.Rows}
	if signing, _, err := configuredKey(e.Config); err == nil {
		m.SignedBy = string(signing.ID)
	}
	return m, nil
}

// BackupVerify implements cli.Actions.
func (c commands) BackupVerify(ctx context.Context, o cli.Options, file string) (err error) {
	e, err := openEmbedded(o, "run `pg_restore --list`, and restore into another database to be sure")
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "sole-verify-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	m, err := e.open(ctx, file, func(first string) (string, error) {
		folder := filepath.Join(scratch, filepath.Base(first))
		return folder, os.MkdirAll(folder, 0o700)
	})
	if err != nil {
		return err
	}
	c.say("%s holds: %s", file, describeBackup(m))
	c.noteKey(e.Config, m)
	return nil
}

// BackupRestore implements cli.Actions.
func (c commands) BackupRestore(ctx context.Context, o cli.Options, file string, force bool) (err error) {
	e, err := openEmbedded(o, "run `pg_restore`, then `sole backup restored`, as the README's section Backups says")
	if err != nil {
		return err
	}
	for _, p := range e.places() {
		if err := os.MkdirAll(filepath.Dir(p.path), 0o700); err != nil {
			return err
		}
	}
	unlock, err := lockServing(e.database)
	if errors.Is(err, errServed) {
		return errors.New("the service runs on this database: stop it first, then restore")
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	suffix := ".replaced-" + wallClock().Format(dated)
	r, err := e.restore(ctx, file, force, suffix)
	for _, p := range e.places() {
		if _, err := os.Lstat(p.path + suffix); err == nil {
			c.say("kept what was there as %s", p.path+suffix)
		}
	}
	if err != nil {
		return err
	}
	c.say("restored %s: %s", e.database, describeBackup(r.manifest))
	c.noteKey(e.Config, r.manifest)
	c.sayEnded(r.ended, r.manifest.CreatedAt)
	return nil
}

// places is all that a backup holds. The database comes last: with it a restore is done.
func (e embedded) places() []place {
	return append(slices.Clone(e.folders), place{path.Dir(databaseName), e.database})
}

// restoration is the backup that a restore put in place, and what it ended in it.
type restoration struct {
	manifest archive.Manifest
	ended    platform.Ended
}

// restore verifies a backup, migrates it, ends its sessions, devices and links, and puts it in
// place. Existing files are kept with the suffix. The service must not run.
func (e embedded) restore(ctx context.Context, file string, force bool, suffix string) (r restoration, err error) {
	staged := map[string]string{}
	for _, p := range e.places() {
		if occupied(p.path) && !force {
			return r, fmt.Errorf("%s exists already: with --force it is renamed with a date and the backup takes its place", p.path)
		}
		folder := filepath.Join(filepath.Dir(p.path), "."+filepath.Base(p.path)+".restore") // on the same file system
		if err := errors.Join(os.RemoveAll(folder), os.Mkdir(folder, 0o700)); err != nil {  // of a restore that was killed
			return r, err
		}
		defer func() { _ = os.RemoveAll(folder) }()
		staged[p.name] = folder
	}
	r.manifest, err = e.open(ctx, file, func(first string) (string, error) {
		if folder, known := staged[first]; known {
			return folder, nil
		}
		return "", fmt.Errorf("the backup holds %s, and the configuration names no folder for them: add it first", first)
	})
	if err != nil {
		return r, err
	}
	restored := filepath.Join(staged[path.Dir(databaseName)], path.Base(databaseName))
	if r.ended, err = endRestored(ctx, restored, r.manifest.CreatedAt); err != nil {
		return r, fmt.Errorf("%s: its sessions could not be ended: %w", file, err)
	}
	if err := keepAside(ctx, e.database, suffix); err != nil {
		return r, err
	}
	for _, f := range e.folders {
		if err := replaceFolder(staged[f.name], f.path, suffix); err != nil {
			return r, fmt.Errorf("%s could not be put in place; nothing is lost, see the files that end in %s: %w", f.path, suffix, err)
		}
	}
	if err := os.Rename(restored, e.database); err != nil {
		return r, fmt.Errorf("%s could not be put in place; nothing is lost, see the files that end in %s: %w", e.database, suffix, err)
	}
	archive.SyncFolder(filepath.Dir(e.database))
	return r, nil
}

// openEmbedded loads the configuration without changing anything. On PostgreSQL the error says
// what to do instead.
func openEmbedded(o cli.Options, instead string) (e embedded, err error) {
	source := Source{EnvFile: o.EnvFile, Untouched: true}
	v, _, err := read(source)
	if err != nil {
		return e, err
	}
	if url := v.GetString("DATABASE_URL"); url != "" && !strings.HasPrefix(url, "sqlite:") {
		return e, fmt.Errorf("this command is for the embedded database, but DATABASE_URL names PostgreSQL: %s", instead)
	}
	config, err := Load(source)
	if err != nil {
		return e, err
	}
	if config.SecretKey == "" {
		return e, fmt.Errorf("SECRET_KEY is not set and %s cannot be read: set the SECRET_KEY that the data was encrypted with%s",
			filepath.Join(config.DataDir, "secret_key"), otherEnvFiles(o.EnvFile))
	}
	ring, err := fernet.New(config.SecretKey, config.SecretKeyFallbacks)
	if err != nil {
		return e, err
	}
	keys, err := backupKeys(config)
	database, _ := sqlitePath(config.DatabaseURL)
	return embedded{config, filepath.Clean(database), config.folders(), ring, keys}, err
}

// open unpacks a backup and proves everything that can be wrong with it.
func (e embedded) open(ctx context.Context, file string, into func(string) (string, error)) (archive.Manifest, error) {
	unpacked := ""
	m, err := archive.Unpack(ctx, file, e.keys, func(first string) (string, error) {
		folder, err := into(first)
		if first == path.Dir(databaseName) {
			unpacked = filepath.Join(folder, path.Base(databaseName))
		}
		return folder, err
	})
	switch {
	case errors.Is(err, archive.ErrUnproven) && !slices.Contains(e.ring.KeyIDs(), m.SecretKey):
		return m, fmt.Errorf("%s was written under another SECRET_KEY (id %.8q; configured is %s): put that one into SECRET_KEY_FALLBACKS", file, m.SecretKey, e.ring.KeyIDs()[0])
	case errors.Is(err, archive.ErrUnproven):
		return m, fmt.Errorf("%s was changed after it was written: its manifest is not what SECRET_KEY proves", file)
	case err != nil:
		return m, fmt.Errorf("%s: %w", file, err)
	case unpacked == "":
		return m, fmt.Errorf("%s: %w: it holds no database", file, archive.ErrForeign)
	}
	contents, canary, err := e.inspect(ctx, unpacked)
	switch {
	case err != nil:
		return m, fmt.Errorf("%s: %w", file, err)
	case contents.Schema > migrations.Newest():
		return m, fmt.Errorf("%s: its schema is %d, this build knows %d: use the version of sole that wrote it, %s, or a newer one", file, contents.Schema, migrations.Newest(), m.Version)
	case canary == platform.CanaryUnreadable:
		return m, fmt.Errorf("%s: SECRET_KEY does not open the data in it: put the one that the data was written with into SECRET_KEY_FALLBACKS", file)
	}
	return m, nil
}

// inspect looks into a database file that nobody writes, and tries the keys on its canary.
func (e embedded) inspect(ctx context.Context, file string) (bunstore.Contents, platform.CanaryState, error) {
	contents, err := bunstore.InspectSQLite(ctx, file)
	return contents, platform.ReadCanary(e.ring, contents.Canaries[platform.CanaryName]), err
}

// noteKey says when tokens would be signed by another key than at the time of the backup.
func (c commands) noteKey(config Config, m archive.Manifest) {
	if signing, _, err := configuredKey(config); m.SignedBy != "" && (err != nil || string(signing.ID) != m.SignedBy) {
		c.say("note  the private key that signs tokens is not the one of then (%s): put it back, or seals of the audit log made with it need its public half to verify", m.SignedBy)
	}
}

func describeBackup(m archive.Manifest) string {
	return fmt.Sprintf("%d files, %d bytes, of %s by sole %s; schema %d; %d orgs, %d accounts, %d audit events", len(m.Files), m.Size(),
		m.CreatedAt.Format(time.RFC3339), m.Version, m.Schema, m.Rows["orgs"], m.Rows["users"], m.Rows["audit_events"])
}

// occupied tells whether there is something that a restore would replace.
func occupied(name string) bool {
	info, err := os.Lstat(name)
	if err != nil || !info.IsDir() {
		return err == nil
	}
	entries, err := os.ReadDir(name)
	return err != nil || len(entries) > 0
}

// companions stand beside a database file and would be read into whatever takes its place.
var companions = []string{"-wal", "-journal", "-shm"}

// keepAside gives the database a second name and leaves it in place, ready to be replaced at
// once: whenever that is interrupted, the one or the other is there, whole. A damaged one is
// kept with what waits beside it.
func keepAside(ctx context.Context, database, suffix string) error {
	for _, c := range companions {
		if err := os.Link(database+c, database+suffix+c); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_, settled := os.Lstat(database)
	if settled == nil {
		settled = bunstore.SettleSQLite(ctx, database)
	}
	remove := ""
	if settled == nil || errors.Is(settled, bunstore.ErrInUse) {
		remove = suffix
	}
	for _, c := range companions {
		if err := os.Remove(database + remove + c); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if errors.Is(settled, bunstore.ErrInUse) {
		return settled
	}
	if err := os.Link(database, database+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func replaceFolder(from, to, suffix string) error {
	if err := os.Rename(to, to+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}
