package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
)

// BackupActions is what the commands on backups do.
type BackupActions interface {
	// BackupCreate writes the file; a folder gets one with a dated name, as does an empty name, here.
	BackupCreate(ctx context.Context, o Options, file string) error
	BackupVerify(ctx context.Context, o Options, file string) error
	// BackupRestore restores the file. With force it renames existing files first.
	BackupRestore(ctx context.Context, o Options, file string, force bool) error
	// BackupRestored ends the sessions, devices and links of a database that was restored by other
	// means. taken is when the backup was made; zero: unknown.
	BackupRestored(ctx context.Context, o Options, taken time.Time) error
}

const backupLong = `Back up the embedded database, and restore a backup.

A backup is one consistent file; the service can run meanwhile. It contains neither SECRET_KEY
nor the private key that signs tokens: keep a copy of both in another place. Back up PostgreSQL
with its own tools: see Backups in the README.

A backup does not show which of its sessions, devices and links have ended since, so a restore
ends them all. After a restore by other means, such as pg_restore, run "backup restored" before
the service starts.`

func backup(actions Actions, o *Options) *cobra.Command {
	parent := group("backup", "Back up the embedded database, and restore a backup", "create, verify FILE, restore FILE or restored")
	parent.Long = backupLong
	create := &cobra.Command{
		Use: "create [FILE]", Short: "Write a backup, also while the service runs; FILE may be a folder", Args: upTo(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.BackupCreate(cmd.Context(), *o, append(args, "")[0])
		},
	}
	verify := &cobra.Command{
		Use: "verify FILE", Short: "Check that a backup is complete and that SECRET_KEY opens it", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.BackupVerify(cmd.Context(), *o, args[0])
		},
	}
	var force bool
	restore := &cobra.Command{
		Use: "restore FILE", Short: "Verify a backup and put it in place, while the service is stopped", Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return actions.BackupRestore(cmd.Context(), *o, args[0], force)
		},
	}
	restore.Flags().BoolVar(&force, "force", false, "also when there is a database: it is renamed with a date")
	var taken string
	restored := &cobra.Command{
		Use: "restored", Short: "After pg_restore: end every session, device and link of the restored database", Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := instant(taken)
			if err != nil {
				return err
			}
			return actions.BackupRestored(cmd.Context(), *o, at)
		},
	}
	restored.Flags().StringVar(&taken, "taken-at", "", "when the backup was made, such as 2026-11-28T22:51:20Z, for the audit log")
	parent.AddCommand(create, verify, restore, restored)
	return parent
}

// instant reads an optional time in RFC 3339.
func instant(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, UsageError{Cause: errors.New("--taken-at must be a time such as 2026-11-28T22:51:20Z")}
	}
	return at.UTC(), nil
}
