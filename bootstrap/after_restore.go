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
func (c commands) BackupRestored(ctx context.Context, o cli.Options, taken time.Time) error {
	return c.onMigrated(ctx, o, func(app *App) error {
		ended, err := afterRestore(app.Store, app.queue).Execute(ctx, taken)
		if err != nil {
			return err
		}
		c.sayEnded(ended, taken)
		return nil
	})
}

func afterRestore(store *bunstore.Store, queue *river.Queue) platform.AfterRestore {
	return platform.AfterRestore{Store: store, Waiting: queue, Clock: wallClock, NewID: newID}
}

// endRestored migrates a database file from a backup and ends its sessions, devices and links.
// Afterwards the file holds the whole database, without a write-ahead log beside it.
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

// sayEnded prints what a restore has ended, and what the operator has to check.
func (c commands) sayEnded(ended platform.Ended, taken time.Time) {
	c.say("ended %d sessions, %d remembered devices, %d mailed links and %d unfinished sign-ins in %d orgs; discarded %d unsent emails. "+
		"The audit log of each org records this.", ended.Sessions, ended.Devices, ended.Links, ended.Tickets, ended.Orgs, ended.Letters)
	since := "the backup was made"
	if !taken.IsZero() {
		since = taken.UTC().Format(time.RFC3339)
	}
	c.say("Changes made after %s are lost. Before you let people sign in again:", since)
	c.say("  - accounts that were suspended, removed or given fewer roles since then are as before, and erased people are back: repeat it")
	c.say("  - passwords, addresses and authenticators are as before: reset those that were changed because another person knew them")
	c.say("  - recovery codes used since then work again: ask their owners to create new ones")
	c.say("  - signing keys retired since then are accepted again: run `sole keys list`, then `sole keys retire`")
	c.say("  - invitations that were not accepted no longer work: send them again")
}
