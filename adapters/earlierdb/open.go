// Package earlierdb reads the PostgreSQL database of the earlier service, which was written in Python.
//
// Everything is read in one transaction that cannot write and that sees one moment.
package earlierdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sole-platform/sole/application/port"
)

// connectTimeout is how long the database may take to answer the first time.
const connectTimeout = 10 * time.Second

// Database reads the earlier service. It is not safe for concurrent use.
type Database struct {
	conn    *pgx.Conn
	tx      pgx.Tx
	keys    keys
	columns map[string][]string // by table
}

var _ port.EarlierService = (*Database)(nil)

// Open connects and begins to read. It returns an error that says what is missing if the database is not one of the earlier
// service. No error contains the URL.
func Open(ctx context.Context, url string, secrets Secrets) (*Database, error) {
	derived, err := secrets.derive()
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(withoutDriver(url))
	if err != nil {
		return nil, errors.New("the URL cannot be read: write postgres://user:password@host:5432/database, " +
			"with @ : / ? # % of the password percent-encoded (@ is %40)")
	}
	config.ConnectTimeout = connectTimeout
	config.RuntimeParams["application_name"] = "sole import"
	config.RuntimeParams["default_transaction_read_only"] = "on"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("the database of the earlier service cannot be reached: %w", err)
	}
	db := &Database{conn: conn, keys: derived, columns: map[string][]string{}}
	if err := db.begin(ctx); err != nil {
		return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}
	return db, nil
}

// withoutDriver removes the name of a Python driver: postgresql+asyncpg:// is postgresql://.
func withoutDriver(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	if plain, _, named := strings.Cut(scheme, "+"); found && named {
		return plain + "://" + rest
	}
	return url
}

func (db *Database) begin(ctx context.Context) (err error) {
	db.tx, err = db.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("the database of the earlier service cannot be read: %w", err)
	}
	return db.check(ctx)
}

// Close implements port.EarlierService.
func (db *Database) Close(ctx context.Context) error {
	return db.conn.Close(ctx)
}

// required are the columns that are read, by table.
var required = map[string][]string{
	"orgs":         {"id", "name", "slug", "status"},
	"org_settings": {"org_id"},
	"users": {
		"id", "org_id", "email", "full_name", "hashed_password", "is_active", "is_superuser", "mfa_enabled", "mfa_method",
		"mfa_secret_encrypted", "mfa_confirmed_at", "must_change_password", "last_active_at", "created_at",
	},
	"org_memberships":         {"org_id", "user_id", "platform_status", "invitation_status"},
	"roles":                   {"id", "org_id", "name", "description", "is_system_role", "permissions"},
	"user_roles":              {"org_id", "user_id", "role_id"},
	"user_mfa_recovery_codes": {"user_id", "code_hash", "used_at"},
}

// leftBehind are the tables whose rows are counted only.
var leftBehind = []string{"user_permissions", "access_control_list", "user_mfa_devices", "audit_logs"}

// check reads which columns there are, and returns an error that names those that are missing.
func (db *Database) check(ctx context.Context) error {
	names := slices.Clone(leftBehind)
	for table := range required {
		names = append(names, table)
	}
	rows, err := db.tx.Query(ctx, `SELECT t.name, a.attname::text FROM unnest($1::text[]) AS t (name)
		JOIN pg_attribute AS a ON a.attrelid = to_regclass(quote_ident(t.name)) WHERE a.attnum > 0 AND NOT a.attisdropped`, names)
	if err != nil {
		return unreadable(err)
	}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return unreadable(err)
		}
		db.columns[table] = append(db.columns[table], column)
	}
	if err := rows.Err(); err != nil {
		return unreadable(err)
	}
	var missing []string
	for table, columns := range required {
		for _, column := range columns {
			if !slices.Contains(db.columns[table], column) {
				missing = append(missing, table+"."+column)
			}
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		const most = 8
		text := strings.Join(missing[:min(len(missing), most)], ", ")
		if len(missing) > most {
			text += fmt.Sprintf(" and %d more", len(missing)-most)
		}
		return fmt.Errorf("this is not a database of the earlier service that can be read: it lacks the columns %s; "+
			"check the name of the database, and that the login may read these tables", text)
	}
	return nil
}

func unreadable(err error) error {
	return fmt.Errorf("the database of the earlier service cannot be read: %w", err)
}
