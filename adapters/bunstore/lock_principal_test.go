package bunstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
	"github.com/sole-platform/sole/test/harness"
)

// TestARefreshThatWaitsForAChangeRemembersNothingOld locks a session while another transaction changes the account, its
// settings and the session. The refresh sees the new session. Its other facts may be those from before it waited, but the
// next request sees the new ones.
func TestARefreshThatWaitsForAChangeRemembersNothingOld(t *testing.T) {
	t.Parallel()
	dsn := harness.Postgres(t)
	for _, known := range []bool{false, true} {
		store := postgres(t, dsn)
		administer(t, dsn, "TRUNCATE orgs CASCADE")
		who := signIn(t, store)
		if known {
			_, err := store.Principal(t.Context(), who.org, who.session)
			require.NoError(t, err)
		}
		conn, err := pgx.Connect(t.Context(), dsn)
		require.NoError(t, err)
		_, err = conn.Exec(t.Context(), "BEGIN; UPDATE sessions SET ended_at = now(), end_reason = 'revoked'")
		require.NoError(t, err)
		locked := make(chan domain.Principal, 1)
		go func() {
			_ = store.InOrg(context.Background(), who.org, func(tx port.OrgTx) error {
				p, err := tx.Sessions().LockPrincipal(context.Background(), who.session)
				locked <- p
				return err
			})
		}()
		waiting := asService(t, dsn)
		require.Eventually(t, func() bool {
			return len(names(t, waiting, "SELECT 'it' FROM pg_locks WHERE NOT granted AND pid IN "+
				"(SELECT pid FROM pg_stat_activity WHERE datname = current_database())")) > 0
		}, 5*time.Second, time.Millisecond)
		_, err = conn.Exec(t.Context(), `UPDATE users SET status = 'suspended'; UPDATE user_roles SET role_id = role_id;
			UPDATE org_settings SET policy_version = 77; UPDATE orgs SET name = 'renamed'; COMMIT`)
		require.NoError(t, err)
		require.NoError(t, conn.Close(t.Context()))
		require.False(t, (<-locked).Session.EndedAt.IsZero(), "the session is the one that was locked")
		for range 2 {
			p, err := store.Principal(t.Context(), who.org, who.session)
			require.NoError(t, err)
			require.Equal(t, domain.StatusSuspended, p.User.Status)
			require.Equal(t, int64(77), p.Settings.PolicyVersion)
			require.Equal(t, "renamed", p.Org.Name)
			require.Len(t, p.Roles, 1)
		}
	}
}
