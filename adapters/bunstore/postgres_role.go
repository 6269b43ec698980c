package bunstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/sole-platform/sole/application/port"
)

// appRole is the role in which every transaction runs; migrations create it.
const appRole = "sole_app"

// ErrNotBound means that row level security does not bind the service's connections.
var ErrNotBound = fmt.Errorf("%w: row level security does not bind the database login", port.ErrNotIsolated)

// ErrBypassesRLS is the ErrNotBound of a login that may bypass row level security and cannot set appRole. The service
// refuses every connection of such a login.
var ErrBypassesRLS = fmt.Errorf("%w: the login may bypass it", ErrNotBound)

// maySet is the privilege of pg_has_role that SET ROLE needs. Since PostgreSQL 16 membership is
// not enough: the creator of a role becomes a member that may only administer it.
const maySet = `CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END`

// login describes the login of a new connection.
type login struct {
	name     string
	bypasses bool // whether it may bypass row level security
	exists   bool // whether appRole exists
	member   bool // whether it may set appRole
	pooled   bool // whether a pooler is between the service and the server
}

// inspect reads the login from the server. A pooler invents the process id that it sends when a connection starts, so an
// id that differs from the server's shows that there is a pooler.
func inspect(ctx context.Context, conn *pgx.Conn) (l login, err error) {
	var backend uint32
	err = conn.QueryRow(ctx, `
		SELECT u.rolname::text, u.rolsuper OR u.rolbypassrls, r.oid IS NOT NULL,
		       coalesce(NOT r.rolsuper AND NOT r.rolbypassrls AND pg_has_role(u.oid, r.oid, `+maySet+`), false), pg_backend_pid()
		FROM pg_roles u LEFT JOIN pg_roles r ON r.rolname = $1 WHERE u.rolname = session_user`, appRole).
		Scan(&l.name, &l.bypasses, &l.exists, &l.member, &backend)
	l.pooled = backend != conn.PgConn().PID()
	return l, err
}

// setsRole reports whether transactions set appRole. It returns an error for a login that may bypass row level security
// and cannot set the role.
func (l login) setsRole() (bool, error) {
	switch {
	case l.bypasses && !l.member && l.exists:
		return false, fmt.Errorf("%w and cannot set the role %s: %s", ErrBypassesRLS, appRole, grantTo(l.name))
	case l.bypasses && !l.member:
		return false, fmt.Errorf("%w; or %w, and the role %s is missing: migrate with a login that may create roles "+
			"(if a backup was restored without the role, CREATE ROLE %s NOLOGIN and restore again)",
			errSchemaOlder, ErrBypassesRLS, appRole, appRole)
	}
	return l.member, nil
}

func grantTo(login string) string {
	return fmt.Sprintf("as an administrator of the database, GRANT %[1]s TO %[2]s "+
		"(and ALTER ROLE %[1]s NOSUPERUSER NOBYPASSRLS if %[1]s itself may bypass it)", appRole, pgx.Identifier{login}.Sanitize())
}

// postgresBound checks, as the service, its role and the tables that row level security does not protect.
func postgresBound(db *sql.DB) func(context.Context) error {
	return func(ctx context.Context) error {
		var login, unbound string
		var denied bool
		err := db.QueryRowContext(ctx, tenants+`
			SELECT session_user::text,
			       current_user <> $1 AND NOT coalesce(bool_and(has_table_privilege(oid, 'SELECT')), true),
			       coalesce(string_agg(name, ', ' ORDER BY name) FILTER (WHERE NOT row_security_active(oid)), '')
			FROM tenant`, appRole).Scan(&login, &denied, &unbound)
		switch {
		case err != nil:
			return err
		case denied:
			return fmt.Errorf("%w: the login is neither a member of the role %s nor the owner of the tables: %s",
				ErrNotBound, appRole, grantTo(login))
		case unbound != "":
			return fmt.Errorf("%w on %s: for each, as its owner, ALTER TABLE ... ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
				ErrNotBound, unbound)
		}
		return nil
	}
}

// grantAppRole allows the service's login to set the role. If the migrating login may not grant it, an administrator has
// to: at its start the service reports what is missing.
func grantAppRole(login string) func(context.Context, *sql.DB) error {
	return func(ctx context.Context, db *sql.DB) error {
		var missing bool
		var version int
		err := db.QueryRowContext(ctx, `
			SELECT EXISTS (SELECT FROM pg_roles u, pg_roles r
			               WHERE u.rolname = $1 AND r.rolname = $2 AND NOT pg_has_role(u.oid, r.oid, `+maySet+`)),
			       current_setting('server_version_num')::int`, login, appRole).Scan(&missing, &version)
		if err != nil || !missing {
			return err
		}
		_, err = db.ExecContext(ctx, grantRole(login, version))
		if sqlState(err) == "42501" {
			return nil
		}
		return err
	}
}

// grantRole returns the statement that allows a login to set the role, without inheriting its privileges if the server
// supports that.
func grantRole(login string, version int) string {
	statement := "GRANT " + appRole + " TO " + pgx.Identifier{login}.Sanitize()
	if version >= 160000 {
		return statement + " WITH SET TRUE, INHERIT FALSE"
	}
	return statement
}
