//go:build unix

package faults

import (
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
