package harness

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// PooledPostgres is a PgBouncer with the file of deploy/pgbouncer in front of a database.
type PooledPostgres struct {
	*PrivateServer
	Transaction, Session string // the URL of the database in each mode
	config, behind       string
}

const pooledPassword = "POOLED-PASSWORD"

// NewPooledPostgres starts a PgBouncer for this test in front of the database of the DSN. It asks clients for a password, as
// its file says.
func NewPooledPostgres(t testing.TB, dsn string) *PooledPostgres {
	t.Helper()
	program := Program(t, "pgbouncer", pgBouncer.advice)
	database, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("the DSN of the server cannot be read")
	}
	at := newPlaces(t, 1)[0]
	server, _ := database.User.Password() // if the server wants one
	secret := server
	if secret == "" {
		secret = pooledPassword
	}
	behind := placeOf(database)
	config := at.write(t, "pgbouncer.ini", Deployed(t, "pgbouncer/pgbouncer.ini",
		"host=127.0.0.1 port=5432 dbname=sole", behind,
		"listen_port = 6432", "listen_port = "+strconv.Itoa(at.port),
		"/run/postgresql/", at.folder+"/", "/var/log/postgresql/", at.folder+"/", "/etc/pgbouncer/userlist.txt",
		at.write(t, "userlist.txt", fmt.Sprintf("%q %q\n", database.User.Username(), secret)),
	))
	through := *database
	through.Host, through.User = net.JoinHostPort("127.0.0.1", strconv.Itoa(at.port)), url.UserPassword(database.User.Username(), secret)
	named := func(name string) string {
		through.Path = "/" + name
		return through.String()
	}
	p := &PooledPostgres{Transaction: named("sole"), Session: named("sole_session"), config: config, behind: behind}
	p.PrivateServer = forTest(t, &pgBouncer, func() (*PrivateServer, error) {
		return started(&PrivateServer{
			url: p.Transaction, folder: filepath.Clean(at.folder), program: program, args: []string{config}, ping: pingPostgres,
		})
	})
	return p
}

// Follow changes the file to another server, as after a failover.
func (p *PooledPostgres) Follow(t testing.TB, dsn string) {
	t.Helper()
	text, err := os.ReadFile(p.config)
	if err != nil {
		t.Fatal(err)
	}
	database, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("the DSN of the server cannot be read")
	}
	place{folder: p.folder}.write(t, filepath.Base(p.config), strings.ReplaceAll(string(text), p.behind, placeOf(database)))
	p.behind = placeOf(database)
}

func placeOf(database *url.URL) string {
	return fmt.Sprintf("host=%s port=%s dbname=%s", database.Hostname(), database.Port(), path.Base(database.Path))
}

// Signal sends a signal to the running server.
func (s *PrivateServer) Signal(t testing.TB, signal os.Signal) {
	t.Helper()
	if err := s.running.system.Signal(signal); err != nil {
		t.Fatal(err)
	}
}
