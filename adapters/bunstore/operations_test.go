package bunstore_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// onEach runs a test on an empty database of each kind.
func onEach(t *testing.T, test func(t *testing.T, store *bunstore.Store)) {
	t.Helper()
	onEachWith(t, harness.Hooks(), test)
}

func onEachWith(t *testing.T, hooks port.DatabaseHooks, test func(t *testing.T, store *bunstore.Store)) {
	t.Helper()
	for name, open := range map[string]func(t *testing.T) (*bunstore.Store, error){
		"sqlite": func(t *testing.T) (*bunstore.Store, error) {
			return bunstore.OpenSQLite(filepath.Join(t.TempDir(), "sole.db"), hooks)
		},
		"postgres": func(t *testing.T) (*bunstore.Store, error) {
			return bunstore.OpenPostgres(port.DatabaseURLs{Service: harness.Postgres(t)}, hooks)
		},
	} {
		t.Run(name, func(t *testing.T) {
			store, err := open(t)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, store.Close()) })
			test(t, store)
		})
	}
}

func TestAnOpenStoreSurvivesRollbackAndMigration(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, store *bunstore.Store) {
		require.ErrorIs(t, store.Ready(t.Context()), port.ErrSchemaBehind)
		pending, err := store.Migrations(t.Context())
		require.NoError(t, err)
		require.Zero(t, pending[0].AppliedAt)
		require.ErrorIs(t, store.Ready(t.Context()), port.ErrSchemaBehind, "listing the migrations changes nothing")
		for range 2 {
			applied, err := store.Migrate(t.Context())
			require.NoError(t, err)
			require.NotEmpty(t, applied)
			again, err := store.Migrate(t.Context())
			require.NoError(t, err)
			require.Empty(t, again, "each migration is applied once")
			require.NoError(t, store.Ready(t.Context()))
			list, err := store.Migrations(t.Context())
			require.NoError(t, err)
			require.Len(t, list, len(applied))
			for _, migration := range list {
				require.False(t, migration.AppliedAt.IsZero(), migration.Name)
			}

			org, _ := twoOrgs(t, store)
			_, err = store.Principal(t.Context(), org, domain.SessionID(uuid.NewString()))
			require.ErrorIs(t, err, domain.ErrTokenRevoked)

			for range applied {
				_, err = store.Rollback(t.Context())
				require.NoError(t, err)
				require.ErrorIs(t, store.Ready(t.Context()), port.ErrSchemaBehind)
			}
			require.Error(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
				_, err := tx.Org().Get(t.Context())
				return err
			}))
		}
	})
}

func TestOnlyCommittedEventsAreReported(t *testing.T) {
	t.Parallel()
	ignore := harness.Hooks().Committed
	committed, hooks := ignore, harness.Hooks()
	hooks.Committed = func(ctx context.Context, org domain.OrgID, event domain.AuditEvent) { committed(ctx, org, event) }
	onEachWith(t, hooks, func(t *testing.T, store *bunstore.Store) {
		committed = ignore
		_, err := store.Migrate(t.Context())
		require.NoError(t, err)
		org, other := twoOrgs(t, store)
		var mu sync.Mutex
		announced := map[domain.OrgID][]domain.EventID{}
		committed = func(_ context.Context, org domain.OrgID, event domain.AuditEvent) {
			var found bool
			require.NoError(t, store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error {
				events, err := tx.Audit().Newest(t.Context(), 100)
				for _, stored := range events {
					found = found || stored.ID == event.ID
				}
				return err
			}))
			require.True(t, found, "reported before it was committed")
			mu.Lock()
			defer mu.Unlock()
			announced[org] = append(announced[org], event.ID)
		}
		event := func() domain.AuditEvent {
			return domain.AuditEvent{ID: domain.EventID(uuid.NewString()), At: time.Now().UTC().Truncate(time.Microsecond), Name: "x.y"}
		}
		first, second, undone, others := event(), event(), event(), event()
		require.NoError(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
			return errors.Join(tx.Audit().Append(t.Context(), first), tx.Audit().Append(t.Context(), second))
		}))
		require.Error(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
			return errors.Join(tx.Audit().Append(t.Context(), undone), errors.New("given up"))
		}))
		require.NoError(t, store.InOrg(t.Context(), other, func(tx port.OrgTx) error { return tx.Audit().Append(t.Context(), others) }))
		require.Equal(t, map[domain.OrgID][]domain.EventID{org: {first.ID, second.ID}, other: {others.ID}}, announced)
	})
}

// withOption adds a parameter to a DSN.
func withOption(t *testing.T, dsn, name, value string) string {
	t.Helper()
	parsed, err := url.Parse(dsn)
	require.NoError(t, err)
	query := parsed.Query()
	query.Set(name, value)
	parsed.RawQuery = query.Encode()
	return parsed.String()
}

func TestADSNMaySetThePool(t *testing.T) {
	t.Parallel()
	store := postgres(t, withOption(t, harness.Postgres(t), "pool_max_conns", "2"))
	twoOrgs(t, store)
	require.NoError(t, store.Ready(t.Context()))
}

func TestAMigrationLoginMayDifferFromTheServices(t *testing.T) {
	t.Parallel()
	admin := harness.Postgres(t)
	login := newLogin(t, admin)
	service, err := url.Parse(admin)
	require.NoError(t, err)
	service.User = url.UserPassword(login, "sesame")
	store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: service.String(), Migrations: admin}, harness.Hooks())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	migrated(t, store)
	conn, err := pgx.Connect(t.Context(), admin)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), "GRANT sole_app TO "+login)
	require.NoError(t, err)
	twoOrgs(t, store)
	require.NoError(t, store.Ready(t.Context()))
}

// newLogin creates a role without any privileges, until the test ends.
func newLogin(t *testing.T, admin string) string {
	t.Helper()
	role := "plain_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	run(t, admin, "CREATE ROLE "+role+" LOGIN PASSWORD 'sesame' NOSUPERUSER NOCREATEROLE NOCREATEDB")
	t.Cleanup(func() { run(t, admin, "DROP OWNED BY "+role, "DROP ROLE "+role) })
	return role
}

func run(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(context.WithoutCancel(t.Context()), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for _, statement := range statements {
		_, err := conn.Exec(context.WithoutCancel(t.Context()), statement)
		require.NoError(t, err, statement)
	}
}

func TestAnOwnerOfItsOwnDatabaseSeesNothingWithoutAnOrg(t *testing.T) {
	t.Parallel()
	admin := harness.Postgres(t)
	login := newLogin(t, admin)
	database := "own_" + login
	run(t, admin, "CREATE DATABASE "+database+" OWNER "+login)
	t.Cleanup(func() { run(t, admin, "DROP DATABASE "+database+" WITH (FORCE)") })
	dsn, err := url.Parse(admin)
	require.NoError(t, err)
	dsn.User, dsn.Path = url.UserPassword(login, "sesame"), "/"+database
	one, two := twoOrgs(t, postgres(t, dsn.String()))

	conn, err := pgx.Connect(t.Context(), dsn.String()) // as the owner itself
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	tables := names(t, conn, tenantTables)
	require.GreaterOrEqual(t, len(tables), 11)
	for _, table := range tables {
		var n int
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
		require.Zero(t, n, table)
	}
	_, err = conn.Exec(t.Context(), "SELECT set_config('sole.org_id', $1, false)", string(one))
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "INSERT INTO attempts (org_id, key, failures, reserved) VALUES ($1, 'x', 0, 0)", string(two))
	require.ErrorContains(t, err, "row-level security")
}

// silent starts a server that accepts connections and never sends anything.
func silent(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
		}
	}()
	return listener.Addr().String()
}

func TestCallsFailSoonIfTheServerIsUnreachable(t *testing.T) {
	t.Parallel()
	for name, where := range map[string]string{
		"nothing listens":                    "127.0.0.1:1/sole?sslmode=disable",
		"nothing listens, TLS preferred":     "127.0.0.1:1/sole",
		"listens and is silent":              silent(t) + "/sole?sslmode=disable",
		"listens and is silent, TLS, strict": silent(t) + "/sole?sslmode=require",
		"listens and is silent, TLS, either": silent(t) + "/sole?sslmode=prefer",
	} {
		t.Run(name, func(t *testing.T) {
			store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: "postgres://someone:sesame@" + where}, harness.Hooks())
			require.NoError(t, err)
			defer func() { require.NoError(t, store.Close()) }()
			org, session := domain.OrgID(uuid.NewString()), domain.SessionID(uuid.NewString())
			nothing := func(port.OrgTx) error { return nil }
			var calls sync.WaitGroup
			for what, call := range map[string]func() error{
				"Ready":   func() error { return store.Ready(t.Context()) },
				"InOrg":   func() error { return store.InOrg(t.Context(), org, nothing) },
				"ReadOrg": func() error { return store.ReadOrg(t.Context(), org, nothing) },
				"Principal": func() error {
					_, err := store.Principal(t.Context(), org, session)
					return err
				},
				"FindOrg": func() error {
					_, err := store.Platform().FindOrg(t.Context(), "sole")
					return err
				},
				"CreateOrg": func() error {
					return store.Platform().CreateOrg(t.Context(), domain.Org{ID: org}, domain.OrgSettings{}, nothing)
				},
				"Sweep": func() error {
					_, err := store.Platform().Sweep(t.Context(), time.Now())
					return err
				},
				"Migrate": func() error {
					_, err := store.Migrate(t.Context())
					return err
				},
				"Migrations": func() error {
					_, err := store.Migrations(t.Context())
					return err
				},
			} {
				calls.Go(func() {
					started := time.Now()
					err := call()
					assert.Less(t, time.Since(started), 3*time.Second, what)
					if assert.ErrorIs(t, err, domain.ErrUnavailable, what) {
						assert.NotContains(t, err.Error(), "sesame", what)
					}
				})
			}
			calls.Wait()
		})
	}
}

func TestADSNThatCannotBeReadIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://someone:sesame@host:port/x", "postgres://someone:sesame@[::1/x", "postgres://some one:sesame@host/x%zz",
		"postgres://someone:sesame@host/x?sslmode=maybe", "postgres://someone:sesame@host/x?pool_max_conns=many",
		"host=x password=sesame port=y", "sesame",
	} {
		_, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: dsn}, harness.Hooks())
		require.Error(t, err, dsn)
		require.NotContains(t, err.Error(), "sesame")
		store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: "postgres://127.0.0.1:1/x", Migrations: dsn}, harness.Hooks())
		if err == nil {
			_, err = store.Migrate(t.Context())
			require.NoError(t, store.Close())
		}
		require.Error(t, err, dsn)
		require.NotContains(t, err.Error(), "sesame")
	}
}

func TestSQLiteTakesAnyFileName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"a b?c#d%20&e=f.db", "żółw.db", filepath.Join("a", "new", "folder", "sole.db"), ":memory:x", "'quoted\".db",
	} {
		path := filepath.Join(t.TempDir(), name)
		store, err := bunstore.OpenSQLite(path, harness.Hooks())
		require.NoError(t, err)
		require.ErrorIs(t, store.Ready(t.Context()), port.ErrSchemaBehind)
		migrated(t, store)
		require.NoError(t, store.Ready(t.Context()))
		require.NoError(t, store.Close())
		require.FileExists(t, path)
	}
}

func TestSQLiteThatCannotBeOpenedIsUnavailable(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	store, err := bunstore.OpenSQLite(folder, harness.Hooks()) // a folder is no file
	require.NoError(t, err)
	defer func() { _ = store.Close() }()
	require.ErrorIs(t, store.Ready(t.Context()), domain.ErrUnavailable)
	require.ErrorIs(t, store.InOrg(t.Context(), domain.OrgID(uuid.NewString()), func(port.OrgTx) error { return nil }), domain.ErrUnavailable)
	_, err = store.Principal(t.Context(), domain.OrgID(uuid.NewString()), domain.SessionID(uuid.NewString()))
	require.ErrorIs(t, err, domain.ErrUnavailable)

	file := filepath.Join(folder, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = bunstore.OpenSQLite(filepath.Join(file, "sole.db"), harness.Hooks())
	require.Error(t, err)
}

func TestSQLiteStoresCommittedChanges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sole.db")
	store, err := bunstore.OpenSQLite(path, harness.Hooks())
	require.NoError(t, err)
	migrated(t, store)
	org, _ := twoOrgs(t, store)
	require.NoError(t, store.Close())
	again := sqlite(t, path)
	found, err := again.Platform().FindOrg(t.Context(), string(org))
	require.NoError(t, err)
	require.Equal(t, org, found.ID)
}

func TestAMissingHookIsAnError(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]func(*port.DatabaseHooks){
		"Committed": func(h *port.DatabaseHooks) { h.Committed = nil },
		"Reachable": func(h *port.DatabaseHooks) { h.Reachable = nil },
		"Queue":     func(h *port.DatabaseHooks) { h.Queue = nil },
	} {
		hooks := harness.Hooks()
		forget(&hooks)
		_, err := bunstore.SQLite{}.Open(port.DatabaseURLs{Service: "sqlite://" + filepath.Join(t.TempDir(), "sole.db")}, hooks)
		require.ErrorContains(t, err, "DatabaseHooks."+name)
		_, err = bunstore.Postgres{}.Open(port.DatabaseURLs{Service: "postgres://127.0.0.1:1/x"}, hooks)
		require.ErrorContains(t, err, "DatabaseHooks."+name)
	}
}
