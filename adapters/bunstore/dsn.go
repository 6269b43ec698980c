package bunstore

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// What is wrong with a URL of PostgreSQL, and what to write; none shows a part of it.
var (
	errDSNUnreadable = errors.New("the URL cannot be read: write postgres://user:password@host:5432/database, with @ : / ? # % of the password percent-encoded (@ is %40)")
	errDSNScheme     = errors.New("the scheme is not known: write postgres://user:password@host:5432/database")
	errDSNHost       = errors.New("no host is named: write postgres://user:password@host:5432/database, or ?host=/var/run/postgresql for a socket")
	errDSNPort       = errors.New("the port is no port: write a number from 1 to 65535, or leave it out for 5432")
	errDSNMode       = errors.New("sslmode is not known: write disable, allow, prefer, require, verify-ca or verify-full")
	errDSNTarget     = errors.New("target_session_attrs cannot be used: leave it out, or write read-write (the service connects to the host that accepts writes)")
	errDSNParameter  = errors.New("a parameter after the ? cannot be used: look at pool_max_conns (a number), sslrootcert and sslcert (files that exist)")
)

var (
	sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	targets  = []string{"any", "primary", "read-write"} // the service asks for read-write itself
)

// CheckPostgresURL tells why no connection can come of a URL, without asking a server.
func CheckPostgresURL(dsn string) error {
	parsed, err := url.Parse(dsn)
	if err != nil {
		return errDSNUnreadable // the cause holds the URL
	}
	query := parsed.Query()
	switch {
	case parsed.Scheme != "postgres" && parsed.Scheme != "postgresql":
		return errDSNScheme
	case parsed.Hostname() == "" && query.Get("host") == "":
		return errDSNHost
	case !portsUsable(parsed.Host):
		return errDSNPort
	case query.Has("sslmode") && !slices.Contains(sslModes, query.Get("sslmode")):
		return errDSNMode
	case query.Has("target_session_attrs") && !slices.Contains(targets, query.Get("target_session_attrs")):
		return errDSNTarget
	}
	if _, err := pgxpool.ParseConfig(dsn); err != nil {
		return errDSNParameter
	}
	return nil
}

// portsUsable looks at every host of host:port,host:port.
func portsUsable(hosts string) bool {
	for host := range strings.SplitSeq(hosts, ",") {
		_, port, found := strings.Cut(host[strings.LastIndex(host, "]")+1:], ":")
		if number, err := strconv.Atoi(port); found && (err != nil || number < 1 || number > 65535) {
			return false
		}
	}
	return true
}
