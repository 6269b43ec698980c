package bunstore_test

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// twoOrgs creates two orgs with the same number of rows in every table. One event of each org is sealed, one waits.
func twoOrgs(t testing.TB, store *bunstore.Store) (one, two domain.OrgID) {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	ids := []domain.OrgID{domain.OrgID(uuid.NewString()), domain.OrgID(uuid.NewString())}
	for i, id := range ids {
		org, err := domain.NewOrg(id, "Org", domain.Slug(fmt.Sprintf("org-%d", i)), now)
		require.NoError(t, err)
		user, err := domain.NewUser(domain.UserID(uuid.NewString()), "someone@example.org", "Someone", now)
		require.NoError(t, err)
		role := domain.Role{ID: domain.RoleID(uuid.NewString()), Name: domain.RoleOwner, System: true, CreatedAt: now, Version: 1}
		settings := domain.DefaultOrgSettings(domain.ServerLimits{}, now)
		require.NoError(t, store.Platform().CreateOrg(t.Context(), org, settings, func(tx port.OrgTx) error {
			require.NoError(t, tx.Roles().Insert(t.Context(), role))
			require.NoError(t, tx.Users().Insert(t.Context(), user))
			require.NoError(t, tx.Roles().Assign(t.Context(), user.ID, []domain.RoleID{role.ID}))
			addRows(t, tx, user.ID, now)
			waiting, err := tx.AuditSeals().Waiting(t.Context(), 1)
			require.NoError(t, err)
			seal, sealed := domain.NewSeal(id, domain.SealRecord{}, waiting, [][]byte{{1}}, now)
			return tx.AuditSeals().Put(t.Context(), seal.Record("token"), waiting, sealed)
		}))
	}
	for _, id := range ids {
		require.NoError(t, bunstore.NewChallenges(store, time.Now).Put(t.Context(), id, "hash", domain.Challenge{}, time.Hour))
	}
	return ids[0], ids[1]
}

// addRows inserts a row of the account into every table except those of seals. It appends two audit events.
func addRows(t testing.TB, tx port.OrgTx, user domain.UserID, now time.Time) {
	t.Helper()
	ctx := t.Context()
	session := domain.Session{
		ID: domain.SessionID(uuid.NewString()), User: user, AuthTime: now, CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
	}
	require.NoError(t, tx.Sessions().Insert(ctx, session))
	change := domain.EmailChange{User: user, Session: session.ID, Email: "new@example.org", Hash: "e", ExpiresAt: now}
	require.NoError(t, tx.EmailChanges().Put(ctx, change))
	pending := domain.Authenticator{ID: domain.AuthenticatorID(user), User: user, Kind: domain.FactorTOTP, Secret: "p"}
	pending.Begin("", now)
	require.NoError(t, tx.Authenticators().SavePending(ctx, pending))
	require.NoError(t, tx.Links().Put(ctx, domain.Link{User: user, Purpose: domain.LinkPasswordReset, Hash: "l"}))
	require.NoError(t, tx.RecoveryCodes().Replace(ctx, user, []domain.RecoveryCode{{Hash: "h"}}))
	device := domain.Device{ID: domain.DeviceID(uuid.NewString()), User: user, CreatedAt: now, LastUsedAt: now, ExpiresAt: now}
	require.NoError(t, tx.Devices().Insert(ctx, device))
	order := domain.Import{ID: domain.ImportID(uuid.NewString()), By: user, CreatedAt: now}
	require.NoError(t, tx.Imports().Insert(ctx, order, []domain.ImportRow{{Line: 2, Status: domain.RowPending}}))
	waiting := domain.ImportRow{Line: 3, Status: domain.RowPending, Account: &domain.ImportAccount{User: domain.UserID(uuid.NewString())}}
	require.NoError(t, tx.Imports().Add(ctx, order.ID, []domain.ImportRow{waiting}))
	file := domain.File{
		ID: domain.FileID(uuid.NewString()), Kind: domain.FilePlain, Name: "f", Media: "text/plain", By: user, CreatedAt: now,
	}
	require.NoError(t, tx.Files().Insert(ctx, file))
	addKey(t, tx, user, now)
	webhook := domain.Webhook{
		ID: domain.WebhookID(uuid.NewString()), URL: "https://receiver.example", Events: []domain.EventName{domain.AllEvents}, Secret: "s",
		CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	require.NoError(t, tx.Webhooks().Insert(ctx, webhook))
	_, err := tx.Attempts().Lock(ctx, "key")
	require.NoError(t, err)
	for range 2 {
		event := domain.AuditEvent{ID: domain.EventID(uuid.NewString()), At: now, Name: "x.y"}
		require.NoError(t, tx.Audit().Append(ctx, event))
	}
}

// addKey adds a service account with a role and a key, of which a token was revoked.
func addKey(t testing.TB, tx port.OrgTx, user domain.UserID, now time.Time) {
	t.Helper()
	roles, err := tx.Roles().List(t.Context())
	require.NoError(t, err)
	account := domain.ServiceAccount{
		ID: domain.ServiceAccountID(uuid.NewString()), Name: "job", Status: domain.StatusActive, Roles: roles, GrantedBy: user,
		CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	require.NoError(t, tx.ServiceAccounts().Insert(t.Context(), account))
	key := domain.APIKey{ID: domain.APIKeyID(uuid.NewString()), Account: account.ID, Hash: "k", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
	require.NoError(t, tx.APIKeys().Insert(t.Context(), key))
	_, err = tx.APIKeys().RevokeToken(t.Context(), "t", now.Add(time.Hour))
	require.NoError(t, err)
}

// asService returns a raw connection in the role that the service sets.
func asService(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	_, err = conn.Exec(t.Context(), "SET ROLE sole_app")
	require.NoError(t, err)
	return conn
}

func names(t *testing.T, conn *pgx.Conn, query string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return list
}

const tenantTables = `SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'org_id'
	AND NOT (SELECT relispartition FROM pg_class WHERE oid = table_name::regclass)
	UNION SELECT 'orgs'`

func TestWithoutAnOrgTheServiceSeesNoRowOfAnyTenantTable(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	one, two := twoOrgs(t, postgres(t, dsn))
	owner, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = owner.Close(context.Background()) }()
	for _, org := range []domain.OrgID{one, two} {
		_, err := owner.Exec(t.Context(), "INSERT INTO password_kinds (org_id, document) VALUES ($1, '{}') ON CONFLICT DO NOTHING", string(org))
		require.NoError(t, err)
		_, err = owner.Exec(t.Context(), `INSERT INTO seal_origins (org_id, key, former_org_id, through, public_pem)
			VALUES ($1, 'key', $1, 1, 'PEM')`, string(org))
		require.NoError(t, err)
	}
	conn := asService(t, dsn)
	tables := names(t, conn, tenantTables)
	require.GreaterOrEqual(t, len(tables), 11)
	count := func(table, org string) (n int) {
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(t.Context()) }()
		_, err = tx.Exec(t.Context(), "SELECT set_config('sole.org_id', $1, true)", org)
		require.NoError(t, err)
		require.NoError(t, tx.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		return n
	}
	for _, table := range tables {
		var n int
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		require.Zero(t, n, "%s before any org was set", table)
		require.Positive(t, count(table, string(one)), table)
		require.Equal(t, count(table, string(one)), count(table, string(two)), table)
		require.Zero(t, count(table, ""), table)
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		require.Zero(t, n, "%s after a transaction of an org", table)
	}
}

func TestTheServiceCannotWriteAcrossOrgs(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	one, two := twoOrgs(t, postgres(t, dsn))
	conn := asService(t, dsn)
	_, err := conn.Exec(t.Context(), "SELECT set_config('sole.org_id', $1, false)", string(one))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "INSERT INTO attempts (org_id, key, failures, reserved) VALUES ($1, 'x', 0, 0)", string(two))
	require.ErrorContains(t, err, "row-level security")
	_, err = conn.Exec(t.Context(), "UPDATE users SET org_id = $1", string(two))
	require.Error(t, err)
	for _, statement := range []string{
		"UPDATE audit_events SET name = 'x'", "UPDATE audit_seals SET token = 'x'", "DELETE FROM audit_seals",
		"UPDATE audit_proofs SET position = 9", "TRUNCATE audit_events", "DELETE FROM orgs", "TRUNCATE users", "DROP TABLE users",
		"ALTER TABLE users DISABLE ROW LEVEL SECURITY",
	} {
		_, err = conn.Exec(t.Context(), statement)
		require.Error(t, err, statement)
	}
}

// TestEventsAreRemovedAndErasedOnlyThroughTheirDoors also checks that no door removes an event that is not sealed and old.
func TestEventsAreRemovedAndErasedOnlyThroughTheirDoors(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	one, _ := twoOrgs(t, postgres(t, dsn))
	conn := asService(t, dsn)
	do := func(door, statement string) int64 {
		t.Helper()
		_, err := conn.Exec(t.Context(), "SELECT set_config('sole.org_id', $1, false), set_config('sole.door', $2, false)", string(one), door)
		require.NoError(t, err)
		done, err := conn.Exec(t.Context(), statement)
		require.NoError(t, err)
		return done.RowsAffected()
	}
	for _, door := range []string{"", "orgs", "sweep", "audit", "keys"} {
		for _, statement := range []string{
			"DELETE FROM audit_events", "UPDATE audit_events SET address = 'x'", "DELETE FROM audit_proofs", "UPDATE audit_proofs SET salt = 'x'",
		} {
			require.Zero(t, do(door, statement), "%s: %s", door, statement)
		}
	}
	require.Zero(t, do("expire", "UPDATE audit_events SET address = 'x'"))
	require.Zero(t, do("erase", "DELETE FROM audit_events"))
	require.Zero(t, do("expire", "DELETE FROM audit_proofs"), "their events still exist")
	require.Zero(t, do("expire", "DELETE FROM audit_events"), "none is old")
	require.EqualValues(t, 2, do("erase", "UPDATE audit_events SET address = 'x'"))

	owner, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = owner.Close(context.Background()) }()
	_, err = owner.Exec(t.Context(), "UPDATE audit_events SET at = now() - interval '181 days'")
	require.NoError(t, err)
	_, err = owner.Exec(t.Context(), `UPDATE org_settings SET document = document || '{"audit_log_retention_days": 0}'`)
	require.NoError(t, err)
	require.Zero(t, do("expire", "DELETE FROM audit_events"), "the org never removes events")
	_, err = owner.Exec(t.Context(), `UPDATE org_settings SET document = document || '{"audit_log_retention_days": 180}'`)
	require.NoError(t, err)
	require.EqualValues(t, 1, do("expire", "DELETE FROM audit_events"), "the one that is sealed")
	require.EqualValues(t, 1, do("expire", "DELETE FROM audit_proofs"))
}

func TestTheSecretsDoorReadsOnlySealedSecrets(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	twoOrgs(t, postgres(t, dsn))
	conn := asService(t, dsn)
	_, err := conn.Exec(t.Context(), "SELECT set_config('sole.door', 'secrets', false)")
	require.NoError(t, err)
	for _, table := range names(t, conn, tenantTables) {
		var n int
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		require.Equal(t, map[string]int{"authenticators": 2, "webhooks": 2, "import_accounts": 2}[table], n, table)
	}
	for _, statement := range []string{"UPDATE authenticators SET secret = 'x'", "DELETE FROM authenticators"} {
		changed, err := conn.Exec(t.Context(), statement)
		require.NoError(t, err)
		require.Zero(t, changed.RowsAffected(), statement)
	}
	_, err = conn.Exec(t.Context(), "INSERT INTO canaries (name, sealed) VALUES ('x', 'y')")
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "DELETE FROM canaries")
	require.Error(t, err)
	_, err = conn.Exec(t.Context(), "SELECT set_config('sole.door', 'orgs', false)")
	require.NoError(t, err)
	require.Empty(t, names(t, conn, "SELECT name FROM canaries"), "through another door")
	_, err = conn.Exec(t.Context(), "INSERT INTO canaries (name, sealed) VALUES ('z', 'y')")
	require.ErrorContains(t, err, "row-level security")
}

func TestRowLevelSecurityBindsTheOwnerOfTheTables(t *testing.T) {
	t.Parallel()
	admin := harness.Postgres(t)
	role := "plain_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	conn, err := pgx.Connect(t.Context(), admin)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for _, statement := range []string{"CREATE ROLE " + role + " LOGIN PASSWORD 'secret'", "GRANT CREATE ON SCHEMA public TO " + role} {
		_, err = conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		_, _ = conn.Exec(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role)
	})
	dsn, err := url.Parse(admin)
	require.NoError(t, err)
	dsn.User = url.UserPassword(role, "secret")
	store := postgres(t, dsn.String())
	one, _ := twoOrgs(t, store)
	var seen int
	require.NoError(t, store.ReadOrg(t.Context(), one, func(tx port.OrgTx) error {
		all, err := tx.Roles().List(t.Context())
		seen = len(all)
		return err
	}))
	require.Equal(t, 1, seen)
}

func TestFiveProcessesMigrateInParallel(t *testing.T) {
	t.Parallel()
	open := map[string]func(t *testing.T) func() *bunstore.Store{
		"postgres": func(t *testing.T) func() *bunstore.Store {
			dsn := harness.Postgres(t)
			return func() *bunstore.Store {
				store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: dsn}, harness.Hooks())
				require.NoError(t, err)
				return store
			}
		},
		"sqlite": func(t *testing.T) func() *bunstore.Store {
			path := filepath.Join(t.TempDir(), "sole.db")
			return func() *bunstore.Store {
				store, err := bunstore.OpenSQLite(path, harness.Hooks())
				require.NoError(t, err)
				return store
			}
		},
	}
	for name, prepare := range open {
		t.Run(name, func(t *testing.T) {
			another := prepare(t)
			applied, failed := make(chan int, 5), make(chan error, 5)
			for range 5 {
				store := another()
				t.Cleanup(func() { require.NoError(t, store.Close()) })
				go func() {
					done, err := store.Migrate(context.Background())
					applied <- len(done)
					failed <- err
				}()
			}
			total := 0
			for range 5 {
				require.NoError(t, <-failed)
				total += <-applied
			}
			list, err := another().Migrations(t.Context())
			require.NoError(t, err)
			require.Equal(t, len(list), total, "each migration ran once")
		})
	}
}

func TestReadyDistinguishesAnOldSchemaFromAnUnreachableDatabase(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	store := opened(t, dsn, "")
	require.Equal(t, bunstore.ErrSchemaMissing, store.Ready(t.Context()))
	require.ErrorIs(t, store.Ready(t.Context()), port.ErrSchemaBehind)
	_, err := store.Migrate(t.Context())
	require.NoError(t, err)
	require.NoError(t, store.Ready(t.Context()))
	_, err = store.Rollback(t.Context())
	require.NoError(t, err)
	require.ErrorIs(t, store.Ready(t.Context()), port.ErrSchemaBehind)
	require.ErrorContains(t, store.Ready(t.Context()), "sole migrate up")
	for _, c := range []struct{ statement, undo, cause string }{
		{
			statement: "REVOKE SELECT ON goose_db_version FROM sole_app",
			undo:      "GRANT SELECT ON goose_db_version TO sole_app",
			cause:     "permission denied for table goose_db_version",
		},
		{
			statement: "ALTER TABLE goose_db_version RENAME version_id TO another",
			undo:      "ALTER TABLE goose_db_version RENAME another TO version_id",
			cause:     `column "version_id" does not exist`,
		},
	} {
		administer(t, dsn, c.statement)
		err := store.Ready(t.Context())
		require.ErrorContains(t, err, c.cause)
		require.NotErrorIs(t, err, port.ErrSchemaBehind)
		administer(t, dsn, c.undo)
	}

	away, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: "postgres://user:sesame@127.0.0.1:1/nowhere"}, harness.Hooks())
	require.NoError(t, err)
	defer func() { require.NoError(t, away.Close()) }()
	for _, err := range []error{
		away.Ready(t.Context()),
		away.InOrg(t.Context(), domain.OrgID(uuid.NewString()), func(port.OrgTx) error { return nil }),
	} {
		require.ErrorIs(t, err, domain.ErrUnavailable)
		require.NotContains(t, err.Error(), "sesame")
	}
	_, err = away.Principal(t.Context(), domain.OrgID(uuid.NewString()), domain.SessionID(uuid.NewString()))
	require.ErrorIs(t, err, domain.ErrUnavailable)
	_, err = bunstore.OpenPostgres(port.DatabaseURLs{Service: "postgres://user:sesame@host:port/x"}, harness.Hooks())
	require.Error(t, err)
	require.NotContains(t, err.Error(), "sesame")
}

func TestBothSchemasHaveTheSameColumns(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	postgres(t, dsn)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	want := names(t, conn, `SELECT name FROM (SELECT table_name || '.' || column_name AS name FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name <> 'goose_db_version'
			AND NOT (SELECT relispartition FROM pg_class WHERE oid = table_name::regclass)) c ORDER BY name COLLATE "C"`)
	path := filepath.Join(t.TempDir(), "sole.db")
	sqlite(t, path)
	onlyHere := "audit_events.indexed" // the indexes for filters depend on it, which on PostgreSQL contain every event
	require.Equal(t, want, slices.DeleteFunc(sqliteColumns(t, path), func(name string) bool { return name == onlyHere }))
}
