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

	"github.com/sole-platform/sole/domain"
)

// errReadOnly means that the server cannot be used, because it takes no writes.
var errReadOnly = errors.New("the database server takes no writes: it is a standby, or default_transaction_read_only is on")

// sqlState is the code of an error that the server reported; empty for any other.
func sqlState(err error) string {
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pgErr.Code
	}
	return ""
}

// translatePostgres turns driver errors into the domain's. Class 53 is exhaustion
// (PostgreSQL documentation, appendix A).
func translatePostgres(err error) error {
	if err == nil || isDomain(err) || errors.Is(err, context.Canceled) {
		return err
	}
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	_, connecting := errors.AsType[*pgconn.ConnectError](err) // refused by the server, perhaps
	switch {
	case isReadOnly(err):
		return fmt.Errorf("%w: %w: %w", domain.ErrUnavailable, errReadOnly, err)
	case connecting || !ok && (isConnectionLost(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBypassesRLS)):
		return fmt.Errorf("%w: %w", domain.ErrUnavailable, err)
	case !ok:
		return err
	}
	switch class := pgErr.Code[:2]; {
	case pgErr.Code == "23505" && pgErr.ConstraintName == "users_email_key":
		return domain.ErrEmailTaken
	case pgErr.Code == "23505" && (pgErr.ConstraintName == "orgs_slug_key" || pgErr.ConstraintName == "orgs_pkey"):
		return domain.ErrSlugTaken
	case pgErr.Code == "23503":
		return domain.ErrNotFound
	case isGoneCode(pgErr.Code), class == "53", pgErr.Code == "57014", pgErr.Code == "55P03", retryPostgres(err), isOutdated(err):
		return fmt.Errorf("%w: %w", domain.ErrUnavailable, err)
	}
	return err
}

// isConnectionLost tells whether the connection failed, not the statement. A unit that is
// over before its time has lost it as well, and a server that takes no writes counts as lost.
func isConnectionLost(err error) bool {
	if isReadOnly(err) {
		return true
	}
	if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok {
		return isGoneCode(pgErr.Code)
	}
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrBypassesRLS) {
		return false
	}
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return connecting || network || errors.Is(err, net.ErrClosed) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, sql.ErrTxDone) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed")
}

// isReadOnly reports whether the server takes no writes, or none of the hosts does.
func isReadOnly(err error) bool {
	return errors.Is(err, errReadOnly) || errors.Is(err, pgconn.ErrReadOnlyConnection) || sqlState(err) == "25006"
}

// isGoneCode is class 08 and 57P: the server ends the connection, or takes none.
func isGoneCode(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P")
}

// retryPostgres: a serialization failure or a deadlock is cured by running again.
func retryPostgres(err error) bool {
	code := sqlState(err)
	return code == "40001" || code == "40P01"
}

// isOutdated reports whether the state of the connection is outdated: the columns of a prepared
// statement were altered, a pooler lost the statement, or the role was dropped or revoked. A new
// connection helps. The code alone is ambiguous, and messages are translated, so the name of the
// server's routine identifies the error.
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
	return losesStatements(err)
}

// losesStatements: a prepared statement is missing, or another client prepared it.
func losesStatements(err error) bool {
	code := sqlState(err)
	return code == "26000" || code == "42P05"
}
