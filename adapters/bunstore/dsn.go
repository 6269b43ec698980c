package bunstore

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Errors of a PostgreSQL URL. They say what to write, and do not repeat any part of the URL.
var (
	errDSNUnreadable = errors.New(
		"the URL cannot be read: write postgres://user:password@host:5432/database, with @ : / ? # % of the password percent-encoded (@ is %40)",
	)
	errDSNScheme = errors.New("unknown scheme: write postgres://user:password@host:5432/database")
	errDSNHost   = errors.New(
		"the URL has no host: write postgres://user:password@host:5432/database, or ?host=/var/run/postgresql for a socket",
	)
	errDSNPort   = errors.New("the port is not valid: write a number from 1 to 65535, or leave it out for 5432")
	errDSNMode   = errors.New("unknown sslmode: write disable, allow, prefer, require, verify-ca or verify-full")
	errDSNTarget = errors.New(
		"target_session_attrs cannot be used: leave it out, or write read-write (the service connects to the host that accepts writes)",
	)
	errDSNParameter = errors.New(
		"a parameter after the ? cannot be used: check pool_max_conns (a number), sslrootcert and sslcert (files that exist)",
	)
)

var (
	sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
	targets  = []string{"any", "primary", "read-write"} // the service adds read-write itself
)

// CheckPostgresURL returns an error that says what to write if no connection can be made with a URL. It connects to nothing.
func CheckPostgresURL(dsn string) error {
	parsed, err := url.Parse(dsn)
	if err != nil {
		return errDSNUnreadable // the cause contains the URL
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

// portsUsable checks the port of every host in host:port,host:port.
func portsUsable(hosts string) bool {
	for host := range strings.SplitSeq(hosts, ",") {
		_, port, found := strings.Cut(host[strings.LastIndex(host, "]")+1:], ":")
		if number, err := strconv.Atoi(port); found && (err != nil || number < 1 || number > 65535) {
			return false
		}
	}
	return true
}
