package earlierdb

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/sole-platform/sole/application/port"
)

// The accounts that a query is about. $1 is an org.
const (
	ofOrg = `SELECT user_id AS id FROM org_memberships WHERE org_id::text = $1
		UNION SELECT u.id FROM users AS u WHERE u.org_id::text = $1 AND NOT EXISTS (SELECT FROM org_memberships AS m WHERE m.user_id = u.id)`
	superusers = `SELECT u.id FROM users AS u WHERE u.is_superuser AND u.is_active AND u.org_id::text IS DISTINCT FROM $1
		AND NOT EXISTS (SELECT FROM org_memberships AS m WHERE m.user_id = u.id AND m.org_id::text = $1)
		AND (NOT EXISTS (SELECT FROM org_memberships AS m WHERE m.user_id = u.id)
			OR EXISTS (SELECT FROM org_memberships AS m WHERE m.user_id = u.id AND m.platform_status::text = 'ACTIVE'))`
)

// maxCodes bounds the lists of an account.
const maxCodes = 60

// accountsSQL returns the query for the accounts with the ids that among selects.
func (db *Database) accountsSQL(among string) string {
	return fmt.Sprintf(`WITH among AS MATERIALIZED (%s),
memberships AS (
	SELECT m.user_id, (array_agg(left(m.org_id::text, 300) ORDER BY m.org_id))[1:1000] AS orgs,
		max(CASE WHEN m.org_id::text = $1 THEN coalesce(m.platform_status::text, '?') END) AS status,
		max(CASE WHEN m.org_id::text = $1 THEN m.invitation_status::text END) AS invitation
	FROM org_memberships AS m JOIN among AS a ON a.id = m.user_id GROUP BY m.user_id),
held AS (
	SELECT r.user_id, (array_agg(r.role_id::text ORDER BY r.role_id))[1:%[2]d] AS ids
	FROM user_roles AS r JOIN among AS a ON a.id = r.user_id WHERE r.org_id::text = $1 GROUP BY r.user_id),
codes AS (
	SELECT c.user_id, (array_agg(left(c.code_hash::text, 100) ORDER BY c.code_hash))[1:%[2]d] AS hashes
	FROM user_mfa_recovery_codes AS c JOIN among AS a ON a.id = c.user_id WHERE c.used_at IS NULL GROUP BY c.user_id)%[3]s
SELECT u.id::text, left(coalesce(u.email::text, ''), %[4]d), left(coalesce(u.full_name::text, ''), %[4]d),
	left(coalesce(u.hashed_password::text, ''), %[5]d), coalesce(u.is_active, false), coalesce(u.is_superuser, false),
	coalesce(u.must_change_password, false), left(coalesce(u.org_id::text, ''), %[4]d), coalesce(m.orgs, '{}'),
	left(coalesce(m.status, ''), 50), left(coalesce(m.invitation, ''), 50), coalesce(h.ids, '{}'),
	coalesce(u.mfa_enabled, false), left(coalesce(u.mfa_method::text, ''), 50), left(coalesce(u.mfa_secret_encrypted::text, ''), %[6]d),
	u.mfa_confirmed_at, coalesce(c.hashes, '{}'), %[7]s, u.created_at, u.last_active_at
FROM users AS u JOIN among AS a ON a.id = u.id LEFT JOIN memberships AS m ON m.user_id = u.id LEFT JOIN held AS h ON h.user_id = u.id
	LEFT JOIN codes AS c ON c.user_id = u.id%[8]s
ORDER BY lower(u.email) COLLATE "C", (u.org_id::text IS DISTINCT FROM $1), u.created_at, u.id`,
		among, maxCodes, db.exceptions().with, maxName, maxHash, maxToken, db.exceptions().count, db.exceptions().join)
}

// exceptions are the parts of the query about lists that allow or deny something to one account.
type exceptions struct{ with, join, count string }

func (db *Database) exceptions() (e exceptions) {
	counts := []string{}
	for _, table := range []string{"user_permissions", "access_control_list"} {
		if !slices.Contains(db.columns[table], "user_id") {
			continue
		}
		where := ""
		if slices.Contains(db.columns[table], "org_id") {
			where = " WHERE x.org_id::text = $1"
		}
		name := "own_" + table
		e.with += fmt.Sprintf(`,
%s AS (SELECT x.user_id, count(*)::int AS n FROM %s AS x JOIN among AS a ON a.id = x.user_id%s GROUP BY x.user_id)`, name, table, where)
		e.join += fmt.Sprintf(" LEFT JOIN %[1]s ON %[1]s.user_id = u.id", name)
		counts = append(counts, fmt.Sprintf("coalesce(%s.n, 0)", name))
	}
	if e.count = strings.Join(counts, " + "); e.count == "" {
		e.count = "0"
	}
	return e
}

// Accounts implements port.EarlierService.
func (db *Database) Accounts(ctx context.Context, org string) iter.Seq2[port.EarlierAccount, error] {
	return db.read(ctx, ofOrg, org)
}

// Superusers implements port.EarlierService.
func (db *Database) Superusers(ctx context.Context, except string) iter.Seq2[port.EarlierAccount, error] {
	return func(yield func(port.EarlierAccount, error) bool) {
		for account, err := range db.read(ctx, superusers, except) {
			account.PlatformStatus = "ACTIVE"
			if !yield(account, err) {
				return
			}
		}
	}
}

func (db *Database) read(ctx context.Context, among, org string) iter.Seq2[port.EarlierAccount, error] {
	return func(yield func(port.EarlierAccount, error) bool) {
		rows, err := db.tx.Query(ctx, db.accountsSQL(among), org)
		if err != nil {
			yield(port.EarlierAccount{}, unreadable(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			account, err := db.account(rows)
			if err != nil {
				yield(port.EarlierAccount{}, unreadable(err))
				return
			}
			if !yield(account, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(port.EarlierAccount{}, unreadable(err))
		}
	}
}

func (db *Database) account(rows pgx.Rows) (a port.EarlierAccount, err error) {
	var token string
	var confirmed, created, active pgtype.Timestamptz
	err = rows.Scan(&a.ID, &a.Email, &a.FullName, &a.Password, &a.Active, &a.Superuser, &a.MustChangePassword, &a.OwnOrg, &a.Orgs,
		&a.PlatformStatus, &a.InvitationStatus, &a.Roles, &a.MFA.Enabled, &a.MFA.Method, &token, &confirmed, &a.RecoveryCodes,
		&a.Exceptions, &created, &active)
	if err != nil {
		return a, err
	}
	a.MFA.ConfirmedAt, a.CreatedAt, a.LastActiveAt = moment(confirmed), moment(created), moment(active)
	if a.MFA.Sealed = token != ""; a.MFA.Sealed && a.MFA.Enabled {
		var by opener
		a.MFA.Secret, by = db.keys.open(token)
		a.MFA.Opened = by != openedByNone
	}
	return a, nil
}

// moment returns a time, or zero for none and for infinity.
func moment(at pgtype.Timestamptz) time.Time {
	if !at.Valid || at.InfinityModifier != pgtype.Finite {
		return time.Time{}
	}
	return at.Time.UTC()
}
