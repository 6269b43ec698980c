package e2e

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// administer runs statements on the database as the login of the DSN.
func administer(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for _, statement := range statements {
		_, err = conn.Exec(context.Background(), statement)
		require.NoError(t, err, statement)
	}
}

// productionFile writes valid production settings for the database.
func productionFile(t *testing.T, database string, more ...string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "jwt.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	return envFile(t, append(more,
		"ENVIRONMENT=production",
		"HOST=127.0.0.1",
		"PORT=0",
		"PUBLIC_URL=https://id.example.org",
		"DATABASE_URL="+database,
		"REDIS_URL="+harness.Redis(t),
		"SECRET_KEY="+strings.ToLower(rand.Text()+rand.Text()),
		"JWT_PRIVATE_KEY_PATH="+path,
	)...)
}

// TestProductionRefusesADatabaseThatDoesNotEnforceIsolation starts with a login that
// bypasses row level security, then one without the role sole_app, then a correct one.
func TestProductionRefusesADatabaseThatDoesNotEnforceIsolation(t *testing.T) {
	t.Parallel()
	path, folder, admin := binary(t), t.TempDir(), harness.Postgres(t)
	login := "service_" + strings.ToLower(rand.Text()[:12])
	administer(t, admin, "CREATE ROLE "+login+" LOGIN PASSWORD 'secret' BYPASSRLS")
	t.Cleanup(func() { administer(t, admin, "DROP OWNED BY "+login, "DROP ROLE "+login) })
	at, err := url.Parse(admin)
	require.NoError(t, err)
	at.User = url.UserPassword(login, "secret")
	settings := productionFile(t, at.String(), "MIGRATION_DATABASE_URL="+admin)
	run := func(code int, says string, args ...string) {
		t.Helper()
		output, got := sole(t, path, folder, append(args, "--env-file", settings)...)
		require.Equal(t, code, got, output)
		require.Contains(t, output, says)
		require.NotContains(t, output, "secret@")
	}
	run(0, "applied", "migrate", "up")
	run(0, "All", "prove", "isolation")
	grant := `GRANT sole_app TO "` + login + `"`

	administer(t, admin, "REVOKE sole_app FROM "+login)
	for _, command := range [][]string{{"serve"}, {"doctor"}, {"prove", "isolation"}} {
		run(1, grant, command...)
	}
	administer(t, admin, "ALTER ROLE "+login+" NOBYPASSRLS")
	for _, command := range [][]string{{"serve"}, {"doctor"}} {
		run(1, grant, command...)
	}
	administer(t, admin, grant, "ALTER TABLE links NO FORCE ROW LEVEL SECURITY")
	run(1, "links does not force it on its owner", "prove", "isolation")
	run(0, "nothing to do", "migrate", "up")
	administer(t, admin, "ALTER TABLE links FORCE ROW LEVEL SECURITY", "ALTER TABLE users DISABLE ROW LEVEL SECURITY")
	run(1, "on users: for each, as its owner, ALTER TABLE ... ENABLE ROW LEVEL SECURITY", "serve")
	administer(t, admin, "ALTER TABLE users ENABLE ROW LEVEL SECURITY")
	run(0, "All", "prove", "isolation")

	out := &syncedBuffer{}
	command := exec.Command(path, "serve", "--env-file", settings)
	command.Dir, command.Stdout = folder, out
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	require.Eventually(t, func() bool { return strings.Contains(out.String(), `"listening"`) }, 30*time.Second, 20*time.Millisecond)
	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait(), "a correct login serves")
}
