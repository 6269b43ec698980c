package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// appRole is the role that every connection drops to; migrations create it.
const appRole = "sole_app"

// ErrNotBound means that row level security does not bind the service's connections.
var ErrNotBound = errors.New("row level security does not bind the database login")

// ErrBypassesRLS is the ErrNotBound of a login that may bypass row level security and has
// no role to drop to: every connection of it is refused.
var ErrBypassesRLS = fmt.Errorf("%w: it may bypass it", ErrNotBound)

// dropPrivileges binds a new connection to row level security, whatever its login may do.
func dropPrivileges(ctx context.Context, conn *pgx.Conn) error {
	var login string
	var bypasses, exists, member bool
	err := conn.QueryRow(ctx, `
		SELECT u.rolname::text, u.rolsuper OR u.rolbypassrls, r.oid IS NOT NULL,
		       coalesce(NOT r.rolsuper AND NOT r.rolbypassrls AND pg_has_role(r.oid, 'MEMBER'), false)
		FROM pg_roles u LEFT JOIN pg_roles r ON r.rolname = $1 WHERE u.rolname = current_user`, appRole).Scan(&login, &bypasses, &exists, &member)
	switch {
	case err != nil:
		return err
	case member:
		_, err = conn.Exec(ctx, "SET ROLE "+appRole)
		return err
	case bypasses && exists:
		return fmt.Errorf("%w and cannot drop to %s: %s", ErrBypassesRLS, appRole, grantTo(login))
	case bypasses:
		return fmt.Errorf("%w; or %w, as the role %s to drop to is missing: a login that may create roles has to migrate "+
			"(where a backup was restored without the role, CREATE ROLE %s NOLOGIN and restore again)", ErrSchemaBehind, ErrBypassesRLS, appRole, appRole)
	}
	return nil
}

func grantTo(login string) string {
	return fmt.Sprintf("as an administrator of the database, GRANT %s TO %s (and ALTER ROLE %s NOSUPERUSER NOBYPASSRLS where %s itself may bypass it)",
		appRole, pgx.Identifier{login}.Sanitize(), appRole, appRole)
}

// postgresBound asks as the service: its role, and the tables that would show it all their rows.
func postgresBound(pool *pgxpool.Pool) func(context.Context) error {
	return func(ctx context.Context) error {
		var login string
		var stranger bool
		var unbound []string
		err := pool.QueryRow(ctx, tenants+`
			SELECT session_user::text,
			       current_user <> $1 AND NOT coalesce(bool_and(has_table_privilege(oid, 'SELECT')), true),
			       coalesce(array_agg(name ORDER BY name) FILTER (WHERE NOT row_security_active(oid)), '{}')
			FROM tenant`, appRole).Scan(&login, &stranger, &unbound)
		switch {
		case err != nil:
			return err
		case stranger:
			return fmt.Errorf("%w: it is neither a member of the role %s nor the owner of the tables: %s", ErrNotBound, appRole, grantTo(login))
		case len(unbound) > 0:
			return fmt.Errorf("%w on %s: for each, as its owner, ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
				ErrNotBound, strings.Join(unbound, ", "))
		}
		return nil
	}
}

// admit lets the service's login drop to the role. A migrating login that may not do so
// leaves it to an administrator: the service then says at its start what is missing.
func admit(login string) func(context.Context, *sql.DB) error {
	return func(ctx context.Context, db *sql.DB) error {
		var missing bool
		err := db.QueryRowContext(ctx, `
			SELECT EXISTS (SELECT FROM pg_roles u, pg_roles r WHERE u.rolname = $1 AND r.rolname = $2 AND NOT pg_has_role(u.oid, r.oid, 'MEMBER'))`,
			login, appRole).Scan(&missing)
		if err != nil || !missing {
			return err
		}
		_, err = db.ExecContext(ctx, "GRANT "+appRole+" TO "+pgx.Identifier{login}.Sanitize())
		if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == "42501" {
			return nil
		}
		return err
	}
}
