package bunstore_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// BenchmarkPrincipal compares what a request with a session, with an API key and with a token for a key reads, when the process has
// cached the principal.
func BenchmarkPrincipal(b *testing.B) {
	path, dsn := filepath.Join(b.TempDir(), "sole.db"), harness.Postgres(b)
	for driver, open := range map[string]func() (*bunstore.Store, string){
		"sqlite": func() (*bunstore.Store, string) { return sqlite(b, path), path },
		"pgx":    func() (*bunstore.Store, string) { return postgres(b, dsn), dsn },
	} {
		store, source := open()
		db, err := sql.Open(driver, source)
		require.NoError(b, err)
		defer func() { require.NoError(b, db.Close()) }()
		org, key := oneKey(b, store, db)
		var session domain.SessionID
		require.NoError(b, db.QueryRowContext(b.Context(), "SELECT id FROM sessions").Scan(&session))
		for _, by := range []struct {
			name string
			ask  func() (domain.Principal, error)
		}{
			{"session", func() (domain.Principal, error) { return store.Principal(b.Context(), org, session) }},
			{"key", func() (domain.Principal, error) {
				return store.KeyPrincipal(b.Context(), org, port.KeyRef{Hash: key.Hash})
			}},
			{"token for a key", func() (domain.Principal, error) {
				return store.KeyPrincipal(b.Context(), org, port.KeyRef{ID: key.ID, Token: "token"})
			}},
		} {
			b.Run(driver+"/"+by.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := by.ask(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// TestAPrincipalTakesOneRoundTrip counts the messages of a principal that is read whole, and of one that the process has cached.
func TestAPrincipalTakesOneRoundTrip(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	db, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	org, key := oneKey(t, postgres(t, dsn), db)
	counted, sent := countMessages(t, dsn)
	store := opened(t, counted, "")
	require.NoError(t, store.ReadOrg(t.Context(), org, func(tx port.OrgTx) error { // opens the connection
		_, err := tx.Org().Get(t.Context())
		return err
	}))
	for _, ref := range []port.KeyRef{{Hash: key.Hash}, {ID: key.ID, Token: "token"}} {
		for range 2 {
			before := sent.Load()
			_, err := store.KeyPrincipal(t.Context(), org, ref)
			require.NoError(t, err)
			require.EqualValues(t, 1, sent.Load()-before)
		}
	}
	before := sent.Load()
	_, err = store.TwoPrincipals(t.Context(), org, [2]port.PrincipalRef{
		{Key: port.KeyRef{Hash: key.Hash}}, {Key: port.KeyRef{ID: key.ID, Token: "token"}},
	})
	require.NoError(t, err)
	require.EqualValues(t, 1, sent.Load()-before, "two principals")
}
