package bunstore_test

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// byHand are statements that change a fact of the only session, as an operator could write them for either database. The
// org has two accounts, of which someone@example.org has the session.
var byHand = []string{
	"UPDATE orgs SET name = 'By Hand'", "UPDATE orgs SET slug = 'by-hand'", "UPDATE orgs SET status = 'suspended'",
	"UPDATE orgs SET platform = NOT platform", "UPDATE orgs SET created_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE orgs SET updated_at = '2001-01-01 00:00:00+00:00'", "UPDATE orgs SET version = 77",
	`UPDATE org_settings SET document = '{"require_two_factor": true}'`, "UPDATE org_settings SET policy_version = 77",
	"UPDATE org_settings SET updated_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE roles SET name = 'auditor'", "UPDATE roles SET system = NOT system", `UPDATE roles SET granted = '["member.read"]'`,
	"UPDATE users SET email = 'by@hand.example' WHERE email LIKE 'someone%'", "UPDATE users SET full_name = 'By Hand'",
	"UPDATE users SET status = 'suspended'", "UPDATE users SET must_change_password = NOT must_change_password",
	"UPDATE users SET password_changed_at = '2001-01-01 00:00:00+00:00'", "UPDATE users SET last_sign_in_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE users SET created_at = '2001-01-01 00:00:00+00:00'", "UPDATE users SET updated_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE users SET version = 77",
	"UPDATE authenticators SET kind = 'key'", "UPDATE authenticators SET enrolled_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE authenticators SET user_id = (SELECT id FROM users WHERE email = 'other@example.org')",
	"UPDATE authenticators SET user_id = (SELECT user_id FROM sessions)", "UPDATE authenticators SET enrolled_at = NULL",
	"UPDATE authenticators SET enrolled_at = '2002-01-01 00:00:00+00:00'", "DELETE FROM authenticators",
	`INSERT INTO authenticators (org_id, id, user_id, kind, name, secret, handle, data, counter, created_at, enrolled_at, pending_by)
		SELECT org_id, id, user_id, 'totp', '', 'sealed', '', '', 0, created_at, created_at, '' FROM sessions`,
	"UPDATE user_roles SET user_id = (SELECT id FROM users WHERE email = 'other@example.org')",
	"UPDATE user_roles SET user_id = (SELECT user_id FROM sessions)", "DELETE FROM user_roles",
	"INSERT INTO user_roles (org_id, user_id, role_id) SELECT s.org_id, s.user_id, r.id FROM sessions s, roles r",
	`UPDATE sessions SET amr = '["pwd","rc"]'`, "UPDATE sessions SET auth_time = '2001-01-01 00:00:00+00:00'",
	"UPDATE sessions SET created_at = '2001-01-01 00:00:00+00:00'", "UPDATE sessions SET last_seen_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE sessions SET expires_at = '2001-01-01 00:00:00+00:00'", "UPDATE sessions SET ended_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE sessions SET end_reason = 'revoked'", "UPDATE sessions SET address = '192.0.2.99'", "UPDATE sessions SET user_agent = 'hand'",
	"UPDATE sessions SET user_id = (SELECT id FROM users WHERE email = 'other@example.org')",
}

// revoking are statements after which the session cannot be used.
var revoking = []string{"DELETE FROM org_settings", "DELETE FROM sessions"}

func TestAChangeByHandIsSeenByTheNextRequest(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, store *bunstore.Store, db *sql.DB) {
		org, session := oneSession(t, store, db)
		for _, statement := range byHand {
			before, err := store.Principal(t.Context(), org, session)
			require.NoError(t, err, statement)
			execute(t, db, statement)
			after, err := store.Principal(t.Context(), org, session)
			require.NoError(t, err, statement)
			require.NotEqual(t, before, after, statement)
		}
		for _, statement := range revoking {
			execute(t, db, statement)
			_, err := store.Principal(t.Context(), org, session)
			require.ErrorIs(t, err, domain.ErrTokenRevoked, statement)
		}
		execute(t, db, `INSERT INTO orgs (id, name, slug, status, platform, created_at, updated_at, version)
			VALUES ('`+uuid.NewString()+`', 'Inserted', 'inserted', 'active', false, '2001-01-01 00:00:00+00:00', '2001-01-01 00:00:00+00:00', 1)`)
		for _, table := range []string{"orgs", "users"} { // also rows that were only inserted
			var zero int
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table+" WHERE stamp = 0").Scan(&zero))
			require.Zero(t, zero, table)
		}
	})
}

// TestATruncatedTableIsSeenByTheNextRequest is for PostgreSQL, where no trigger of a row sees a TRUNCATE.
func TestATruncatedTableIsSeenByTheNextRequest(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	store := postgres(t, dsn)
	db, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	org, session := oneSession(t, store, db)
	for _, statement := range []string{"TRUNCATE authenticators", "TRUNCATE user_roles", "TRUNCATE roles CASCADE", "TRUNCATE org_settings"} {
		if statement == "TRUNCATE roles CASCADE" {
			execute(t, db, "INSERT INTO user_roles (org_id, user_id, role_id) SELECT s.org_id, s.user_id, r.id FROM sessions s, roles r")
		}
		before, err := store.Principal(t.Context(), org, session)
		require.NoError(t, err, statement)
		execute(t, db, statement)
		after, err := store.Principal(t.Context(), org, session)
		if statement == "TRUNCATE org_settings" {
			require.ErrorIs(t, err, domain.ErrTokenRevoked)
			continue
		}
		require.NoError(t, err, statement)
		require.NotEqual(t, before, after, statement)
	}
}

func TestAMigrationThatRunsAgainChangesEveryStamp(t *testing.T) {
	t.Parallel()
	const stamps = 22
	onEachDatabase(t, func(t *testing.T, store *bunstore.Store, db *sql.DB) {
		org, session := oneSession(t, store, db)
		_, err := store.Principal(t.Context(), org, session)
		require.NoError(t, err)
		for undone := int64(0); undone != stamps; {
			migrations, err := store.Rollback(t.Context())
			require.NoError(t, err)
			undone = migrations[0].Version
		}
		execute(t, db, "UPDATE users SET full_name = 'By Hand'")
		execute(t, db, "UPDATE orgs SET name = 'By Hand'")
		_, err = store.Migrate(t.Context())
		require.NoError(t, err)
		p, err := store.Principal(t.Context(), org, session)
		require.NoError(t, err)
		require.Equal(t, "By Hand", p.User.FullName)
		require.Equal(t, "By Hand", p.Org.Name)
	})
}

// onEachDatabase runs a test on a migrated database of each kind. db bypasses the service.
func onEachDatabase(t *testing.T, test func(t *testing.T, store *bunstore.Store, db *sql.DB)) {
	t.Helper()
	path, dsn := filepath.Join(t.TempDir(), "sole.db"), harness.Postgres(t)
	for driver, open := range map[string]func() (*bunstore.Store, string){
		"sqlite": func() (*bunstore.Store, string) {
			return sqlite(t, path), (&url.URL{Scheme: "file", Opaque: path, RawQuery: "_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)"}).String()
		},
		"pgx": func() (*bunstore.Store, string) { return postgres(t, dsn), dsn },
	} {
		t.Run(driver, func(t *testing.T) {
			store, source := open()
			db, err := sql.Open(driver, source)
			require.NoError(t, err)
			defer func() { require.NoError(t, db.Close()) }()
			test(t, store, db)
		})
	}
}

// oneSession fills the database with one org, which has one session.
func oneSession(t testing.TB, store *bunstore.Store, db *sql.DB) (org domain.OrgID, session domain.SessionID) {
	t.Helper()
	one, two := twoOrgs(t, store)
	for _, table := range []string{"audit_events", "audit_waiting", "audit_seals", "audit_proofs"} {
		execute(t, db, "DELETE FROM "+table)
	}
	execute(t, db, "DELETE FROM orgs WHERE id = '"+string(two)+"'")
	execute(t, db, "DELETE FROM email_changes")
	execute(t, db, "DELETE FROM service_accounts")
	execute(t, db, `INSERT INTO users (org_id, id, email, email_key, full_name, status, password_hash, must_change_password, created_at,
		updated_at, version) SELECT org_id, '`+uuid.NewString()+`', 'other@example.org', 'other@example.org', 'Other', 'active', '', false,
		created_at, created_at, 1 FROM users`)
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT id FROM sessions").Scan(&session))
	execute(t, db, "UPDATE authenticators SET enrolled_at = '2000-01-01 00:00:00+00:00'")
	return one, session
}

func execute(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), statement)
	require.NoError(t, err, statement)
}

// TestTheMigrationOfStampsWaitsForUnitsOfWork holds a lock on one table and then needs another, which is a deadlock unless
// the migration gives way.
func TestTheMigrationOfStampsWaitsForUnitsOfWork(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	store := postgres(t, dsn)
	for undone := int64(0); undone != 22; {
		migrations, err := store.Rollback(t.Context())
		require.NoError(t, err)
		undone = migrations[0].Version
	}
	db, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	unit, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = unit.ExecContext(t.Context(), "UPDATE authenticators SET name = ''")
	require.NoError(t, err)
	migrated := make(chan error, 1)
	go func() {
		_, err := store.Migrate(t.Context())
		migrated <- err
	}()
	require.Eventually(t, func() bool {
		var waiting bool
		err := db.QueryRowContext(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE mode = 'ShareRowExclusiveLock' AND NOT granted"+
			" AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))").Scan(&waiting)
		return err == nil && waiting
	}, 10*time.Second, time.Millisecond)
	_, err = unit.ExecContext(t.Context(), "UPDATE users SET full_name = ''")
	require.NoError(t, err)
	require.NoError(t, unit.Commit())
	require.NoError(t, <-migrated)
}
