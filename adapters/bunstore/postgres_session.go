package bunstore

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// limit is a timeout setting of the server; the value is in milliseconds.
type limit struct{ name, value string }

// serviceLimits make statements fail on a server that hangs.
var serviceLimits = []limit{{"statement_timeout", "5000"}, {"lock_timeout", "3000"}, {"idle_in_transaction_session_timeout", "10000"}}

// takeLimits returns the limits, with values from the DSN where it has some. It removes them from the startup parameters,
// because transaction poolers refuse these.
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

// session describes how each transaction on a connection begins: it sets the role and, behind a pooler, the limits. They are
// set per transaction because a transaction pooler may run each transaction on another connection to the server.
type session struct {
	settings string // calls of set_config, each followed by a comma
	bind     string // the whole SELECT; its parameter is the org
	prepared map[string]prepared
}

// prepared is a prepared statement with the formats in which pgx reads its columns.
type prepared struct {
	*pgconn.StatementDescription
	formats []int16
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

// start prepares a new connection so that row level security binds it, whatever its login may do. On a direct connection to
// the server it sets the limits once and prepares the statements.
func (s *starter) start(ctx context.Context, conn *pgx.Conn) error {
	login, err := inspect(ctx, conn)
	if err != nil {
		return err
	}
	role, err := login.setsRole()
	if err != nil {
		return err
	}
	started := newSession(role, nil)
	direct := !login.pooled && !s.unprepared.Load()
	if direct {
		started.prepared, err = prepare(ctx, conn, append([]string{started.bind}, s.statements...)...)
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

// lost reports whether the error means that a pooler loses prepared statements. If so, later connections do not prepare any.
func (s *starter) lost(err error) bool {
	if !isStatementLost(err) {
		return false
	}
	s.unprepared.Store(true)
	return true
}

// setLimits sets limits until the connection is closed. It is not for connections through a pooler: the limits would stay
// on a connection that other clients use.
func setLimits(ctx context.Context, conn *pgx.Conn, limits []limit) error {
	var text strings.Builder
	for _, l := range limits {
		fmt.Fprintf(&text, "SET %s = %s;", l.name, quoted(l.value))
	}
	_, err := conn.Exec(ctx, text.String())
	return err
}

// prepare prepares the statements on the connection. A statement whose table is missing, as before the first migration,
// runs unprepared.
func prepare(ctx context.Context, conn *pgx.Conn, statements ...string) (map[string]prepared, error) {
	all := map[string]prepared{}
	for _, statement := range statements {
		description, err := conn.Prepare(ctx, statement, statement)
		if code := sqlState(err); code == "42P01" || code == "42703" || code == "42501" {
			continue
		}
		if err != nil {
			return nil, err
		}
		formats := make([]int16, len(description.Fields))
		for i, field := range description.Fields {
			formats[i] = conn.TypeMap().FormatCodeForOID(field.DataTypeOID)
		}
		all[statement] = prepared{description, formats}
	}
	return all, nil
}
