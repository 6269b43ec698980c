package bunstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sole-platform/sole/application/port"
	"github.com/sole-platform/sole/domain"
)

// errReadOnly means that the server cannot be used because it accepts no writes.
var errReadOnly = errors.New("the database server takes no writes: it is a standby, or default_transaction_read_only is on")

// Errors of a server that cannot be used, with what to do.
var (
	errNoDatabase = fmt.Errorf("%w: it has no such database: create it, or correct the name in DATABASE_URL or MIGRATION_DATABASE_URL",
		port.ErrDatabaseRefused)
	errNoLogin = fmt.Errorf("%w: correct the login or the password in DATABASE_URL or MIGRATION_DATABASE_URL, "+
		"or allow the login in pg_hba.conf", port.ErrDatabaseRefused)
)

// errUnreplicated means that a transaction was committed on the server, but on no synchronous standby in time.
var errUnreplicated = fmt.Errorf("%w: the commit has not reached a synchronous standby: "+
	"start the standby, or set synchronous_standby_names to the standbys that there are", domain.ErrUnavailable)

// sqlState returns the code of an error that the server reported, or an empty string for any other error.
func sqlState(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgErr.Code
	}
	return ""
}

// translatePostgres converts driver errors to domain errors. Class 53 means insufficient resources (PostgreSQL
// documentation, appendix A).
func translatePostgres(err error) error {
	if err == nil || isDomain(err) || errors.Is(err, context.Canceled) {
		return err
	}
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	_, connecting := errors.AsType[*pgconn.ConnectError](err) // may contain an error of the server
	switch {
	case isReadOnly(err):
		return fmt.Errorf("%w: %w: %w", domain.ErrUnavailable, errReadOnly, err)
	case connecting && refusal(err) != nil:
		return fmt.Errorf("%w: %w: %w", domain.ErrUnavailable, refusal(err), err)
	case connecting || !ok && (isConnectionLost(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBypassesRLS)):
		return fmt.Errorf("%w: %w", domain.ErrUnavailable, err)
	case !ok:
		return err
	}
	switch class := pgErr.Code[:2]; {
	case pgErr.Code == "23505" && pgErr.ConstraintName == "users_email_key":
		return domain.ErrEmailTaken
	case pgErr.Code == "23505" && pgErr.ConstraintName == "authenticators_by_handle":
		return domain.ErrAuthenticatorTaken
	case pgErr.Code == "23505" && pgErr.ConstraintName == "service_accounts_name_key":
		return domain.ErrServiceAccountTaken
	case pgErr.Code == "23505" && (pgErr.ConstraintName == "orgs_slug_key" || pgErr.ConstraintName == "orgs_pkey"):
		return domain.ErrSlugTaken
	case pgErr.Code == "23503":
		return domain.ErrNotFound
	case isSchemaOther(pgErr.Code):
		return fmt.Errorf("%w: %w: %w", domain.ErrUnavailable, errSchemaOther, err)
	case isConnectionCode(pgErr.Code), class == "53", pgErr.Code == "57014", pgErr.Code == "55P03", retryPostgres(err), isOutdated(err):
		return fmt.Errorf("%w: %w", domain.ErrUnavailable, err)
	}
	return err
}

// isConnectionLost reports whether the connection failed, rather than the statement. It also returns true if the
// transaction had already ended (sql.ErrTxDone), and if the server accepts no writes.
func isConnectionLost(err error) bool {
	if isReadOnly(err) {
		return true
	}
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return isConnectionCode(pgErr.Code)
	}
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBypassesRLS) {
		return false
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return connecting || network || errors.Is(err, net.ErrClosed) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) || errors.Is(err, io.ErrUnexpectedEOF) ||
		pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// refusal returns the reason why the server, or each of several hosts, refuses the login for good. It returns nil if one of them
// could not be reached.
func refusal(err error) error {
	if _, unreachable := errors.AsType[net.Error](err); unreachable {
		return nil
	}
	switch sqlState(err) {
	case "3D000":
		return errNoDatabase
	case "28000", "28P01":
		return errNoLogin
	}
	return nil
}

// isSchemaOther reports whether a statement names a table or column that the database does not have. The statements of a build
// fit its own schema, so that of the database is another one.
func isSchemaOther(code string) bool { return code == "42P01" || code == "42703" }

// isReadOnly reports whether the server, or every one of several hosts, accepts no writes.
func isReadOnly(err error) bool {
	return errors.Is(err, errReadOnly) || errors.Is(err, pgconn.ErrReadOnlyConnection) || sqlState(err) == "25006"
}

// isConnectionCode reports whether the code is of class 08 or 57P: the server ended the connection or accepts none.
func isConnectionCode(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P")
}

// retryPostgres reports whether the error is a serialization failure or a deadlock, after which a retry may succeed.
func retryPostgres(err error) bool {
	code := sqlState(err)
	return code == "40001" || code == "40P01"
}

// isOutdated reports whether the state of the connection is outdated and a new connection is needed: the columns of a
// prepared statement were altered, a pooler lost the statement, or the role was dropped or revoked. The code alone is
// ambiguous and messages are translated, so the name of the server's routine identifies the error.
func isOutdated(err error) bool {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return false
	}
	switch pgErr.Code {
	case "0A000":
		return pgErr.Routine == "RevalidateCachedQuery"
	case "22023", "42501":
		return pgErr.Routine == "call_string_check_hook"
	}
	return isStatementLost(err)
}

// isStatementLost reports whether a prepared statement is missing, or was prepared by another client.
func isStatementLost(err error) bool {
	code := sqlState(err)
	return code == "26000" || code == "42P05"
}
