package bootstrap

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/files"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

const (
	sealInterval      = time.Minute // the longest time that an event waits for its seal
	expireInterval    = time.Hour
	inactiveInterval  = 24 * time.Hour
	fileSweepInterval = time.Hour
	passwordInterval  = time.Hour
	clearDoneInterval = 5 * time.Minute // the longest time that a sent email names its recipient
)

// routines returns the work that is done at intervals, each time by one of the replicas.
func (app *App) routines() []river.Routine {
	return []river.Routine{
		{Name: "audit.seal", Every: sealInterval, Do: func(ctx context.Context) error {
			_, err := app.Sealing().Execute(ctx)
			return err
		}},
		{Name: "audit.expire", Every: expireInterval, Do: func(ctx context.Context) error {
			_, err := app.Expiring().Execute(ctx)
			return err
		}},
		{Name: "members.remove_inactive", Every: inactiveInterval, Do: func(ctx context.Context) error {
			_, err := app.RemovingInactive().Execute(ctx)
			return err
		}},
		{Name: "members.count_passwords", Every: passwordInterval, Do: members.CountPasswords{Store: app.Store}.Execute},
		{Name: "files.sweep", Every: fileSweepInterval, Do: app.sweepFiles},
		{Name: "jobs.clear_done", Every: clearDoneInterval, Do: func(ctx context.Context) error {
			_, err := app.waiting.ClearDone(ctx)
			return err
		}},
	}
}

// Sealing returns the use case that seals events with the service's keys. Each seal is also written to the audit log stream,
// which can be stored on another host.
func (app *App) Sealing() audit.Seal {
	return audit.Seal{
		Store: app.Store, Signer: jose.SealSigner{Keys: app.keys.ring}, NewSalt: newSalt, Clock: app.clock,
		Sealed: logSeal(app.auditLogger),
	}
}

// Expiring returns the use case that removes old events.
func (app *App) Expiring() audit.Expire {
	return audit.Expire{Store: app.Store, Clock: app.clock, NewID: newID}
}

// RemovingInactive returns the use case that removes inactive accounts.
func (app *App) RemovingInactive() members.RemoveInactive {
	return members.RemoveInactive{Store: app.Store, Clock: app.clock, NewID: newID}
}

func newSalt() []byte {
	salt := make([]byte, domain.SaltSize)
	_, _ = rand.Read(salt) // never fails
	return salt
}

// logSeal returns a function that writes a seal as a log line.
func logSeal(logger *slog.Logger) func(context.Context, domain.OrgID, domain.SealRecord) {
	return func(ctx context.Context, org domain.OrgID, seal domain.SealRecord) {
		logger.LogAttrs(ctx, slog.LevelInfo, "audit.sealed",
			slog.String("org_id", string(org)), slog.Int64("seal", seal.Number), slog.Int("events", seal.Events),
			slog.Time("sealed_at", seal.At), slog.String("token", string(seal.Token)))
	}
}

// sealNow seals the waiting events for a command, after it has read the current keys from the database.
func (app *App) sealNow(ctx context.Context) (int, error) {
	if err := app.keys.refresh(ctx); err != nil {
		return 0, err
	}
	return app.Sealing().Execute(ctx)
}

// sweepFiles removes files that have no row in the database.
func (app *App) sweepFiles(ctx context.Context) error {
	removed, unknown, err := files.Sweep{Store: app.Store, Files: app.files, Clock: app.clock}.Execute(ctx)
	if unknown > 0 {
		app.Logger.WarnContext(ctx, "LOCAL_UPLOAD_DIR has files of orgs that are not in this database; they are left alone",
			slog.Int("orgs", unknown))
	}
	app.Logger.DebugContext(ctx, "files without a row were removed", slog.Int("files", removed))
	return err
}
