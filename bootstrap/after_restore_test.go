package bootstrap

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/operations"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// inUse stores a session, a remembered device, two links, an unfinished sign-in and an unsent email of the
// owner.
func inUse(t *testing.T, app *App) (session domain.SessionID) {
	t.Helper()
	now, org := wallClock(), app.Config.DefaultOrgID
	session = domain.SessionID(newID())
	require.NoError(t, app.Store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
		owner, err := tx.Users().ByEmail(t.Context(), "owner@example.org")
		require.NoError(t, err)
		require.NoError(t, tx.Sessions().Insert(t.Context(), domain.Session{
			ID: session, User: owner.ID, AMR: []domain.AMR{domain.AMRPassword}, AuthTime: now, CreatedAt: now, LastSeenAt: now,
			ExpiresAt: now.Add(time.Hour),
		}))
		require.NoError(t, tx.Devices().Insert(t.Context(), domain.Device{
			ID: domain.DeviceID(newID()), User: owner.ID, Name: "Firefox", TokenHash: "h",
			CreatedAt: now, LastUsedAt: now, ExpiresAt: now.Add(time.Hour),
		}))
		for _, hash := range []domain.TokenHash{"one", "two"} {
			require.NoError(t, tx.Links().Put(t.Context(), domain.Link{
				User: owner.ID, Purpose: domain.LinkPasswordReset, Hash: hash, ExpiresAt: now.Add(time.Hour),
			}))
		}
		return tx.Emails().Send(t.Context(), domain.EmailMessage{Kind: domain.EmailPasswordChanged, To: owner.Email, At: now})
	}))
	require.NoError(t, app.Store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
		program, err := domain.NewServiceAccount(domain.ServiceAccountID(newID()), domain.ServiceAccountDraft{Name: "Job"}, wallClock())
		if err != nil {
			return err
		}
		key, err := domain.NewAPIKey(domain.APIKeyID(newID()), program.ID, domain.APIKeyDraft{Name: "Key", Hash: "h"}, wallClock())
		return errors.Join(err, tx.ServiceAccounts().Insert(t.Context(), program), tx.APIKeys().Insert(t.Context(), key))
	}))
	require.NoError(t, app.Store.Challenges(wallClock).Put(t.Context(), org, "c", domain.Challenge{Org: org}, time.Hour))
	return session
}

// restoredEvents returns the events backup.restored of the default org.
func restoredEvents(t *testing.T, app *App) (found []domain.AuditEvent) {
	t.Helper()
	require.NoError(t, app.Store.ReadOrg(t.Context(), app.Config.DefaultOrgID, func(tx port.OrgTx) (err error) {
		found, err = tx.Audit().List(t.Context(), domain.AuditFilter{Action: domain.EventBackupRestored}, domain.AuditPlace{}, 10)
		return err
	}))
	return found
}

func TestARestoreEndsSessionsDevicesAndLinks(t *testing.T) {
	from := seeded(t)
	var session domain.SessionID
	from.withStore(func(app *App) { session = inUse(t, app) })
	file, to, out := from.backup(), from.alike(), &bytes.Buffer{}
	require.NoError(t, actions(out, io.Discard).BackupRestore(t.Context(), to.o, file, false))
	require.Contains(t, out.String(),
		"ended 1 sessions, 1 remembered devices, 2 mailed links and 2 unfinished sign-ins or first runs in 1 orgs; discarded 1 unsent emails")
	for _, unknown := range []string{
		"suspended", "erased", "recovery codes", "passwords", "signing keys", "invitations", "1 service accounts with 1 API keys are suspended",
	} {
		require.Contains(t, out.String(), unknown)
	}
	to.withStore(func(app *App) {
		p, err := app.Store.Principal(t.Context(), app.Config.DefaultOrgID, session)
		require.NoError(t, err)
		require.Equal(t, domain.EndRestored, p.Session.EndReason)
		events := restoredEvents(t, app)
		require.Len(t, events, 1)
		taken, err := time.Parse(time.RFC3339, events[0].Details["taken_at"])
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), taken, time.Minute)
		details := events[0].Details
		require.Equal(t, []string{"1", "1", "2"}, []string{details["sessions"], details["devices"], details["links"]})
		backlog, err := app.waiting.Backlog(t.Context())
		require.NoError(t, err)
		require.Empty(t, backlog)

		again, err := app.Operations.AfterRestore.Execute(t.Context(), time.Time{})
		require.NoError(t, err)
		require.Equal(t, operations.Ended{Orgs: 1}, again, "nothing is left to end")
		require.Empty(t, restoredEvents(t, app)[0].Details["taken_at"])
	})
	from.withStore(func(app *App) {
		p, err := app.Store.Principal(t.Context(), app.Config.DefaultOrgID, session)
		require.NoError(t, err)
		require.True(t, p.Session.EndedAt.IsZero(), "the deployment that was backed up is left alone")
	})
}

func TestBackupRestoredEndsSessionsAfterOtherRestores(t *testing.T) {
	d, out := seeded(t), &bytes.Buffer{}
	d.withStore(func(app *App) { inUse(t, app) })
	taken := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	require.NoError(t, actions(out, io.Discard).BackupRestored(t.Context(), d.o, taken))
	require.Contains(t, out.String(), "ended 1 sessions, 1 remembered devices, 2 mailed links")
	require.Contains(t, out.String(), "after 2026-03-01T12:00:00Z")
	d.withStore(func(app *App) {
		require.Equal(t, "2026-03-01T12:00:00Z", restoredEvents(t, app)[0].Details["taken_at"])
	})
}
