package bunstore

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// limit is a server setting that keeps a single wait short; the value is in milliseconds.
type limit struct{ name, value string }

// serviceLimits turn a server that hangs into an error.
var serviceLimits = []limit{{"statement_timeout", "5000"}, {"lock_timeout", "3000"}, {"idle_in_transaction_session_timeout", "10000"}}

// takeLimits returns the limits, with the values that the DSN gives them. It removes them
// from the startup parameters, because transaction poolers refuse those.
func takeLimits(config *pgx.ConnConfig, limits []limit) []limit {
	taken := make([]limit, len(limits))
	for i, l := range limits {
		if value, given := config.RuntimeParams[l.name]; given {
			l.value = value
			delete(config.RuntimeParams, l.name)
		}
		taken[i] = l
	}
	return taken
}

// session says how each transaction on a connection begins: with the role that row level
// security binds, and behind a pooler with the limits too. They are set per transaction
// because a transaction pooler may run each one on another connection to the server.
type session struct {
	settings string // calls of set_config, each followed by a comma
	bind     string // the whole SELECT; its parameter is the org
}

const sessionKey = "sole.session"

// sessionOf returns what starter.start stored with the connection.
func sessionOf(conn *pgx.Conn) session {
	return conn.PgConn().CustomData()[sessionKey].(session)
}

func newSession(role bool, limits []limit) session {
	var settings strings.Builder
	if role {
		fmt.Fprintf(&settings, "set_config('role', %s, true), ", quoted(appRole))
	}
	for _, l := range limits {
		fmt.Fprintf(&settings, "set_config(%s, %s, true), ", quoted(l.name), quoted(l.value))
	}
	return session{settings: settings.String(), bind: "SELECT " + settings.String() + "set_config('sole.org_id', $1, true)"}
}

// quoted returns text as an SQL literal.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// starter starts the sessions of new connections.
type starter struct {
	limits     []limit
	statements []string    // to prepare on direct connections
	unprepared atomic.Bool // prepared statements were lost, so there is an unrecognised pooler
}

// start binds a new connection to row level security, whatever its login may do. A
// connection to the server itself gets the limits once and keeps prepared statements.
func (s *starter) start(ctx context.Context, conn *pgx.Conn) error {
	login, err := inspect(ctx, conn)
	if err != nil {
		return err
	}
	role, err := login.dropsRole()
	if err != nil {
		return err
	}
	started := newSession(role, nil)
	direct := !login.pooled && !s.unprepared.Load()
	if direct {
		err := prepare(ctx, conn, append([]string{started.bind}, s.statements...)...)
		direct = !s.lost(err)
		if err != nil && direct {
			return err
		}
	}
	if direct {
		err = setLimits(ctx, conn, s.limits)
	} else {
		started = newSession(role, s.limits)
	}
	conn.PgConn().CustomData()[sessionKey] = started
	return err
}

// lost reports whether the error means that a pooler does not keep prepared statements. If so,
// later connections do not prepare any.
func (s *starter) lost(err error) bool {
	if !losesStatements(err) {
		return false
	}
	s.unprepared.Store(true)
	return true
}

// setLimits sets limits for as long as the connection lives. It must not be used behind a
// pooler: the limits would stay on a connection that others use.
func setLimits(ctx context.Context, conn *pgx.Conn, limits []limit) error {
	var text strings.Builder
	for _, l := range limits {
		fmt.Fprintf(&text, "SET %s = %s;", l.name, quoted(l.value))
	}
	_, err := conn.Exec(ctx, text.String())
	return err
}

// prepare has statements parsed once per connection. Before the first migration their
// tables are missing; they then run unprepared.
func prepare(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, statement := range statements {
		_, err := conn.Prepare(ctx, statement, statement)
		if code := sqlState(err); code == "42P01" || code == "42703" || code == "42501" {
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
