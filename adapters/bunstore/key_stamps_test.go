package bunstore_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// keysByHand are statements that change a fact of the only API key. Its service account has a role that someone@example.org
// granted, who has the same role.
var keysByHand = []string{
	"UPDATE service_accounts SET name = 'By Hand'", "UPDATE service_accounts SET status = 'suspended'",
	"UPDATE service_accounts SET version = 77",
	"UPDATE service_accounts SET created_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE service_accounts SET updated_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE api_keys SET name = 'By Hand'", `UPDATE api_keys SET networks = '["192.0.2.0/24"]'`,
	"UPDATE api_keys SET created_at = '2001-01-01 00:00:00+00:00'", "UPDATE api_keys SET expires_at = '2001-01-01 00:00:00+00:00'",
	"UPDATE api_keys SET last_used_at = '2001-01-01 00:00:00+00:00'", "UPDATE api_keys SET created_by = NULL",
	`UPDATE roles SET granted = '["member.create"]'`, `UPDATE roles SET granted = '["member.read"]'`,
	"UPDATE users SET status = 'suspended' WHERE email LIKE 'someone%'", "UPDATE users SET status = 'active' WHERE email LIKE 'someone%'",
	"UPDATE service_accounts SET granted_by = NULL", "UPDATE service_accounts SET granted_by = (SELECT user_id FROM user_roles)",
	"UPDATE user_roles SET user_id = (SELECT id FROM users WHERE email = 'other@example.org')",
	"UPDATE service_accounts SET granted_by = (SELECT user_id FROM user_roles)", "DELETE FROM user_roles",
	"DELETE FROM service_account_roles",
	`INSERT INTO service_account_roles (org_id, service_account_id, role_id) SELECT k.org_id, k.service_account_id, r.id
		FROM api_keys k, roles r`,
}

func TestAChangeOfAKeyByHandIsSeenByTheNextRequest(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, store *bunstore.Store, db *sql.DB) {
		org, key := oneKey(t, store, db)
		refs := []port.KeyRef{{Hash: key.Hash}, {ID: key.ID, Token: "token"}}
		ask := func(statement string) (all []domain.Principal) {
			for _, ref := range refs {
				p, err := store.KeyPrincipal(t.Context(), org, ref)
				require.NoError(t, err, statement)
				all = append(all, p)
			}
			return all
		}
		require.Equal(t, []domain.Permission{domain.PermMemberRead}, ask("")[0].Permissions())
		for _, statement := range keysByHand {
			before := ask(statement)
			execute(t, db, statement)
			after := ask(statement)
			require.Equal(t, after[0], after[1], statement)
			require.NotEqual(t, before[0], after[0], statement)
		}
		var zero int
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM service_accounts WHERE stamp = 0").Scan(&zero))
		require.Zero(t, zero)
		execute(t, db, "INSERT INTO revoked_tokens (org_id, token, expires_at) SELECT org_id, 'token', expires_at FROM api_keys")
		_, err := store.KeyPrincipal(t.Context(), org, refs[1])
		require.ErrorIs(t, err, domain.ErrTokenRevoked)
		for _, statement := range []string{"UPDATE api_keys SET hash = 'other'", "DELETE FROM service_accounts"} {
			execute(t, db, statement)
			_, err := store.KeyPrincipal(t.Context(), org, refs[0])
			require.ErrorIs(t, err, domain.ErrUnauthenticated, statement)
		}
	})
}

// TestTruncatedRolesOfKeysAreSeenByTheNextRequest is for PostgreSQL, where no trigger of a row sees a TRUNCATE.
func TestTruncatedRolesOfKeysAreSeenByTheNextRequest(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	store := postgres(t, dsn)
	db, err := sql.Open("pgx", dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	org, key := oneKey(t, store, db)
	for _, statement := range []string{"TRUNCATE user_roles", "TRUNCATE service_account_roles"} {
		before, err := store.KeyPrincipal(t.Context(), org, port.KeyRef{Hash: key.Hash})
		require.NoError(t, err, statement)
		execute(t, db, statement)
		after, err := store.KeyPrincipal(t.Context(), org, port.KeyRef{Hash: key.Hash})
		require.NoError(t, err, statement)
		require.NotEqual(t, before, after, statement)
	}
}

// oneKey fills the database with one org, which has one API key.
func oneKey(t testing.TB, store *bunstore.Store, db *sql.DB) (domain.OrgID, domain.APIKey) {
	t.Helper()
	org, _ := oneSession(t, store, db)
	execute(t, db, "DELETE FROM user_roles")
	execute(t, db, "DELETE FROM roles")
	now := time.Now().UTC()
	role := domain.Role{
		ID: domain.RoleID(uuid.NewString()), Name: "reader", Granted: []domain.Permission{domain.PermMemberRead}, CreatedAt: now, Version: 1,
	}
	account := domain.ServiceAccount{
		ID: domain.ServiceAccountID(uuid.NewString()), Name: "job", Status: domain.StatusActive, Roles: []domain.Role{role},
		CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	key := domain.APIKey{
		ID: domain.APIKeyID(uuid.NewString()), Account: account.ID, Hash: "hash", CreatedBy: domain.UserID(uuid.NewString()), CreatedAt: now,
		ExpiresAt: now.Add(time.Hour),
	}
	require.NoError(t, store.InOrg(t.Context(), org, func(tx port.OrgTx) error {
		granter, err := tx.Users().ByEmail(t.Context(), "someone@example.org")
		require.NoError(t, err)
		account.GrantedBy = granter.ID
		require.NoError(t, tx.Roles().Insert(t.Context(), role))
		require.NoError(t, tx.Roles().Assign(t.Context(), granter.ID, []domain.RoleID{role.ID}))
		require.NoError(t, tx.ServiceAccounts().Insert(t.Context(), account))
		return tx.APIKeys().Insert(t.Context(), key)
	}))
	return org, key
}
