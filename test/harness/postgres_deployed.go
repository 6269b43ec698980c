package harness

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// replicationPassword is the placeholder in deploy/postgresql/sole.conf.
const replicationPassword = "REPLICATION-PASSWORD"

// rewindGrants are what pg_rewind needs of its login, in the database that it connects to.
const rewindGrants = `GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean),
	pg_read_binary_file(text), pg_read_binary_file(text, bigint, bigint, boolean) TO sole_replication`

// PostgresPair is a primary and its synchronous standby, with the files of deploy/postgresql. db1 is the primary at first.
type PostgresPair struct {
	DB1, DB2 *PrivateServer
	bin      string
}

// NewPostgresPair starts the servers for this test and creates the database sole, owned by sole_owner, and its logins
// as docs/operations.md describes.
func NewPostgresPair(t testing.TB) *PostgresPair {
	t.Helper()
	bin, err := postgresFolder()
	if err != nil {
		Missing(t, fmt.Sprintf("no PostgreSQL: install %s (%v)", sharedPostgres.advice, err))
	}
	places := newPlaces(t, 2)
	p := &PostgresPair{bin: bin}
	mustRun(t, command(places[0].folder, filepath.Join(bin, "initdb"), "-D", filepath.Join(places[0].folder, "data"), "-U", "postgres",
		"--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"))
	p.configure(t, places[0], "db1", places[1].port)
	p.DB1 = p.server(t, places[0])
	for _, statement := range []string{
		"ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()", // as long as there is no standby
		"CREATE ROLE sole_replication LOGIN REPLICATION PASSWORD '" + replicationPassword + "'",
		"CREATE ROLE sole_owner LOGIN CREATEROLE PASSWORD 'OWNER-PASSWORD'",
		"CREATE ROLE sole LOGIN PASSWORD 'SOLE-PASSWORD'",
		"CREATE DATABASE sole OWNER sole_owner",
	} {
		p.Exec(t, p.DB1, statement)
	}
	p.execAt(t, p.AdminURL(p.DB1), rewindGrants)
	p.Exec(t, p.DB1, "ALTER SYSTEM RESET synchronous_standby_names")
	p.Exec(t, p.DB1, "SELECT pg_reload_conf()")
	p.backup(t, p.DB1, places[1])
	p.configure(t, places[1], "db2", places[0].port)
	p.DB2 = p.server(t, places[1])
	return p
}

// URL returns the URL of the database with both hosts, db1 first, for a login of the deployment.
func (p *PostgresPair) URL(login string) string {
	password := map[string]string{"sole": "SOLE-PASSWORD", "sole_owner": "OWNER-PASSWORD"}[login]
	return fmt.Sprintf("postgres://%s:%s@%s,%s/sole?sslmode=disable", login, password, hostOf(p.DB1), hostOf(p.DB2))
}

// URLOf returns the URL of the database on one server, for a login of the deployment.
func (p *PostgresPair) URLOf(server *PrivateServer, login string) string {
	return strings.Replace(p.URL(login), hostOf(p.DB1)+","+hostOf(p.DB2), hostOf(server), 1)
}

// AdminURL returns the URL of the database on one server, for a superuser.
func (p *PostgresPair) AdminURL(server *PrivateServer) string {
	return "postgres://postgres@" + hostOf(server) + "/sole?sslmode=disable"
}

// Exec runs a statement as superuser on one server.
func (p *PostgresPair) Exec(t testing.TB, server *PrivateServer, statement string) {
	t.Helper()
	p.execAt(t, server.url, statement)
}

func (*PostgresPair) execAt(t testing.TB, url, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err == nil {
		_, err = conn.Exec(t.Context(), statement)
		err = errors.Join(err, conn.Close(context.WithoutCancel(t.Context())))
	}
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Rejoin makes a stopped server a standby of the other again, with pg_rewind, and starts it, as docs/nodes.md describes.
func (p *PostgresPair) Rejoin(t testing.TB, stopped, primary *PrivateServer) {
	t.Helper()
	data := filepath.Join(stopped.folder, "data")
	p.Exec(t, primary, "CHECKPOINT") // a primary that was just promoted does not tell pg_rewind its new timeline
	host, port, _ := strings.Cut(hostOf(primary), ":")
	rewind := command(stopped.folder, filepath.Join(p.bin, "pg_rewind"), "--target-pgdata="+data, "--no-sync",
		"--source-server=host="+host+" port="+port+" user=sole_replication dbname=sole")
	rewind.Env = append(os.Environ(), "PGPASSWORD="+replicationPassword)
	mustRun(t, rewind)
	configuration := []string{"postgresql.conf", "pg_hba.conf", "sole.conf"} // pg_rewind has copied those of the other server
	for _, name := range configuration {
		kept, err := os.ReadFile(filepath.Join(stopped.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		place{folder: data}.write(t, name, string(kept))
	}
	place{folder: data}.write(t, "standby.signal", "")
	stopped.Start(t)
}

func (p *PostgresPair) backup(t testing.TB, primary *PrivateServer, at place) {
	t.Helper()
	host, port, _ := strings.Cut(hostOf(primary), ":")
	backup := command(at.folder, filepath.Join(p.bin, "pg_basebackup"), "--host="+host, "--port="+port, "--username=sole_replication",
		"--pgdata="+filepath.Join(at.folder, "data"), "--checkpoint=fast", "--no-sync")
	backup.Env = append(os.Environ(), "PGPASSWORD="+replicationPassword)
	mustRun(t, backup)
	place{folder: filepath.Join(at.folder, "data")}.write(t, "standby.signal", "")
}

// configure writes the files of deploy/ and what Debian's own files say besides.
func (p *PostgresPair) configure(t testing.TB, at place, name string, otherPort int) {
	t.Helper()
	settings := Deployed(t, "postgresql/sole.conf",
		"listen_addresses = '*'", "listen_addresses = '127.0.0.1'",
		"cluster_name = 'db1'", "cluster_name = '"+name+"'",
		"host=db2.example.org port=5432", "host=127.0.0.1 port="+strconv.Itoa(otherPort),
		"sslmode=require", "sslmode=disable",
	)
	access := Deployed(t, "postgresql/pg_hba.conf", "hostssl", "host   ", "192.0.2.0/24", "127.0.0.1/32")
	main := strings.Join([]string{
		"include 'sole.conf'", "port = " + strconv.Itoa(at.port), "unix_socket_directories = '" + at.folder + "'",
		"fsync = off", "autovacuum = off", "log_min_messages = fatal", // only for speed
	}, "\n") + "\n"
	for file, text := range map[string]string{
		"sole.conf": settings, "postgresql.conf": main, "pg_hba.conf": access + "host all postgres 127.0.0.1/32 trust\n",
	} {
		at.write(t, file, text)
		place{folder: filepath.Join(at.folder, "data")}.write(t, file, text)
	}
}

func (p *PostgresPair) server(t testing.TB, at place) *PrivateServer {
	t.Helper()
	return forTest(t, &sharedPostgres, func() (*PrivateServer, error) {
		return started(&PrivateServer{
			url:    fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", at.port),
			folder: at.folder, program: filepath.Join(p.bin, "postgres"), args: []string{"-D", filepath.Join(at.folder, "data")},
			ping: pingPostgres,
		})
	})
}

func hostOf(server *PrivateServer) string {
	at, err := url.Parse(server.url)
	if err != nil {
		return ""
	}
	return at.Host
}

func mustRun(t testing.TB, program *exec.Cmd) {
	t.Helper()
	if output, err := program.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", filepath.Base(program.Path), err, output)
	}
}
