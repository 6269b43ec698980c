package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
)

// BackupActions are the commands on backups.
type BackupActions interface {
	// BackupCreate writes the file. If it is a folder, the backup gets a dated name there; if it is empty, in the
	// current folder.
	BackupCreate(ctx context.Context, o Options, file string) error
	BackupVerify(ctx context.Context, o Options, file string) error
	// BackupRestore restores the file. With force it renames existing files first.
	BackupRestore(ctx context.Context, o Options, file string, force bool) error
	// BackupRestored ends the sessions, devices and links of a database that was restored by other
	// means. taken is when the backup was made; zero: unknown.
	BackupRestored(ctx context.Context, o Options, taken time.Time) error
}

const backupLong = `Back up the embedded database, and restore a backup.

A backup is one consistent file, and can be written while the service runs. It contains neither
SECRET_KEY nor the private key that signs tokens: store a copy of both in another place. Back up
PostgreSQL with its own tools: see docs/backup.md.

A backup does not show which of its sessions, devices and links have ended since, so a restore
ends them all. After a restore by other means, such as pg_restore, run "backup restored" before
the service starts.`

func backup(actions Actions, o *Options) *cobra.Command {
	parent := group("backup", "Back up the embedded database, and restore a backup", "create, verify FILE, restore FILE or restored")
	parent.Long = backupLong
	parent.Example = "  sole backup create /var/backups\n  sole backup verify sole-20260301T120000Z.tar.gz"
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
		Use: "restore FILE", Short: "Verify a backup and restore it, while the service is stopped", Args: exactly(1),
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

// Backups are the use cases of a deployment whose database is a file.
type Backups struct {
	Missing error // why there is nothing to back up; nil if there is a database
	Create  operations.CreateBackup
	Verify  operations.VerifyBackup
	Restore operations.RestoreBackup
}

// backupRemedies name what to configure or run against a failure. The use cases name only the cause.
var backupRemedies = []struct {
	failure error
	text    string
}{
	{
		failure: operations.ErrNotRestorable,
		text:    "set SECRET_KEY to the one that the service runs with; if that one is lost, run `sole secrets reencrypt` first",
	},
	{failure: operations.ErrOtherSecretKey, text: "put that SECRET_KEY into SECRET_KEY_FALLBACKS"},
	{failure: operations.ErrOtherData, text: "put the SECRET_KEY that the data was written with into SECRET_KEY_FALLBACKS"},
	{failure: operations.ErrOccupied, text: "with --force it is renamed with a date and the backup takes its place"},
}

func backupFailure(err error) error {
	for _, remedy := range backupRemedies {
		if errors.Is(err, remedy.failure) {
			return fmt.Errorf("%w: %s", err, remedy.text)
		}
	}
	return err
}

// BackupCreate implements Actions.
func (c commands) BackupCreate(ctx context.Context, o Options, file string) error {
	backups, err := c.program.Backups(o, "run `pg_dump` as docs/backup.md describes")
	if err != nil {
		return err
	}
	if backups.Missing != nil {
		return backups.Missing
	}
	file, backup, err := backups.Create.Execute(ctx, file)
	if err != nil {
		return backupFailure(err)
	}
	signedBy := string(backup.SigningKey)
	if signedBy == "" {
		signedBy = "unknown"
	}
	c.printf("wrote %s: %s", file, describeBackup(backup))
	c.printf("It contains neither SECRET_KEY (id %s) nor the private key that signs tokens (id %s).", backup.SecretKey, signedBy)
	c.printf("Store both in another place: without that SECRET_KEY the backup cannot be restored.")
	return nil
}

// BackupVerify implements Actions.
func (c commands) BackupVerify(ctx context.Context, o Options, file string) error {
	backups, err := c.program.Backups(o, "run `pg_restore --list`, and restore into another database to be sure")
	if err != nil {
		return err
	}
	backup, err := backups.Verify.Execute(ctx, file)
	if err != nil {
		return backupFailure(err)
	}
	c.printf("%s holds: %s", file, describeBackup(backup))
	c.noteSigningKey(backups.Verify.FileDeployment, backup)
	return nil
}

// BackupRestore implements Actions.
func (c commands) BackupRestore(ctx context.Context, o Options, file string, force bool) error {
	backups, err := c.program.Backups(o, "run `pg_restore`, then `sole backup restored`, as docs/backup.md describes")
	if err != nil {
		return err
	}
	restored, err := backups.Restore.Execute(ctx, file, force)
	for _, kept := range restored.Kept {
		c.printf("kept the existing files as %s", kept)
	}
	if err != nil {
		return backupFailure(err)
	}
	c.printf("restored %s: %s", backups.Restore.Database, describeBackup(restored.Backup))
	c.noteSigningKey(backups.Restore.FileDeployment, restored.Backup)
	c.printEnded(restored.Ended, restored.Backup.CreatedAt)
	return nil
}

// BackupRestored implements Actions.
func (c commands) BackupRestored(ctx context.Context, o Options, taken time.Time) error {
	return c.onMigrated(ctx, o, func(s *Service) error {
		ended, err := s.Operations.AfterRestore.Execute(ctx, taken)
		if err == nil {
			c.printEnded(ended, taken)
		}
		return err
	})
}

// noteSigningKey prints a note if tokens are no longer signed by the key at the time of the backup.
func (c commands) noteSigningKey(d operations.FileDeployment, backup port.Backup) {
	if backup.SigningKey != "" && backup.SigningKey != d.SigningKey {
		c.printf("note  the private key that signs tokens differs from the one at the time of the backup (%s): configure that one again, "+
			"or store its public key to verify the audit log's seals that it signed", backup.SigningKey)
	}
}

func describeBackup(b port.Backup) string {
	return fmt.Sprintf("%d files, %d bytes, of %s by sole %s; schema %d; %d orgs, %d accounts, %d audit events", b.Files, b.Bytes,
		b.CreatedAt.Format(time.RFC3339), b.Version, b.Schema, b.Rows["orgs"], b.Rows["users"], b.Rows["audit_events"])
}

// printEnded prints what a restore has ended, and what the operator has to check.
func (c commands) printEnded(ended operations.Ended, taken time.Time) {
	c.printf("ended %d sessions, %d remembered devices, %d mailed links and %d unfinished sign-ins or first runs in %d orgs; "+
		"discarded %d unsent emails. The audit log of each org records this.",
		ended.Sessions, ended.Devices, ended.Links, ended.OneTimeTokens, ended.Orgs, ended.Emails)
	since := "the backup was made"
	if !taken.IsZero() {
		since = taken.UTC().Format(time.RFC3339)
	}
	c.printf("Changes made after %s are lost. Before you let people sign in again:", since)
	c.printf("  - accounts suspended, removed, erased or given fewer roles since then have their earlier state: repeat these changes")
	c.printf("  - passwords, addresses and authenticators have their earlier values: reset those that another person knew")
	c.printf("  - passkeys removed since then work again: remove those that were lost or stolen; those added since then must be added again")
	if ended.ServiceAccounts > 0 {
		c.printf("  - %d service accounts with %d API keys are suspended, because keys revoked since then exist again: revoke these keys "+
			"again, then activate the service accounts", ended.ServiceAccounts, ended.Keys)
	}
	c.printf("  - API keys created since then are gone: create them again")
	c.printf("  - recovery codes used since then work again: ask their owners to create new ones")
	c.printf("  - signing keys retired since then are accepted again: run `sole keys list`, then `sole keys retire`")
	c.printf("  - invitations that were not accepted no longer work: send them again")
}
