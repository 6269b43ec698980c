package bunstore_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// signedIn is an account of a store that has a session.
type signedIn struct {
	org     domain.OrgID
	user    domain.UserID
	session domain.SessionID
}

func signIn(t testing.TB, store *bunstore.Store) signedIn {
	t.Helper()
	one, _ := twoOrgs(t, store)
	who := signedIn{org: one, session: domain.SessionID(uuid.NewString())}
	now := time.Now().UTC().Truncate(time.Microsecond)
	require.NoError(t, store.InOrg(t.Context(), one, func(tx port.OrgTx) error {
		user, err := tx.Users().ByEmail(t.Context(), "someone@example.org")
		if err != nil {
			return err
		}
		who.user = user.ID
		return tx.Sessions().Insert(t.Context(), domain.Session{
			ID: who.session, User: user.ID, AuthTime: now, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
		})
	}))
	return who
}

// works runs every prepared statement.
func (who signedIn) works(t *testing.T, store *bunstore.Store) {
	t.Helper()
	principal, err := store.Principal(t.Context(), who.org, who.session)
	require.NoError(t, err)
	require.Equal(t, who.user, principal.User.ID)
	require.NoError(t, store.InOrg(t.Context(), who.org, func(tx port.OrgTx) error {
		if _, err := tx.Users().Standing(t.Context(), who.user); err != nil {
			return err
		}
		if _, _, err := tx.Authenticators().LockStanding(t.Context(), domain.FactorPasskey, "unknown"); !errors.Is(err, domain.ErrNotFound) {
			return err
		}
		use := domain.AuthenticatorUse{User: who.user, ID: domain.AuthenticatorID(who.user), Counter: 1, At: time.Now().UTC()}
		if err := tx.Authenticators().Use(t.Context(), use); !errors.Is(err, domain.ErrInvalidCode) {
			return err
		}
		if _, err := tx.Attempts().Lock(t.Context(), "key"); err != nil {
			return err
		}
		if _, err := tx.Attempts().Get(t.Context(), "key"); err != nil {
			return err
		}
		return tx.Audit().Append(t.Context(), domain.AuditEvent{ID: domain.EventID(uuid.NewString()), At: time.Now().UTC(), Name: "x.y"})
	}))
	require.NoError(t, store.Ready(t.Context()))
}

func TestATableMayBeAlteredWhileTheServiceRuns(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	store := postgres(t, dsn)
	who := signIn(t, store)
	for _, statement := range []string{
		"ALTER TABLE users ALTER full_name TYPE varchar(400)",
		"ALTER TABLE org_settings ALTER policy_version TYPE integer",
		"ALTER TABLE attempts ALTER failures TYPE bigint",
		"ALTER TABLE audit_events ALTER address TYPE varchar(400)",
		"ALTER TABLE sessions ALTER address TYPE varchar(400), ADD COLUMN added text",
	} {
		for range 3 {
			who.works(t, store)
		}
		administer(t, dsn, statement)
		who.works(t, store)
	}
}

// TestAPoolerMayLosePreparedStatements removes them from the only connection of the pool.
func TestAPoolerMayLosePreparedStatements(t *testing.T) {
	t.Parallel()
	store := postgres(t, withOption(t, harness.Postgres(t), "pool_max_conns", "1"))
	who := signIn(t, store)
	for range 2 {
		who.works(t, store)
		_, err := store.SQL().ExecContext(t.Context(), "DEALLOCATE ALL")
		require.NoError(t, err)
		who.works(t, store)
	}
}

// TestEveryStatementRunsInTheRoleWithTheLimits also runs statements outside a unit of work, on a connection to the server
// and through a pooler.
func TestEveryStatementRunsInTheRoleWithTheLimits(t *testing.T) {
	t.Parallel()
	server := harness.Postgres(t)
	postgres(t, server)
	administer(t, server, "CREATE TABLE noted (name text)", "GRANT ALL ON noted TO sole_app")
	const question = `SELECT current_user || ' ' || session_user || ' '
		|| current_setting('statement_timeout') || ' ' || current_setting('lock_timeout')
		|| ' ' || current_setting('idle_in_transaction_session_timeout')`
	for name, dsn := range map[string]string{"server": server, "pooler": harness.NewPgBouncer(t, server)} {
		t.Run(name, func(t *testing.T) {
			store := opened(t, withOption(t, dsn, "statement_timeout", "200"), "")
			db := store.SQL()
			var got string
			require.NoError(t, db.QueryRowContext(t.Context(), question).Scan(&got))
			require.Equal(t, "sole_app postgres 200ms 3s 10s", got)
			tx, err := db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			require.NoError(t, tx.QueryRowContext(t.Context(), question).Scan(&got))
			require.Equal(t, "sole_app postgres 200ms 3s 10s", got)
			require.NoError(t, tx.Rollback())
			_, err = db.ExecContext(t.Context(), "CREATE TABLE mine (id int)")
			require.ErrorContains(t, err, "permission denied")
			_, err = db.PrepareContext(t.Context(), "SELECT 1") //nolint:sqlclosecheck // there is none
			require.ErrorContains(t, err, "run the statement itself")
			require.NoError(t, db.QueryRowContext(t.Context(), "INSERT INTO noted VALUES ($1) RETURNING name", name).Scan(&got))
			require.Equal(t, []string{name}, names(t, asService(t, server), "DELETE FROM noted RETURNING name"), "committed")
			_, err = db.ExecContext(t.Context(), "SELECT pg_sleep(1)")
			require.ErrorContains(t, err, "statement timeout")
		})
	}
}

// TestARevokedRoleIsNoticed checks that new connections are made after the role was revoked, and again after it was granted.
func TestARevokedRoleIsNoticed(t *testing.T) {
	t.Parallel()
	admin := harness.Postgres(t)
	name, dsn := login(t, admin, "")
	store := opened(t, dsn, admin)
	_, err := store.Migrate(t.Context())
	require.NoError(t, err)
	who := signIn(t, store)
	who.works(t, store)
	administer(t, admin, "REVOKE sole_app FROM "+name)
	require.ErrorIs(t, store.Ready(t.Context()), bunstore.ErrNotBound)
	administer(t, admin, "GRANT sole_app TO "+name)
	require.Eventually(t, func() bool { return store.Ready(t.Context()) == nil }, time.Second, time.Millisecond)
	who.works(t, store)
}

// TestAHostThatHangsLeavesTimeForTheNext checks that the next host is used before the database counts as unavailable.
func TestAHostThatHangsLeavesTimeForTheNext(t *testing.T) {
	t.Parallel()
	at, err := url.Parse(harness.Postgres(t))
	require.NoError(t, err)
	postgres(t, at.String())
	at.Host = silent(t) + "," + at.Host
	store := opened(t, at.String(), "")
	began := time.Now()
	require.NoError(t, store.Ready(t.Context()))
	require.Less(t, time.Since(began), 1400*time.Millisecond)
}

// TestOneLoginThatMayCreateRoles uses such a login as managed servers offer: it is no superuser, and
// since PostgreSQL 16 it must grant itself the right to set a role that it has created.
func TestOneLoginThatMayCreateRoles(t *testing.T) {
	t.Parallel()
	server := harness.PostgresServer(t)
	administer(t, server, "CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD 'sesame'", "CREATE DATABASE managed OWNER master")
	at, err := url.Parse(server)
	require.NoError(t, err)
	at.Path, at.User = "/managed", url.UserPassword("master", "sesame")
	store := opened(t, at.String(), "")
	_, err = store.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Bound(t.Context()))
	signIn(t, store).works(t, store)
	var role string
	require.NoError(t, store.SQL().QueryRowContext(t.Context(), "SELECT current_user").Scan(&role))
	require.Equal(t, "sole_app", role)

	administer(t, server, "REVOKE sole_app FROM master CASCADE", "GRANT sole_app TO master WITH ADMIN OPTION")
	again := opened(t, at.String(), "") // as an older build left it
	_, err = again.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, again.Bound(t.Context()))
}
