package bunstore_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/harness"
)

// login creates a login with these attributes and returns its name and its DSN.
func login(t *testing.T, admin, attributes string) (name, dsn string) {
	t.Helper()
	name = "login_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	administer(t, admin, "CREATE ROLE "+name+" LOGIN PASSWORD 'secret' "+attributes)
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), admin)
		require.NoError(t, err)
		defer func() { _ = conn.Close(context.Background()) }()
		_, err = conn.Exec(context.Background(), "DROP OWNED BY "+name+"; DROP ROLE "+name)
		require.NoError(t, err)
	})
	at, err := url.Parse(admin)
	require.NoError(t, err)
	at.User = url.UserPassword(name, "secret")
	return name, at.String()
}

// administer executes statements as the login in the DSN.
func administer(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for _, statement := range statements {
		_, err = conn.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

func opened(t testing.TB, dsn, migrationDSN string) *bunstore.Store {
	t.Helper()
	store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: dsn, Migrations: migrationDSN}, harness.Hooks())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func TestAPlainLoginServesASchemaThatAnotherLoginMigrated(t *testing.T) {
	t.Parallel()
	admin := harness.Postgres(t)
	name, dsn := login(t, admin, "")
	store := opened(t, dsn, admin)
	_, err := store.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Ready(t.Context()))
	require.NoError(t, store.Bound(t.Context()))
	one, _ := twoOrgs(t, store)
	require.NoError(t, store.ReadOrg(t.Context(), one, func(tx port.OrgTx) error {
		all, err := tx.Roles().List(t.Context())
		require.Len(t, all, 1)
		return err
	}))
	service, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = service.Close(context.Background()) }()
	for _, statement := range []string{
		"ALTER TABLE users DISABLE ROW LEVEL SECURITY", "DROP TABLE users", "CREATE TABLE mine (id int)", "DELETE FROM audit_seals",
		"UPDATE audit_events SET name = 'x'",
	} {
		_, err = service.Exec(t.Context(), statement)
		require.Error(t, err, statement)
	}

	administer(t, admin, "REVOKE sole_app FROM "+name)
	later := opened(t, dsn, admin)
	err = later.Bound(t.Context())
	require.ErrorIs(t, err, bunstore.ErrNotBound)
	require.ErrorContains(t, err, "GRANT sole_app TO \""+name+"\"")
	require.ErrorIs(t, later.Ready(t.Context()), bunstore.ErrNotBound)
}

// TestTwoLoginsAsDocumented makes them as docs/operations.md does, on a cluster that has no role yet.
func TestTwoLoginsAsDocumented(t *testing.T) {
	t.Parallel()
	server := harness.PostgresServer(t)
	administer(t, server, "CREATE ROLE sole_owner LOGIN CREATEROLE PASSWORD 'one'", "CREATE ROLE sole LOGIN PASSWORD 'two'",
		"CREATE DATABASE sole OWNER sole_owner")
	at, err := url.Parse(server)
	require.NoError(t, err)
	at.Path, at.User = "/sole", url.UserPassword("sole_owner", "one")
	owner := at.String()
	at.User = url.UserPassword("sole", "two")
	store := opened(t, at.String(), owner)
	_, err = store.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Ready(t.Context()))
	require.NoError(t, store.Bound(t.Context()))
	twoOrgs(t, store)
	proofs, err := store.ProveIsolation(t.Context())
	require.NoError(t, err)
	for _, proof := range proofs {
		require.Empty(t, proof.Faults, proof.Claim)
	}
}

func TestALoginThatBypassesRLSAndCannotSetTheRoleIsRefused(t *testing.T) {
	t.Parallel()
	admin := harness.Postgres(t)
	_, err := opened(t, admin, "").Migrate(t.Context())
	require.NoError(t, err)
	name, dsn := login(t, admin, "BYPASSRLS")
	administer(t, admin, "GRANT ALL ON ALL TABLES IN SCHEMA public TO "+name)
	store := opened(t, dsn, "")
	for _, err := range []error{store.Bound(t.Context()), store.Ready(t.Context())} {
		require.ErrorIs(t, err, bunstore.ErrBypassesRLS)
		require.NotErrorIs(t, err, port.ErrSchemaBehind)
		require.ErrorContains(t, err, "GRANT sole_app TO \""+name+"\"")
	}
	proofs, err := store.ProveIsolation(t.Context())
	require.NoError(t, err)
	require.Len(t, proofs, 1)
	require.NotEmpty(t, proofs[0].Faults)

	administer(t, admin, "GRANT sole_app TO "+name)
	mended := opened(t, dsn, "")
	require.NoError(t, mended.Bound(t.Context()))
	require.NoError(t, mended.Ready(t.Context()))
}

// TestASuperuserWithoutTheRoleIsRefused needs a cluster of its own, because roles belong to a cluster.
func TestASuperuserWithoutTheRoleIsRefused(t *testing.T) {
	t.Parallel()
	server := harness.PostgresServer(t)
	store := opened(t, server, "")
	_, err := store.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Bound(t.Context()))
	administer(t, server, "DROP OWNED BY sole_app", "DROP ROLE sole_app")
	bare := opened(t, server, "")
	for _, err := range []error{bare.Bound(t.Context()), bare.Ready(t.Context())} {
		require.ErrorIs(t, err, bunstore.ErrBypassesRLS)
		require.ErrorContains(t, err, "CREATE ROLE sole_app NOLOGIN")
	}
}

func TestTablesWithoutRowLevelSecurityAreNamed(t *testing.T) {
	t.Parallel()
	admin := harness.Postgres(t)
	name, dsn := login(t, admin, "")
	administer(t, admin, "GRANT CREATE ON SCHEMA public TO "+name)
	store := opened(t, dsn, "")
	_, err := store.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Bound(t.Context()))
	administer(t, admin, "REVOKE sole_app FROM "+name, "ALTER TABLE links NO FORCE ROW LEVEL SECURITY",
		"ALTER TABLE users DISABLE ROW LEVEL SECURITY")
	owner := opened(t, dsn, "")
	err = owner.Bound(t.Context())
	require.ErrorIs(t, err, bunstore.ErrNotBound)
	require.ErrorContains(t, err, "on links, users:")
	administer(t, admin, "ALTER TABLE links FORCE ROW LEVEL SECURITY", "ALTER TABLE users ENABLE ROW LEVEL SECURITY")
	require.NoError(t, owner.Bound(t.Context()), "a plain owner is bound by FORCE alone")
}
