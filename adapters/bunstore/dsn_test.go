package bunstore_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/harness"
)

func TestAnInvalidURLIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	for dsn, reason := range map[string]string{
		"mysql://u:canary@h/d":                                 "scheme",
		"u:canary@h/d":                                         "scheme",
		"canary":                                               "scheme",
		"postgres:///d":                                        "no host",
		"postgres://u:canary@/d":                               "no host",
		"postgres://:5432/d":                                   "no host",
		"postgres://u:can#ary@h/d":                             "cannot be read",
		"postgres://u:can/ary@h/d":                             "cannot be read",
		"postgres://u:can%ary@h/d":                             "cannot be read",
		"postgres://u:canary@h:5x/d":                           "cannot be read",
		"postgres://u:canary@h:0/d":                            "port",
		"postgres://u:canary@h:70000/d":                        "port",
		"postgres://u:canary@[::1]:70000/d":                    "port",
		"postgres://u:canary@h/d?sslmode=on":                   "sslmode",
		"postgres://u:canary@h/d?pool_max_conns=many":          "pool_max_conns",
		"postgres://u:canary@h/d?target_session_attrs=standby": "target_session_attrs",
		"postgres://u:canary@h/d?sslrootcert=/nowhere/ca.pem":  "sslrootcert",
	} {
		err := bunstore.CheckPostgresURL(dsn)
		require.ErrorContains(t, err, reason, dsn)
		require.NotContains(t, err.Error(), "can"+"ary", dsn)
	}
}

func TestValidURLsAreAccepted(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://u:p@h/d", "postgresql://h:5432/d?sslmode=verify-full", "postgres://u@[::1]:5432/d", "postgres://u:p%40%2F@h/d",
		"postgres:///d?host=/var/run/postgresql", "postgres://u:p@a:5432,b:5433/d", "postgres://u:p@a,b/d?target_session_attrs=read-write",
		"postgres://u:p@h/d?pool_max_conns=4&application_name=x",
	} {
		require.NoError(t, bunstore.CheckPostgresURL(dsn), dsn)
	}
}

func FuzzCheckPostgresURL(f *testing.F) {
	f.Add("postgres://u:p@h:5432/d?sslmode=disable")
	f.Add("postgres://[::1]:x,h:/?host=")
	f.Fuzz(func(t *testing.T, dsn string) {
		if err := bunstore.CheckPostgresURL(dsn); err == nil {
			require.True(t, strings.HasPrefix(strings.ToLower(dsn), "postgres"), dsn)
			store, err := bunstore.OpenPostgres(port.DatabaseURLs{Service: dsn}, harness.Hooks())
			require.NoError(t, err)
			require.NoError(t, store.Close())
		}
	})
}
