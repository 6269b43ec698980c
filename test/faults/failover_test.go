//go:build unix

package faults

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestPostgresTurnsReadOnly covers what a managed server does when its disk is full.
func TestPostgresTurnsReadOnly(t *testing.T) {
	onPostgres(t, func(t *testing.T, server *harness.PrivateServer, s *service, l *load) {
		db := look(t, server.URL())
		set := func(value string) {
			t.Helper()
			for _, statement := range []string{"ALTER SYSTEM SET default_transaction_read_only = " + value, "SELECT pg_reload_conf()"} {
				_, err := db.ExecContext(t.Context(), statement)
				require.NoError(t, err)
			}
		}
		fault := time.Now()
		set("on")
		mustRefuse(t, s, l, fault)
		require.Contains(t, s.log.String(), "the database server takes no writes")
		output, err := s.d.command(t, "doctor").CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(output), "FAIL  database: ")
		require.Contains(t, string(output), "the database server takes no writes")
		set("off")
		mustRecover(t, s, l)
	})
}

// TestPostgresFailsOver configures only the hosts of the primary and its standby: the service must
// move to the one that accepts writes.
func TestPostgresFailsOver(t *testing.T) {
	t.Parallel()
	primary := harness.NewPostgresServer(t)
	standby := harness.NewPostgresStandby(t, primary)
	both, err := url.Parse(primary.URL())
	require.NoError(t, err)
	other, err := url.Parse(standby.URL())
	require.NoError(t, err)
	both.Host = other.Host + "," + both.Host // the standby first
	s := deploy(t, both.String(), "memory://").serve(t)
	l := begin(t, s.enrol(t).access, s)
	fault := time.Now()
	primary.Stop(t)
	mustRefuse(t, s, l, fault)
	_, err = look(t, standby.URL()).ExecContext(t.Context(), "SELECT pg_promote()")
	require.NoError(t, err)
	mustRecover(t, s, l)
	l.nothingLost(t, s, standby.URL())
}
