package bootstrap

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/adapters/cli"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/platform"
)

// BackupRestored implements cli.Actions.
func (c commands) BackupRestored(ctx context.Context, o cli.Options, taken time.Time) (err error) {
	app, err := c.open(o, c.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, app.Close()) }()
	if err := app.Store.Ready(ctx); err != nil {
		return err
	}
	ended, err := afterRestore(app.Store, app.queue).Execute(ctx, taken)
	if err != nil {
		return err
	}
	c.sayEnded(ended, taken)
	return nil
}

func afterRestore(store *bunstore.Store, queue *river.Queue) platform.AfterRestore {
	return platform.AfterRestore{Store: store, Waiting: queue, Clock: wallClock, NewID: newID}
}

// endRestored migrates a database file that came from a backup, and ends what it must not
// bring back to life. The file alone is the whole database afterwards.
func endRestored(ctx context.Context, file string, taken time.Time) (ended platform.Ended, err error) {
	store, err := bunstore.OpenSQLite(file)
	if err != nil {
		return ended, err
	}
	defer func() {
		if err = errors.Join(err, store.Close()); err == nil {
			err = bunstore.SettleSQLite(ctx, file)
		}
	}()
	queue, err := river.NewSQLite(store.SQL(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return ended, err
	}
	store.AlsoMigrate = queue.Migrate
	if _, err := store.Migrate(ctx); err != nil {
		return ended, err
	}
	return afterRestore(store, queue).Execute(ctx, taken)
}

// sayEnded says what a restore has ended, and what nobody can know.
func (c commands) sayEnded(ended platform.Ended, taken time.Time) {
	c.say("ended %d sessions, %d remembered devices, %d mailed links and %d unfinished sign-ins in %d orgs; dropped %d letters that waited. The audit log of each org says so.",
		ended.Sessions, ended.Devices, ended.Links, ended.Tickets, ended.Orgs, ended.Letters)
	since := "the backup was made"
	if !taken.IsZero() {
		since = taken.UTC().Format(time.RFC3339)
	}
	c.say("What happened after %s is gone, and nobody can tell it from this database. Before you let people in again:", since)
	c.say("  - accounts suspended, removed or given fewer roles since then are as they were, and erased people are back: do it again")
	c.say("  - passwords, addresses and authenticators are as they were: reset those that were changed because somebody else knew them")
	c.say("  - recovery codes used since then work again: have their owners make new ones")
	c.say("  - signing keys retired since then are accepted again: `sole keys list`, then `sole keys retire`")
	c.say("  - invitations that were not accepted are void: send them again")
}
