//go:build linux

package deploy

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/sole-platform/sole/test/harness"
)

// TestPgBouncer starts PgBouncer with the file of deploy/ before a database with two logins as docs/debian.md creates them. The service
// runs in transaction and in session mode; migrations go through it, too.
func TestPgBouncer(t *testing.T) {
	t.Parallel()
	program := harness.Program(t, "pgbouncer", "pgbouncer")
	database := harness.Postgres(t)
	at, err := url.Parse(database)
	require.NoError(t, err)
	logins := newLogins(t, database)
	pooler := freeAddress(t)
	_, port, err := net.SplitHostPort(pooler)
	require.NoError(t, err)

	folder := t.TempDir()
	name := strings.TrimPrefix(at.Path, "/")
	text := deployed(t, "pgbouncer/pgbouncer.ini",
		"host=127.0.0.1 port=5432 dbname=sole ", fmt.Sprintf("host=%s port=%s dbname=%s ", at.Hostname(), at.Port(), name),
		"listen_port = 6432", "listen_port = "+port,
		"/run/postgresql/pgbouncer.pid", filepath.Join(folder, "pid"),
		"/var/log/postgresql/pgbouncer.log", filepath.Join(folder, "log"),
		"/etc/pgbouncer/userlist.txt", write(t, filepath.Join(folder, "userlist.txt"), logins.list),
	)
	args := []string{write(t, filepath.Join(folder, "pgbouncer.ini"), text)}
	if os.Getuid() == 0 { // it refuses root
		handOver(t, folder)
		args = append([]string{"-u", "nobody"}, args...)
	}
	launch(t, exec.Command(program, args...))

	through := func(database, login string) string {
		return fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", login, logins.password, pooler, database)
	}
	soon(t, "the pooler answers", func() bool {
		conn, err := pgx.Connect(t.Context(), through("sole_session", logins.owner))
		return err == nil && conn.Close(t.Context()) == nil
	})
	_, err = pgx.Connect(t.Context(), strings.Replace(through("sole", logins.service), logins.password, "wrong", 1))
	require.ErrorContains(t, err, "SASL authentication failed")
	s := emptySite(t, through("sole", logins.service), "--migration-database-url", through("sole_session", logins.owner))
	s.sole(t, "migrate", "up")
	for _, mode := range []string{"sole", "sole_session"} {
		s.sole(t, "setup", "prod", "--yes", "--database-url", through(mode, logins.service))
		s.sole(t, "seed")
		s.sole(t, "doctor")
		s.sole(t, "prove", "isolation")
		r := s.start(t)
		require.True(t, r.ready(), mode)
		r.terminate()
		require.NotContains(t, r.log.String(), `"level":"ERROR"`, mode)
	}
}

// logins are the logins of a database: that of the tables' owner, and that of the service.
type logins struct {
	owner, service, password string
	list                     string // as PgBouncer reads it
}

// newLogins creates the logins with SCRAM secrets, and hands them the database.
func newLogins(t *testing.T, database string) logins {
	t.Helper()
	db, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)
	suffix := strings.ReplaceAll(uuid.NewString(), "-", "")[:8]
	l := logins{owner: "sole_owner_" + suffix, service: "sole_" + suffix, password: "a8Kq0wWk3Zp1vNx7"}
	for _, statement := range []string{
		"SET password_encryption = 'scram-sha-256'",
		fmt.Sprintf("CREATE ROLE %s LOGIN CREATEROLE PASSWORD '%s'", l.owner, l.password),
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", l.service, l.password),
		fmt.Sprintf("ALTER DATABASE %s OWNER TO %s", db.Config().Database, l.owner),
	} {
		_, err := db.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	t.Cleanup(func() { l.drop(t, database) })
	rows, err := db.Query(t.Context(), // as the file says
		"SELECT to_json(rolname::text)::text, to_json(rolpassword)::text FROM pg_authid WHERE rolname LIKE 'sole%"+suffix+"'")
	require.NoError(t, err)
	for rows.Next() {
		var name, secret string
		require.NoError(t, rows.Scan(&name, &secret))
		l.list += name + " " + secret + "\n"
	}
	require.NoError(t, rows.Err())
	require.Equal(t, 2, strings.Count(l.list, `" "SCRAM-SHA-256$`), l.list)
	require.NoError(t, db.Close(t.Context()))
	return l
}

func (l logins) drop(t *testing.T, database string) {
	db, err := pgx.Connect(context.Background(), database)
	require.NoError(t, err)
	defer func() { _ = db.Close(context.Background()) }()
	for _, statement := range []string{
		fmt.Sprintf("REASSIGN OWNED BY %s TO CURRENT_USER", l.owner), fmt.Sprintf("DROP OWNED BY %s, %s", l.owner, l.service),
		fmt.Sprintf("DROP ROLE %s, %s", l.owner, l.service),
	} {
		_, err := db.Exec(context.Background(), statement)
		require.NoError(t, err, statement)
	}
}

// handOver gives a folder of the test, and the one around it, to the user nobody.
func handOver(t *testing.T, folder string) {
	t.Helper()
	output, err := exec.Command("chown", "-R", "nobody:nogroup", filepath.Dir(folder)).CombinedOutput()
	require.NoError(t, err, "%s", output)
}
