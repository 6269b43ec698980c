package bootstrap

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/sole-platform/sole/adapters/jose"
	"github.com/sole-platform/sole/adapters/river"
	"github.com/sole-platform/sole/application/audit"
	"github.com/sole-platform/sole/application/members"
	"github.com/sole-platform/sole/domain"
)

const (
	sealInterval   = time.Minute // how long an event waits for its seal at most
	expireInterval = time.Hour

	inactiveInterval = 24 * time.Hour

	fileSweepInterval = time.Hour
)

// routines is the work that nobody asks for.
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
		{Name: "files.sweep", Every: fileSweepInterval, Do: app.sweepFiles},
	}
}

// Sealing seals events with the service's keys. Each seal goes into the audit log stream, to
// leave the host with it.
func (app *App) Sealing() audit.Seal {
	return audit.Seal{
		Store: app.Store, Signer: jose.SealSigner{Keys: app.keys.ring}, NewSalt: newSalt, Clock: app.clock, Sealed: logSeal(app.auditLogger),
	}
}

// Expiring removes events by age.
func (app *App) Expiring() audit.Expire {
	return audit.Expire{Store: app.Store, Clock: app.clock, NewID: newID}
}

// RemovingInactive removes accounts that nobody uses.
func (app *App) RemovingInactive() members.RemoveInactive {
	return members.RemoveInactive{Store: app.Store, Clock: app.clock, NewID: newID}
}

func newSalt() []byte {
	salt := make([]byte, domain.SaltSize)
	_, _ = rand.Read(salt) // never fails
	return salt
}

// logSeal writes a seal as a log line.
func logSeal(logger *slog.Logger) func(context.Context, domain.OrgID, domain.SealRecord) {
	return func(ctx context.Context, org domain.OrgID, seal domain.SealRecord) {
		logger.LogAttrs(ctx, slog.LevelInfo, "audit.sealed", slog.String("org_id", string(org)),
			slog.Int64("seal", seal.Number), slog.Int("events", seal.Events), slog.Time("sealed_at", seal.At), slog.String("token", string(seal.Token)))
	}
}
