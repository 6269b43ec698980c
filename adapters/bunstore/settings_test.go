package bunstore_test

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// opener opens a store and a second connection that changes the database with SQL.
type opener func(t *testing.T) (store *bunstore.Store, execute func(statement string))

// onEachWithSQL runs the test on SQLite and PostgreSQL. On PostgreSQL the login that migrates is
// once a superuser, and once only the owner of its database, whom row level security binds.
func onEachWithSQL(t *testing.T, test func(t *testing.T, store *bunstore.Store, execute func(string))) {
	for name, open := range map[string]opener{
		"sqlite": func(t *testing.T) (*bunstore.Store, func(string)) {
			path := filepath.Join(t.TempDir(), "sole.db")
			store := sqlite(t, path)
			return store, func(statement string) {
				db, err := sql.Open("sqlite", path)
				require.NoError(t, err)
				_, err = db.ExecContext(t.Context(), statement)
				require.NoError(t, err, statement)
				require.NoError(t, db.Close())
			}
		},
		"postgres": func(t *testing.T) (*bunstore.Store, func(string)) {
			dsn := harness.Postgres(t)
			return postgres(t, dsn), func(statement string) { administer(t, dsn, statement) }
		},
		"postgres as the owner": func(t *testing.T) (*bunstore.Store, func(string)) {
			admin := harness.Postgres(t)
			login := newLogin(t, admin)
			run(t, admin, "CREATE DATABASE own_"+login+" OWNER "+login)
			t.Cleanup(func() { run(t, admin, "DROP DATABASE own_"+login+" WITH (FORCE)") })
			dsn, err := url.Parse(admin)
			require.NoError(t, err)
			dsn.Path = "/own_" + login
			superuser := dsn.String()
			dsn.User = url.UserPassword(login, "sesame")
			return postgres(t, dsn.String()), func(statement string) { administer(t, superuser, statement) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			store, execute := open(t)
			test(t, store, execute)
		})
	}
}

// createOrg creates an org with settings.
func createOrg(t testing.TB, store *bunstore.Store, settings domain.OrgSettings) domain.OrgID {
	t.Helper()
	id := uuid.NewString()
	org, err := domain.NewOrg(domain.OrgID(id), "Org", domain.Slug("org-"+id[:8]), settings.UpdatedAt)
	require.NoError(t, err)
	require.NoError(t, store.Platform().CreateOrg(t.Context(), org, settings, func(port.OrgTx) error { return nil }))
	return org.ID
}

func readSettings(t *testing.T, store *bunstore.Store, org domain.OrgID) (settings domain.OrgSettings) {
	t.Helper()
	require.NoError(t, store.ReadOrg(t.Context(), org, func(tx port.OrgTx) (err error) {
		settings, err = tx.Org().Settings(t.Context())
		return err
	}))
	return settings
}

func TestMigrationsKeepTheSettingsOfEveryOrg(t *testing.T) {
	t.Parallel()
	onEachWithSQL(t, func(t *testing.T, store *bunstore.Store, execute func(string)) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		strict := domain.OrgSettings{
			RequireTwoFactor: true, MFARequiredActions: []domain.Action{domain.ActionLogin, domain.ActionDataExport}, RememberDeviceDays: 365,
			SessionTimeoutMinutes: 1440, AllowProfileEdit: true, AllowUserDataExport: true, PasswordMinLength: 128, DefaultLocale: "pt-BR",
			AuditLogRetentionDays: 36500, InactiveUserRetentionDays: 3650, PhishingResistant: string(domain.CoverageOff),
			PolicyVersion: 7, UpdatedAt: now,
		}
		want := map[domain.OrgID]domain.OrgSettings{}
		for _, settings := range []domain.OrgSettings{strict, domain.DefaultOrgSettings(domain.ServerLimits{}, now)} {
			want[createOrg(t, store, settings)] = settings
		}
		rollBackTo(t, store, "00020")
		execute("UPDATE org_settings SET default_locale = 'de' WHERE remember_device_days = 365 AND require_two_factor")
		_, err := store.Migrate(t.Context())
		require.NoError(t, err)
		for org, settings := range want {
			if settings.RequireTwoFactor {
				settings.DefaultLocale = "de"
			}
			require.Equal(t, settings, readSettings(t, store, org))
		}
	})
}

func TestAChangeOfSettingsKeepsWhatANewerVersionStored(t *testing.T) {
	t.Parallel()
	onEachWithSQL(t, func(t *testing.T, store *bunstore.Store, execute func(string)) {
		settings := domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now().UTC().Truncate(time.Microsecond))
		org := createOrg(t, store, settings)
		merge := "json_patch(document, "
		if !strings.Contains(t.Name(), "sqlite") {
			merge = "(document || "
		}
		execute("UPDATE org_settings SET document = " + merge + `'{"declared_later": 7}')`)
		require.Equal(t, settings, readSettings(t, store, org))
		settings.MFARequiredActions, settings.RememberDeviceDays = domain.Actions(), 7
		for range 2 {
			require.NoError(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error { return tx.Org().SaveSettings(t.Context(), settings) }))
			require.Equal(t, settings, readSettings(t, store, org))
			settings.MFARequiredActions = nil
		}
		execute("DELETE FROM org_settings WHERE CAST(document ->> 'declared_later' AS integer) = 7")
		require.ErrorIs(t, store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error {
			_, err := tx.Org().Settings(t.Context())
			return err
		}), domain.ErrOrgNotFound, "the row still had what the newer version stored")
	})
}

func TestASettingThatIsNotStoredHasItsDefault(t *testing.T) {
	t.Parallel()
	onEachWithSQL(t, func(t *testing.T, store *bunstore.Store, execute func(string)) {
		want := domain.DefaultOrgSettings(domain.ServerLimits{}, time.Now().UTC().Truncate(time.Microsecond))
		org := createOrg(t, store, want)
		execute(`UPDATE org_settings SET document = '{"remember_device_days": 7}'`)
		want.RememberDeviceDays = 7
		require.Equal(t, want, readSettings(t, store, org))
		for _, unfit := range []string{
			`{"require_two_factor": 1}`, `{"default_locale": 1}`, `{"mfa_required_actions": "login"}`, `{"mfa_required_actions": [1]}`,
			`{"remember_device_days": 1.5}`, `{"remember_device_days": "7"}`, `[]`, `7`,
		} {
			execute("UPDATE org_settings SET document = '" + unfit + "'")
			require.Error(t, store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error {
				_, err := tx.Org().Settings(t.Context())
				return err
			}), unfit)
		}
	})
}
