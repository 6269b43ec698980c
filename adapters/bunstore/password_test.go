package bunstore_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/adapters/bunstore"
	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/test/harness"
)

// passwordServer asks every client for its password, reports the password and refuses the login.
func passwordServer(t *testing.T) (address string, passwords <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	given := make(chan string, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go askPassword(conn, given)
		}
	}()
	return listener.Addr().String(), given
}

func askPassword(conn net.Conn, given chan<- string) {
	defer func() { _ = conn.Close() }()
	backend := pgproto3.NewBackend(conn, conn)
	if _, err := backend.ReceiveStartupMessage(); err != nil {
		return
	}
	backend.Send(&pgproto3.AuthenticationCleartextPassword{})
	if backend.Flush() != nil || backend.SetAuthType(pgproto3.AuthTypeCleartextPassword) != nil {
		return
	}
	message, err := backend.Receive()
	if password, ok := message.(*pgproto3.PasswordMessage); ok && err == nil {
		given <- password.Password
	}
	backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: "no"})
	_ = backend.Flush()
}

// TestAPasswordOfAnyCharactersReachesTheServer checks a password that is percent-encoded in the URL, and one that is in
// PGPASSWORD, for the service and for migrations.
func TestAPasswordOfAnyCharactersReachesTheServer(t *testing.T) {
	const password = `p@ss/w:rd#1?%&=' "$x`
	const encoded = `p%40ss%2Fw%3Ard%231%3F%25%26%3D%27%20%22%24x`
	for name, c := range map[string]struct{ user, environment string }{
		"in the URL":    {user: "sole:" + encoded, environment: ""},
		"in PGPASSWORD": {user: "sole", environment: password},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PGPASSWORD", c.environment)
			address, passwords := passwordServer(t)
			urls := port.DatabaseURLs{Service: "postgres://" + c.user + "@" + address + "/sole?sslmode=disable"}
			store, err := bunstore.OpenPostgres(urls, harness.Hooks())
			require.NoError(t, err)
			defer func() { _ = store.Close() }()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			for _, connect := range []func() error{
				func() error { return store.Ready(ctx) },
				func() error { _, err := store.Migrations(ctx); return err },
			} {
				require.Error(t, connect())
				require.Equal(t, password, <-passwords)
				for len(passwords) > 0 { // it may have tried again
					require.Equal(t, password, <-passwords)
				}
			}
		})
	}
}
