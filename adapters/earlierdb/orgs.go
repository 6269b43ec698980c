package earlierdb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/sole-platform/sole/application/port"
)

// The bounds of texts, in characters. A longer text is cut to one character more, which no check accepts.
const (
	maxName        = 300
	maxDescription = 600
	maxList        = 100_000
	maxHash        = 1000
	maxToken       = 1000
)

// The columns of settings that are read, if there are any, and those that say nothing about an org.
var (
	switches    = []string{"require_two_factor", "allow_profile_edit", "allow_user_data_export"}
	numbers     = []string{"remember_device_days", "session_timeout_minutes", "audit_log_retention_days", "inactive_user_retention_days"}
	meaningless = []string{"id", "org_id", "policy_version", "created_at", "updated_at"}
)

const requiredActions = "mfa_required_actions"

// Orgs implements port.EarlierService.
func (db *Database) Orgs(ctx context.Context) ([]port.EarlierOrg, error) {
	rows, err := db.tx.Query(ctx, `SELECT left(id::text, $1), left(coalesce(name::text, ''), $1), left(coalesce(slug::text, ''), $1),
		left(coalesce(status::text, ''), $1) FROM orgs ORDER BY id::text COLLATE "C"`, maxName)
	if err != nil {
		return nil, unreadable(err)
	}
	orgs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (org port.EarlierOrg, err error) {
		return org, row.Scan(&org.ID, &org.Name, &org.Slug, &org.Status)
	})
	if err != nil {
		return nil, unreadable(err)
	}
	place := map[string]int{}
	for i, org := range orgs {
		place[org.ID] = i
	}
	if err := db.settings(ctx, orgs, place); err != nil {
		return nil, unreadable(err)
	}
	if err := db.roles(ctx, orgs, place); err != nil {
		return nil, unreadable(err)
	}
	return orgs, nil
}

// settings reads the settings of each org as JSON, because their columns differ between revisions.
func (db *Database) settings(ctx context.Context, orgs []port.EarlierOrg, place map[string]int) error {
	var pairs, others []string
	for _, column := range db.columns["org_settings"] {
		switch {
		case slices.Contains(switches, column), slices.Contains(numbers, column), column == requiredActions:
			pairs = append(pairs, fmt.Sprintf("'%s', %s", column, pgx.Identifier{column}.Sanitize()))
		case !slices.Contains(meaningless, column):
			others = append(others, column)
		}
	}
	slices.Sort(others)
	rows, err := db.tx.Query(ctx, fmt.Sprintf(`SELECT left(org_id::text, $1), left(jsonb_build_object(%s)::text, $2) FROM org_settings`,
		strings.Join(pairs, ", ")), maxName, maxList)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var org, text string
		if err := rows.Scan(&org, &text); err != nil {
			return err
		}
		at, known := place[org]
		if !known {
			continue
		}
		var columns map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &columns) != nil {
			return fmt.Errorf("the settings of the org %q are longer than %d characters", org, maxList)
		}
		orgs[at].Settings = settingsOf(columns)
		orgs[at].Settings.Others = others
	}
	return rows.Err()
}

func settingsOf(columns map[string]json.RawMessage) port.EarlierSettings {
	s := port.EarlierSettings{Switches: map[string]bool{}, Numbers: map[string]int64{}}
	for name, value := range columns {
		var on bool
		var number int64
		switch {
		case string(value) == "null":
		case name == requiredActions:
			s.MFARequiredActions = namesIn(value)
		case json.Unmarshal(value, &on) == nil:
			s.Switches[name] = on
		case json.Unmarshal(value, &number) == nil:
			s.Numbers[name] = number
		}
	}
	return s
}

// maxNames is how many names of one list are read.
const maxNames = 1000

// namesIn reads a list of names that is stored as JSON, or as a text that contains JSON.
func namesIn(value []byte) (read port.EarlierNames) {
	var text string
	if json.Unmarshal(value, &text) == nil {
		value = []byte(text)
	}
	if len(value) == 0 {
		return read
	}
	var values []any
	if json.Unmarshal(value, &values) != nil {
		return port.EarlierNames{Partial: true}
	}
	read.Partial = len(values) > maxNames
	for _, value := range values[:min(len(values), maxNames)] {
		name, isText := value.(string)
		if !isText {
			read.Partial = true
			continue
		}
		read.Names = append(read.Names, name)
	}
	slices.Sort(read.Names)
	read.Names = slices.Compact(read.Names)
	return read
}

func (db *Database) roles(ctx context.Context, orgs []port.EarlierOrg, place map[string]int) error {
	rows, err := db.tx.Query(ctx, `SELECT left(org_id::text, $1), id::text, left(coalesce(name::text, ''), $1),
		left(coalesce(description::text, ''), $2), coalesce(is_system_role, false), left(coalesce(permissions::text, ''), $3)
		FROM roles WHERE org_id IS NOT NULL ORDER BY org_id::text COLLATE "C", name::text COLLATE "C", id::text`,
		maxName, maxDescription, maxList)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var org, permissions string
		var role port.EarlierRole
		if err := rows.Scan(&org, &role.ID, &role.Name, &role.Description, &role.System, &permissions); err != nil {
			return err
		}
		role.Permissions = namesIn([]byte(permissions))
		if at, known := place[org]; known {
			orgs[at].Roles = append(orgs[at].Roles, role)
		}
	}
	return rows.Err()
}

// Identity implements port.EarlierService: it is the id of the oldest account.
func (db *Database) Identity(ctx context.Context) (id string, err error) {
	err = db.tx.QueryRow(ctx, `SELECT coalesce((SELECT id::text FROM users ORDER BY created_at, id LIMIT 1), '')`).Scan(&id)
	if err != nil {
		return "", unreadable(err)
	}
	return id, nil
}

// LeftBehind implements port.EarlierService.
func (db *Database) LeftBehind(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	for _, table := range leftBehind {
		if len(db.columns[table]) == 0 {
			continue
		}
		var count int
		if err := db.tx.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&count); err != nil {
			return nil, unreadable(err)
		}
		counts[table] = count
	}
	return counts, nil
}

// keySample is how many encrypted secrets are tried before anything is imported.
const keySample = 1000

// Keys implements port.EarlierService.
func (db *Database) Keys(ctx context.Context) (found port.EarlierKeys, err error) {
	rows, err := db.tx.Query(ctx, `SELECT left(mfa_secret_encrypted::text, $1) FROM users
		WHERE mfa_enabled AND mfa_secret_encrypted IS NOT NULL ORDER BY id LIMIT $2`, maxToken, keySample)
	if err != nil {
		return found, unreadable(err)
	}
	defer rows.Close()
	for rows.Next() {
		var token string
		if err := rows.Scan(&token); err != nil {
			return found, unreadable(err)
		}
		found.Sampled++
		switch _, by := db.keys.open(token); by {
		case openedByOlder:
			found.Older++
		case openedByLater:
			found.Later++
		default:
			found.None++
		}
	}
	if err := rows.Err(); err != nil {
		return found, unreadable(err)
	}
	return found, nil
}
